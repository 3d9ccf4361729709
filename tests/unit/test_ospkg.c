/* SPDX-License-Identifier: BSD-2-Clause */
/* ospkg/: the configuration of the OS package, and the network as texts. */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "ospkg/conf.h"
#include "ospkg/networkd.h"
#include "ospkg/script.h"

#define tap_has(text, part)                                                                        \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			tap_fail(__FILE__, __LINE__, "\"%s\" is not in \"%s\"", (part), (text));   \
	} while (0)

#define tap_has_not(text, part)                                                                    \
	do {                                                                                       \
		if (strstr((text), (part)))                                                        \
			tap_fail(__FILE__, __LINE__, "\"%s\" is in \"%s\"", (part), (text));       \
	} while (0)

/* --- configuration --- */

static int parse(const char *text, struct ospkg_conf *conf, struct error *e)
{
	*e = ERROR_INIT;
	return ospkg_conf_parse(text, strlen(text), conf, e);
}

static void an_empty_configuration_has_the_defaults(void)
{
	static const char *const texts[] = { "", "\n", "# store = label\n", "  \n\t# x",
		"store = efi" };
	struct error e;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct ospkg_conf conf = { .require_sealed = true };
		tap_eq_int(parse(texts[i], &conf, &e), 0);
		tap_ok(!conf.require_sealed);
		tap_eq_int(conf.network, OSPKG_NETWORK_NETWORKD);
	}
}

static void each_key_is_set(void)
{
	struct ospkg_conf conf;
	struct error e;

	tap_eq_int(parse("store=efi\n require =sealed \n\nnetwork= script", &conf, &e), 0);
	tap_ok(conf.require_sealed);
	tap_eq_int(conf.network, OSPKG_NETWORK_SCRIPT);
	tap_eq_int(conf.store, STORE_EFI);
	tap_eq_int(parse("network = none\nstore = label", &conf, &e), 0);
	tap_eq_int(conf.store, STORE_LABEL);
	tap_eq_int(conf.network, OSPKG_NETWORK_NONE);
}

static void what_is_wrong_in_a_configuration_is_named_by_line_and_key(void)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "store", "line 1: not KEY = VALUE" },
		{ "\n#\nstore = disk", "line 3: store: \"disk\" is not efi or label" },
		{ "store = disk\n", "line 1: store: \"disk\" is not efi or label" },
		{ "store =\n", "line 1: store: \"\" is not" },
		{ "require = tpm", "line 1: require: \"tpm\" is not sealed" },
		{ "network = networkd\r\n", "line 1: network: \"networkd\\x0d\" is not" },
		{ "network = Script", "line 1: network: \"Script\"" },
		{ "Store = efi", "line 1: unknown key \"Store\": one of store" },
		{ "= efi", "line 1: unknown key \"\"" },
		{ "store = efi\nstore = efi\n", "line 2: store: is set a second time" },
		{ "[stprov]\n", "line 1: not KEY = VALUE" },
	};
	struct error e;
	char longer[400];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ospkg_conf conf = { .network = OSPKG_NETWORK_NONE };
		tap_eq_int(parse(rows[i].text, &conf, &e), -EINVAL);
		tap_has(e.text, rows[i].error);
		tap_eq_int(conf.network, OSPKG_NETWORK_NONE);
	}
	memset(longer, 'x', sizeof(longer));
	struct ospkg_conf conf;
	tap_eq_int(ospkg_conf_parse(longer, sizeof(longer), &conf, &e), -EINVAL);
	tap_has(e.text, "line 1: longer than 255 bytes");
	tap_eq_int(ospkg_conf_parse("store = efi\0x", 13, &conf, &e), -EINVAL);
	tap_has(e.text, "line 1: a NUL");
}

static void a_file_has_a_line_that_says_where_it_goes(void)
{
	static const char text[] = "# keys\nssh.authorized_keys.root credstore\n\n wifi\t\n";
	struct ospkg_conf_files files;
	struct error e = ERROR_INIT;
	char path[OSPKG_FILE_PATH_MAX];

	tap_eq_int(ospkg_conf_files_parse(text, strlen(text), &files, &e), 0);
	tap_eq_int(files.n, 2);
	ospkg_conf_file_path(&files.items[0], path);
	tap_eq_text(path, "run/credstore/ssh.authorized_keys.root");
	ospkg_conf_file_path(&files.items[1], path);
	tap_eq_text(path, "run/stprov/files/wifi");
	tap_ok(ospkg_conf_files_find(&files, "wifi") == &files.items[1]);
	tap_ok(!ospkg_conf_files_find(&files, "other"));
}

static void what_is_wrong_in_the_list_of_files_is_named_by_line(void)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "a\nA", "line 2: \"A\" cannot be the name of a file" },
		{ "../a", "line 1: \"../a\" cannot be" },
		{ "passwd.plaintext-password.root", "systemd would run code or set passwords" },
		{ "a credstore x", "line 1: \"credstore x\" after the name is not credstore" },
		{ "a /etc/a", "line 1: \"/etc/a\" after the name" },
		{ "a\na credstore", "line 2: a is named a second time" },
	};
	struct ospkg_conf_files files;
	struct error e;
	char many[65 * 4 + 1];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_eq_int(ospkg_conf_files_parse(rows[i].text, strlen(rows[i].text), &files, &e),
			-EINVAL);
		tap_has(e.text, rows[i].error);
	}
	for (int i = 0; i < 65; i++)
		snprintf(many + 4 * i, 5, "f%02d\n", i);
	tap_eq_int(ospkg_conf_files_parse(many, 64 * 4, &files, &e), 0);
	tap_eq_int(ospkg_conf_files_parse(many, 65 * 4, &files, &e), -EINVAL);
	tap_has(e.text, "line 65: more than 64 files");
}

/* --- network --- */

#define URL "\"ospkg_pointer\":\"https://example.org/a.json\","
#define STATIC(address, gateway)                                                                   \
	"{\"network_mode\":\"static\",\"host_ip\":\"" address "\",\"gateway\":\"" gateway "\""     \
	"," URL
#define DHCP "{\"network_mode\":\"dhcp\",\"host_ip\":null,\"gateway\":null," URL
#define NO_DNS "\"dns\":null,"
#define DNS "\"dns\":[\"9.9.9.9\",\"2620:fe::9\"],"
#define LINK(name, mac) "{\"interface_name\":\"" name "\",\"mac_address\":\"" mac "\"}"
#define LINKS(list) "\"network_interfaces\":[" list "],"
#define NO_BOND "\"bonding_mode\":null,\"bond_name\":null,\"description\":null}"
#define BOND_OF(mode, name)                                                                        \
	"\"bonding_mode\":\"" mode "\",\"bond_name\":\"" name "\",\"description\":null}"
#define BOND(mode) BOND_OF(mode, "bond0")
#define ONE LINK("eth0", "52:54:00:12:34:56")
#define TWO ONE "," LINK("eth1", "52:54:00:12:34:57")

static int plan(const char *json, struct ospkg_net *net, struct error *e)
{
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;

	*e = ERROR_INIT;
	if (hostcfg_decode(json, strlen(json), &cfg, e) < 0 || hostcfg_check(&cfg, e) < 0) {
		tap_fail(__FILE__, __LINE__, "%s: %s", json, e->text);
		return -EIO;
	}
	return ospkg_net_plan(&cfg, net, e);
}

#define COMMENT "# Written by `stprov host apply` from the host configuration: a change is lost.\n"
#define BOND_MATCH COMMENT "[Match]\nName=bond0\n\n[Network]\n"
#define ETH0 "[Match]\nPermanentMACAddress=52:54:00:12:34:56\n\n[Network]\n"
#define MEMBERS                                                                                    \
	COMMENT "[Match]\nPermanentMACAddress=52:54:00:12:34:56 52:54:00:12:34:57\n\n"             \
		"[Link]\nRequiredForOnline=no\n\n"                                                 \
		"[Network]\nBond=bond0\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
#define NETDEV(mode)                                                                               \
	COMMENT "[NetDev]\nName=bond0\nKind=bond\nMACAddress=52:54:00:12:34:56\n\n"                \
		"[Bond]\nMode=" mode "\nMIIMonitorSec=100ms\n"
#define LEASE "\n[DHCPv4]\nClientIdentifier=mac\nUseHostname=no\n"

static void networkd_gets_these_files(void)
{
	static const struct {
		const char *json, *network, *netdev, *members;
	} rows[] = {
		{ STATIC("10.0.2.10/26", "10.0.2.1") DNS LINKS(ONE) NO_BOND,
			COMMENT ETH0 "Address=10.0.2.10/26\nIPv6AcceptRA=no\n"
				     "DNS=9.9.9.9\nDNS=2620:fe::9\n\n[Route]\nGateway=10.0.2.1\n",
			NULL, NULL },
		/* A gateway outside of the network is on the link all the same. */
		{ STATIC("10.0.2.10/32", "10.0.2.1") NO_DNS LINKS(ONE) NO_BOND,
			COMMENT ETH0 "Address=10.0.2.10/32\nIPv6AcceptRA=no\n\n"
				     "[Route]\nGateway=10.0.2.1\nGatewayOnLink=yes\n",
			NULL, NULL },
		{ STATIC("2001:db8::10/64", "fe80::1") NO_DNS LINKS(ONE) NO_BOND,
			COMMENT ETH0 "Address=2001:db8::10/64\nIPv6AcceptRA=no\n\n"
				     "[Route]\nGateway=fe80::1\nGatewayOnLink=yes\n",
			NULL, NULL },
		/* Of several links without a bond, a static network has the first. */
		{ STATIC("10.0.2.10/26", "10.0.2.1") NO_DNS LINKS(TWO) NO_BOND,
			COMMENT ETH0 "Address=10.0.2.10/26\nIPv6AcceptRA=no\n\n"
				     "[Route]\nGateway=10.0.2.1\n",
			NULL, NULL },
		{ DHCP DNS LINKS(ONE) NO_BOND,
			COMMENT ETH0
			"DHCP=ipv4\nIPv6AcceptRA=no\nDNS=9.9.9.9\nDNS=2620:fe::9\n" LEASE
			"UseDNS=no\n",
			NULL, NULL },
		{ DHCP NO_DNS "\"network_interfaces\":null," NO_BOND,
			COMMENT "[Match]\nType=ether\nKind=!*\n\n[Network]\n"
				"DHCP=ipv4\nIPv6AcceptRA=no\n" LEASE,
			NULL, NULL },
		/* An older form, which knows only a name. */
		{ DHCP NO_DNS "\"network_interfaces\":[\"eth0\"]}",
			COMMENT "[Match]\nName=eth0\n\n[Network]\n"
				"DHCP=ipv4\nIPv6AcceptRA=no\n" LEASE,
			NULL, NULL },
		{ STATIC("10.0.2.10/26", "10.0.2.1") NO_DNS LINKS(TWO) BOND("active-backup"),
			BOND_MATCH "Address=10.0.2.10/26\nIPv6AcceptRA=no\n\n"
				   "[Route]\nGateway=10.0.2.1\n",
			NETDEV("active-backup"), MEMBERS },
		{ DHCP NO_DNS LINKS(TWO) BOND("802.3ad"),
			BOND_MATCH "DHCP=ipv4\nIPv6AcceptRA=no\n" LEASE,
			NETDEV("802.3ad") "LACPTransmitRate=fast\n", MEMBERS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_networkd_ struct ospkg_networkd n = { .texts = { NULL } };
		struct ospkg_net net;
		struct error e;
		tap_eq_int(plan(rows[i].json, &net, &e), 0);
		tap_eq_int(ospkg_networkd_format(&net, &n, &e), 0);
		tap_eq_text(n.texts[OSPKG_NETWORKD_NETWORK], rows[i].network);
		if (rows[i].netdev) {
			tap_eq_text(n.texts[OSPKG_NETWORKD_NETDEV], rows[i].netdev);
			tap_eq_text(n.texts[OSPKG_NETWORKD_MEMBERS], rows[i].members);
		} else {
			tap_ok(!n.texts[OSPKG_NETWORKD_NETDEV]);
			tap_ok(!n.texts[OSPKG_NETWORKD_MEMBERS]);
		}
	}
}

/* The script; the caller frees it. */
static char *script_of(const char *json)
{
	struct ospkg_net net = { .dhcp = false };
	struct error e;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	tap_eq_int(plan(json, &net, &e), 0);
	ospkg_script_format(out, &net);
	fclose(out);
	return text;
}

static void a_script_has_the_commands_of_its_network(void)
{
	static const struct {
		const char *json, *has, *has_not;
	} rows[] = {
		{ STATIC("10.0.2.10/26", "10.0.2.1") DNS LINKS(ONE) NO_BOND,
			"link0=$(find_link 52:54:00:12:34:56)\n"
			"\n"
			"ip link set dev \"$link0\" up\n"
			"ip addr replace 10.0.2.10/26 dev \"$link0\"\n"
			"ip -4 route replace default via 10.0.2.1 dev \"$link0\"\n"
			"{\n"
			"\techo nameserver 9.9.9.9\n"
			"\techo nameserver 2620:fe::9\n"
			"} >/etc/resolv.conf\n",
			"udhcpc" },
		{ STATIC("2001:db8::10/64", "fe80::1") NO_DNS LINKS(ONE) NO_BOND,
			"ip -6 route replace fe80::1 dev \"$link0\"\n"
			"ip -6 route replace default via fe80::1 dev \"$link0\"\n",
			"resolv.conf" },
		{ DHCP DNS LINKS(ONE) NO_BOND,
			"udhcpc -b -i \"$link0\" -s /run/stprov/udhcpc "
			"-p \"/run/stprov/udhcpc-$link0.pid\"\n",
			"${dns" },
		{ DHCP NO_DNS "\"network_interfaces\":null," NO_BOND,
			"for server in ${dns:-}; do\n", "find_link" },
		{ STATIC("10.0.2.10/26", "10.0.2.1") NO_DNS LINKS(TWO) BOND("802.3ad"),
			"\techo fast >/sys/class/net/bond0/bonding/lacp_rate\n"
			"fi\n"
			"for link in \"$link0\" \"$link1\"; do\n",
			"udhcpc" },
		{ DHCP NO_DNS LINKS(TWO) BOND("balance-rr"), "link0=bond0\n", "link1\" -s" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = script_of(rows[i].json);
		tap_has(text, rows[i].has);
		tap_has_not(text, rows[i].has_not);
	}
}

static void what_a_file_or_shell_could_misread_is_refused(void)
{
	static const struct {
		const char *json, *error;
	} rows[] = {
		{ DHCP NO_DNS LINKS(LINK("eth0;reboot", "00:00:00:00:00:00")) NO_BOND,
			"the name \"eth0;reboot\" has other characters" },
		{ DHCP NO_DNS LINKS(LINK("*", "00:00:00:00:00:00")) NO_BOND, "the name \"*\"" },
		{ DHCP NO_DNS LINKS(LINK("-x", "00:00:00:00:00:00")) NO_BOND, "the name \"-x\"" },
		{ DHCP NO_DNS LINKS(LINK("", "00:00:00:00:00:00")) NO_BOND,
			"neither hardware address nor name" },
		{ DHCP NO_DNS LINKS(ONE "," LINK("eth1", "00:00:00:00:00:00")) NO_BOND,
			"others only a name" },
		{ DHCP NO_DNS LINKS(ONE) BOND_OF("balance-rr", "b$x"), "the name \"b$x\"" },
		{ STATIC("10.0.2.10/26", "10.0.2.1") NO_DNS "\"network_interfaces\":null," NO_BOND,
			"it names no link" },
	};
	struct ospkg_net net;
	struct error e;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_eq_int(plan(rows[i].json, &net, &e), -EINVAL);
		tap_has(e.text, rows[i].error);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(an_empty_configuration_has_the_defaults),
		TAP_TEST(each_key_is_set),
		TAP_TEST(what_is_wrong_in_a_configuration_is_named_by_line_and_key),
		TAP_TEST(a_file_has_a_line_that_says_where_it_goes),
		TAP_TEST(what_is_wrong_in_the_list_of_files_is_named_by_line),
		TAP_TEST(networkd_gets_these_files),
		TAP_TEST(a_script_has_the_commands_of_its_network),
		TAP_TEST(what_a_file_or_shell_could_misread_is_refused),
		{ 0 },
	};

	return tap_run(tests);
}
