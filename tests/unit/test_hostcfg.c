/* SPDX-License-Identifier: BSD-2-Clause */
/* hostcfg/: the host configuration and its JSON. The released program's texts: tests/vectors. */
#include "tap.h"

#include <errno.h>

#include "base/text.h"
#include "hostcfg/hostcfg.h"
#include "hostcfg/words.h"
#include "hostcfg/url.h"

#define WHOLE                                                                                      \
	"{\"network_mode\":\"static\",\"host_ip\":\"10.0.2.10/26\",\"gateway\":\"10.0.2.1\","      \
	"\"dns\":[\"9.9.9.9\",\"2001:db8::1\"],\"network_interfaces\":[{\"interface_name\":"       \
	"\"eth0\",\"mac_address\":\"aa:bb:cc:dd:ee:ff\"}],\"ospkg_pointer\":"                      \
	"\"https://a:b@x/y?a=1\\u0026b=2,http://z/\",\"bonding_mode\":\"802.3ad\","                \
	"\"bond_name\":\"bond0\",\"description\":\"\\u003cnone\\u003e\"}"

#define NULLS                                                                                      \
	"{\"network_mode\":null,\"host_ip\":null,\"gateway\":null,\"dns\":null,"                   \
	"\"network_interfaces\":null,\"ospkg_pointer\":null,\"bonding_mode\":null,"                \
	"\"bond_name\":null,\"description\":null}"

static int decode(const char *text, struct hostcfg *cfg, struct error *error)
{
	*cfg = HOSTCFG_INIT;
	*error = ERROR_INIT;
	return hostcfg_decode(text, strlen(text), cfg, error);
}

/* @text with the first @from in it as @to; the caller frees it. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *place = strstr(text, from);
	char *out =
		!place ? NULL
		       : text_new("%.*s%s%s", (int)(place - text), text, to, place + strlen(from));

	if (!out)
		tap_fail(__FILE__, __LINE__, "no %s", from);
	return out;
}

static void what_was_decoded_is_encoded_the_same(void)
{
	static const char *const texts[] = { WHOLE, NULLS,
		"{\"network_mode\":\"dhcp\",\"host_ip\":null,\"gateway\":null,\"dns\":[],"
		"\"network_interfaces\":[],\"ospkg_pointer\":\"\",\"bonding_mode\":null,"
		"\"bond_name\":null,\"description\":\"\"}" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_hostcfg_ struct hostcfg cfg;
		struct error e;
		char *text = NULL;
		tap_eq_int(decode(texts[i], &cfg, &e), 0);
		tap_eq_int(hostcfg_encode(&cfg, &text, &e), 0);
		tap_eq_text(text, texts[i]);
		free(text);
	}
}

static void the_parts_are_where_they_belong(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg;
	struct error e;
	char mac[NET_MAC_TEXT_MAX], addr[NET_ADDR_TEXT_MAX];

	tap_eq_int(decode(WHOLE, &cfg, &e), 0);
	tap_eq_int(cfg.mode, HOSTCFG_STATIC);
	tap_eq_int(cfg.host_ip.len, 26);
	tap_eq_int(cfg.gateway.bytes[3], 1);
	tap_eq_int(cfg.dns_n, 2);
	net_addr_format(&cfg.dns[1], addr);
	tap_eq_text(addr, "2001:db8::1");
	tap_eq_int(cfg.interfaces_n, 1);
	tap_eq_text(cfg.interfaces[0].name, "eth0");
	net_mac_format(cfg.interfaces[0].mac, mac);
	tap_eq_text(mac, "aa:bb:cc:dd:ee:ff");
	tap_eq_text(cfg.ospkg_pointer, "https://a:b@x/y?a=1&b=2,http://z/");
	tap_eq_text(cfg.bonding_mode, "802.3ad");
	tap_eq_text(cfg.bond_name, "bond0");
	tap_eq_text(cfg.description, "<none>");
	tap_eq_int(hostcfg_check(&cfg, &e), 0);
}

/* But one without which stboot does not boot is found by hostcfg_check(). */
static void a_missing_key_is_as_null(void)
{
	static const struct {
		const char *key, *value;
	} rows[] = { { "network_mode", "\"static\"" }, { "host_ip", "\"10.0.2.10/26\"" },
		{ "gateway", "\"10.0.2.1\"" }, { "dns", "[\"9.9.9.9\",\"2001:db8::1\"]" },
		{ "network_interfaces",
			"[{\"interface_name\":\"eth0\",\"mac_address\":\"aa:bb:cc:dd:ee:ff\"}]" },
		{ "ospkg_pointer", "\"https://a:b@x/y?a=1\\u0026b=2,http://z/\"" },
		{ "bonding_mode", "\"802.3ad\"" }, { "bond_name", "\"bond0\"" },
		{ "description", "\"\\u003cnone\\u003e\"" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *missing = replaced(WHOLE, rows[i].key, "other"), *got = NULL;
		char *null = replaced(WHOLE, rows[i].value, "null");
		_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
		struct error e, warnings[HOSTCFG_WARNINGS_MAX];
		tap_eq_int(decode(missing, &cfg, &e), 0);
		tap_eq_int(hostcfg_encode(&cfg, &got, &e), 0);
		tap_eq_text(got, null);
		tap_eq_int(hostcfg_warnings(&cfg, warnings), 0);
		free(missing);
		free(null);
		free(got);
	}
}

/* Go's encoding/json; a row is the text, and what is written of it again. */
static void keys_are_read_as_go_reads_them(void)
{
	static const struct {
		const char *from, *to, *from_out, *to_out, *warning;
	} rows[] = {
		{ "\"gateway\"", "\"GateWay\"", "{", "{", "\"gateway\" has other letters" },
		{ "\"dns\"", "\"dn\xc5\xbf\"", "{", "{", "\"dns\" has other letters" },
		{ "\"ospkg", "\"osp\xe2\x84\xaag", "{", "{", "\"ospkg_pointer\" has other" },
		{ "\"gateway\"", "\"g\\u0061teway\"", "{", "{", NULL },
		/* The last one of the text counts, in whatever case it is. */
		{ "{\"n", "{\"gateway\":\"10.0.2.9\",\"n", "{", "{", "\"gateway\" is there more" },
		{ "\"dns\"", "\"gateway\":\"10.0.2.9\",\"dns\"", "10.0.2.1\"", "10.0.2.9\"",
			"\"gateway\" is there more" },
		{ "\"dns\"", "\"GATEWAY\":\"10.0.2.9\",\"dns\"", "10.0.2.1\"", "10.0.2.9\"",
			"\"gateway\" is there more" },
		{ "{\"n", "{\"GATEWAY\":\"10.0.2.9\",\"n", "{", "{", "\"gateway\" is there more" },
		{ "\"dns\"", "\"GATEWAY\":\"10.0.2.8\",\"gateway\":\"10.0.2.9\",\"dns\"",
			"10.0.2.1\"", "10.0.2.9\"", "\"gateway\" is there more" },
		{ "{\"n", "{\"gateway\":true,\"n", "{", "{", "\"gateway\" is there more" },
		/* Null takes a value away; but not from an interface. */
		{ "\"dns\"", "\"bond_name\":\"b\",\"dns\"", "{", "{", "\"bond_name\" is there" },
		{ "\"description\"", "\"BOND_NAME\":null,\"description\"", "\"bond0\"", "null",
			"\"bond_name\" is there" },
		{ "\"eth0\",", "\"eth0\",\"interface_name\":null,", "{", "{",
			"\"interface_name\" is there" },
		{ "\"eth0\",", "\"eth0\",\"Interface_Name\":\"eth1\",", "eth0", "eth1",
			"\"interface_name\" is there" },
		{ "\"mac_address\"", "\"MAC_ADDRESS\"", "{", "{", "\"mac_address\" has other" },
		/* Not ours, however they are. */
		{ "{\"n", "{\"x\":1e999,\"x\":-123456789012345678901234567890.5E+1,\"n", "{", "{",
			NULL },
		{ "{\"n", "{\"gate way\":1,\"gateway \":2,\"\":3,\"n", "{", "{", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = replaced(WHOLE, rows[i].from, rows[i].to), *got = NULL;
		char *want = replaced(WHOLE, rows[i].from_out, rows[i].to_out);
		_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
		struct error e = ERROR_INIT, warnings[HOSTCFG_WARNINGS_MAX];
		if (decode(text, &cfg, &e) < 0)
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, e.text);
		tap_eq_int(hostcfg_encode(&cfg, &got, &e), 0);
		tap_eq_text(got, want);
		size_t n = hostcfg_warnings(&cfg, warnings);
		if ((n > 0) != (rows[i].warning != NULL) ||
			(n > 0 && !strstr(warnings[0].text, rows[i].warning)))
			tap_fail(__FILE__, __LINE__, "row %zu: %zu, %s", i, n,
				n > 0 ? warnings[0].text : "");
		free(text);
		free(want);
		free(got);
	}
}

static void numbers_that_are_none_are_malformed(void)
{
	static const char *const numbers[] = { "01", "-", "1.", ".5", "1e", "1e+", "+1", "1-2",
		"--1", "0x1", "1e5x", "1.5.5", "Infinity", "NaN" };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		char to[64];
		struct hostcfg cfg;
		struct error e = ERROR_INIT;
		snprintf(to, sizeof(to), "{\"x\":%s,\"n", numbers[i]);
		char *text = replaced(WHOLE, "{\"n", to);
		if (decode(text, &cfg, &e) != -EINVAL || !strstr(e.text, "malformed JSON: line 1"))
			tap_fail(__FILE__, __LINE__, "%s: %s", numbers[i], e.text);
		free(text);
	}
}

/* What Go's net.ParseMAC takes, and a name of any kind. */
static void links_that_stboot_takes_are_taken(void)
{
	static const struct {
		const char *from, *to, *words, *warning;
	} rows[] = {
		{ "aa:bb:cc:dd:ee:ff", "aa-BB-cc-dd-ee-ff", "eth0 aa:bb:cc:dd:ee:ff", NULL },
		{ "aa:bb:cc:dd:ee:ff", "aabb.ccdd.eeff", "eth0 aa:bb:cc:dd:ee:ff", NULL },
		{ "aa:bb:cc:dd:ee:ff", "00:00:00:00:00:00", "eth0 00:00:00:00:00:00", NULL },
		{ "aa:bb:cc:dd:ee:ff", "02:00:5e:10:00:00:00:01", "eth0 02:00:5e:10:00:00:00:01",
			"has 8 bytes" },
		{ "aa:bb:cc:dd:ee:ff", "0200.5e10.0000.0001", "eth0 02:00:5e:10:00:00:00:01",
			"has 8 bytes" },
		{ "aa:bb:cc:dd:ee:ff",
			"00-00-00-00-fe-80-00-00-00-00-00-00-02-00-5e-10-00-00-00-01",
			"eth0 00:00:00:00:fe:80:00:00:00:00:00:00:02:00:5e:10:00:00:00:01",
			"has 20 bytes" },
		{ "\"interface_name\":\"eth0\",", "", "aa:bb:cc:dd:ee:ff", "missing or empty" },
		{ "\"eth0\"", "\"\"", "aa:bb:cc:dd:ee:ff", "missing or empty" },
		{ "\"eth0\"", "null", "aa:bb:cc:dd:ee:ff", "missing or empty" },
		{ "\"eth0\"", "\"a/b\"", "aa:bb:cc:dd:ee:ff", "not the name of a link" },
		{ "\"eth0\"", "\"abcdefghijklmnop\"", "aa:bb:cc:dd:ee:ff",
			"not the name of a link" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = replaced(WHOLE, rows[i].from, rows[i].to), *words = NULL, *out = NULL;
		_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
		struct error e = ERROR_INIT, warnings[HOSTCFG_WARNINGS_MAX];
		if (decode(text, &cfg, &e) < 0)
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, e.text);
		tap_eq_int(hostcfg_check(&cfg, &e), 0);
		tap_eq_int(hostcfg_format_words(&cfg, &words), 0);
		tap_ok(strstr(words, rows[i].words) != NULL);
		tap_eq_int(hostcfg_encode(&cfg, &out, &e), 0);
		size_t n = hostcfg_warnings(&cfg, warnings);
		if (n != (rows[i].warning != NULL) ||
			(n > 0 && !strstr(warnings[0].text, rows[i].warning)))
			tap_fail(__FILE__, __LINE__, "row %zu: %zu warnings", i, n);
		free(text);
		free(words);
		free(out);
	}
}

static void addresses_that_cannot_work_are_warned_about(void)
{
	static const struct {
		const char *from, *to, *warning;
	} rows[] = {
		{ "10.0.2.10/26", "10.0.2.0/26", "10.0.2.0/26: it is the network's own" },
		{ "10.0.2.10/26", "10.0.2.63/26", "10.0.2.63/26: it is the network's broadcast" },
		{ "10.0.2.10/26", "224.0.0.1/4", "a multicast address" },
		{ "\"10.0.2.1\"", "\"0.0.0.0\"", "0.0.0.0: it is an address of 0.0.0.0/8" },
		{ "\"10.0.2.1\"", "\"10.0.3.1\"", "10.0.3.1 is outside the host's network" },
		{ "\"10.0.2.1\"", "\"fe80::1\"", "fe80::1 is outside the host's network" },
		{ "\"10.0.2.1\"", "\"10.0.2.10\"", "10.0.2.10 is the host itself" },
		{ "\"static\"", "\"dhcp\"", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = replaced(WHOLE, rows[i].from, rows[i].to);
		_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
		struct error e = ERROR_INIT, warnings[HOSTCFG_WARNINGS_MAX];
		tap_eq_int(decode(text, &cfg, &e), 0);
		tap_eq_int(hostcfg_check(&cfg, &e), 0);
		size_t n = hostcfg_warnings(&cfg, warnings);
		if ((n > 0) != (rows[i].warning != NULL) ||
			(n > 0 && !strstr(warnings[0].text, rows[i].warning)))
			tap_fail(__FILE__, __LINE__, "row %zu: %zu, %s", i, n,
				n > 0 ? warnings[0].text : "");
		free(text);
	}
}

static void an_unknown_key_is_ignored(void)
{
	char *text = replaced(WHOLE, "{\"network", "{\"identity\":[1,{}],\"network");
	_cleanup_hostcfg_ struct hostcfg cfg;
	struct error e;

	tap_eq_int(decode(text, &cfg, &e), 0);
	free(text);
}

static void malformed_values_are_refused_by_their_key(void)
{
	static const struct {
		const char *from, *to, *key;
	} rows[] = {
		{ "\"static\"", "\"STATIC\"", "network_mode" },
		{ "\"static\"", "1", "network_mode" },
		{ "\"static\"", "\"\"", "network_mode" },
		{ "10.0.2.10/26", "10.0.2.10", "host_ip" },
		{ "10.0.2.10/26", "10.0.2.10/33", "host_ip" },
		{ "\"10.0.2.1\"", "\"10.0.2\"", "gateway" },
		{ "\"10.0.2.1\"", "\"10.0.2.1/26\"", "gateway" },
		{ "\"10.0.2.1\"", "true", "gateway" },
		{ "\"9.9.9.9\"", "\"dns.example.org\"", "dns" },
		{ "\"9.9.9.9\"", "null", "dns" },
		{ "\"eth0\"", "1", "interface_name" },
		{ "aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff:01", "mac_address" },
		{ "aa:bb:cc:dd:ee:ff", "aabb.ccdd:eeff", "mac_address" },
		{ "aa:bb:cc:dd:ee:ff", "", "mac_address" },
		{ "aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee", "mac_address" },
		{ "aa:bb:cc:dd:ee:ff", "aa-bb:cc-dd-ee-ff", "mac_address" },
		{ "aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:fg", "mac_address" },
		{ "\"aa:bb:cc:dd:ee:ff\"", "null", "mac_address" },
		{ "[{", "[[],{", "network_interfaces" },
		{ "\"802.3ad\"", "\"a mode of a name that is long\"", "bonding_mode" },
		{ "\"bond0\"", "\"a-name-of-16-byte\"", "bond_name" },
		{ "\"https://a:b@x/y?a=1\\u0026b=2,http://z/\"", "[\"https://x/\"]",
			"ospkg_pointer" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = replaced(WHOLE, rows[i].from, rows[i].to);
		struct hostcfg cfg;
		struct error e;
		tap_eq_int(decode(text, &cfg, &e), -EINVAL);
		if (!strstr(e.text, rows[i].key))
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, e.text);
		free(text);
	}
}

static void what_is_no_object_is_refused(void)
{
	static const char *const texts[] = { "", "[]", "null", "{", WHOLE "x", WHOLE WHOLE };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct hostcfg cfg;
		struct error e;
		tap_eq_int(decode(texts[i], &cfg, &e), -EINVAL);
	}
}

static void sizes_are_bounded_both_ways(void)
{
	size_t len = HOSTCFG_JSON_MAX + 1;
	char *big = malloc(len + 1), *text = NULL;
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
	struct hostcfg other = HOSTCFG_INIT;
	struct error e;

	memset(big, ' ', len);
	memcpy(big, NULLS, strlen(NULLS));
	big[len] = '\0';
	tap_eq_int(hostcfg_decode(big, len, &other, &e), -EFBIG);
	tap_eq_int(hostcfg_decode(big, len - 1, &other, &e), 0);
	memset(big, 'x', len);
	cfg.ospkg_pointer = big;
	tap_eq_int(hostcfg_encode(&cfg, &text, &e), -EFBIG);
	/* Exactly the limit: the rest of the text is what it is with "" for null. */
	big[HOSTCFG_JSON_MAX - (strlen(NULLS) - 2)] = '\0';
	tap_eq_int(hostcfg_encode(&cfg, &text, &e), 0);
	tap_eq_int(text ? strlen(text) : 0, HOSTCFG_JSON_MAX);
	free(text);
}

static void lists_are_bounded(void)
{
	static const uint8_t mac[NET_MAC_LEN];
	const struct net_addr addr = { .family = 4 };
	struct hostcfg cfg = HOSTCFG_INIT;
	struct error e;

	for (int i = 0; i < HOSTCFG_DNS_MAX; i++)
		tap_eq_int(hostcfg_add_dns(&cfg, &addr, &e), 0);
	tap_eq_int(hostcfg_add_dns(&cfg, &addr, &e), -E2BIG);
	for (int i = 0; i < HOSTCFG_INTERFACES_MAX; i++)
		tap_eq_int(hostcfg_add_interface(&cfg, "abcdefghijklmno", mac, &e), 0);
	tap_eq_int(hostcfg_add_interface(&cfg, "e", mac, &e), -E2BIG);
}

static void a_text_that_is_not_utf8_is_refused(void)
{
	struct hostcfg cfg = HOSTCFG_INIT;
	struct error e;
	char bad[] = "https://\xff/";
	char *text = NULL;

	cfg.ospkg_pointer = bad;
	tap_eq_int(hostcfg_encode(&cfg, &text, &e), -EINVAL);
	tap_ok(text == NULL);
}

static void what_stboot_refuses_is_refused(void)
{
	static const struct {
		const char *from, *to, *reason;
	} rows[] = {
		{ "\"static\"", "null", "no network mode" },
		{ "\"10.0.2.10/26\"", "null", "host address" },
		{ "\"10.0.2.1\"", "null", "gateway" },
		{ "\"https://a:b@x/y?a=1\\u0026b=2,http://z/\"", "null", "URL" },
		{ "\"https://a:b@x/y?a=1\\u0026b=2,http://z/\"", "\"\"", "URL" },
		{ "802.3ad", "802.3AD", "unknown bonding mode" },
		{ "\"bond0\"", "null", "bond name" },
		{ "[{\"interface_name\":\"eth0\",\"mac_address\":\"aa:bb:cc:dd:ee:ff\"}]", "[]",
			"network interfaces" },
		{ "[{\"interface_name\":\"eth0\",\"mac_address\":\"aa:bb:cc:dd:ee:ff\"}],"
		  "\"ospkg_pointer\":\"https://a:b@x/y?a=1\\u0026b=2,http://z/\",\"bonding_mode\":"
		  "\"802.3ad\"",
			"[],\"ospkg_pointer\":\"http://z/\",\"bonding_mode\":null",
			"a list of no network interfaces" },
		{ "\"gateway\"", "\"gate\"", "gateway" },
		{ "\"ospkg_pointer\"", "\"os_package\"", "URL" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = replaced(WHOLE, rows[i].from, rows[i].to);
		_cleanup_hostcfg_ struct hostcfg cfg;
		struct error e;
		tap_eq_int(decode(text, &cfg, &e), 0);
		tap_eq_int(hostcfg_check(&cfg, &e), -EINVAL);
		if (!strstr(e.text, rows[i].reason))
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, e.text);
		free(text);
	}
}

static void dhcp_needs_no_address(void)
{
	char *text = replaced(NULLS, "\"network_mode\":null", "\"network_mode\":\"dhcp\"");
	char *with_url =
		replaced(text, "\"ospkg_pointer\":null", "\"ospkg_pointer\":\"http://x/\"");
	_cleanup_hostcfg_ struct hostcfg cfg;
	struct error e;

	tap_eq_int(decode(with_url, &cfg, &e), 0);
	tap_eq_int(hostcfg_check(&cfg, &e), 0);
	free(text);
	free(with_url);
}

static void all_bonding_modes_are_known(void)
{
	static const char *const modes[] = { "balance-rr", "active-backup", "balance-xor",
		"broadcast", "802.3ad", "balance-tlb", "balance-alb" };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		char *text = replaced(WHOLE, "802.3ad", modes[i]);
		_cleanup_hostcfg_ struct hostcfg cfg;
		struct error e;
		tap_eq_int(decode(text, &cfg, &e), 0);
		tap_eq_int(hostcfg_check(&cfg, &e), 0);
		free(text);
	}
}

/* As stprov wrote it years ago; stboot's own tests have such files of real machines. */
#define OLD                                                                                        \
	"{\"version\":1,\"network_mode\":\"static\",\"host_ip\":\"10.0.2.10/26\",\"gateway\":"     \
	"\"10.0.2.1\",\"dns\":\"9.9.9.9\",\"network_interface\":\"aa:bb:cc:dd:ee:ff\","            \
	"\"provisioning_urls\":[\"https://a:b@x/\",\"http://z/\"],\"identity\":\"foo\","           \
	"\"authentication\":\"bar\",\"timestamp\":1665824000}"

static void an_old_configuration_is_read_and_said_to_be_old(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg;
	struct error e;
	char text[NET_MAC_TEXT_MAX];

	tap_eq_int(decode(OLD, &cfg, &e), 0);
	tap_eq_int(cfg.old, HOSTCFG_OLD_DNS | HOSTCFG_OLD_URLS | HOSTCFG_OLD_INTERFACES);
	tap_eq_int(cfg.dns_n, 1);
	tap_eq_int(cfg.dns[0].bytes[0], 9);
	tap_eq_text(cfg.ospkg_pointer, "https://a:b@x/,http://z/");
	tap_eq_int(cfg.interfaces_n, 1);
	tap_eq_text(cfg.interfaces[0].name, "");
	net_mac_format(cfg.interfaces[0].mac, text);
	tap_eq_text(text, "aa:bb:cc:dd:ee:ff");
	tap_ok(!cfg.description);
	tap_eq_int(hostcfg_check(&cfg, &e), 0);
}

static void todays_configuration_is_not_old(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg, nulls;
	struct error e;

	tap_eq_int(decode(WHOLE, &cfg, &e), 0);
	tap_eq_int(cfg.old, 0);
	tap_eq_int(decode(NULLS, &nulls, &e), 0);
	tap_eq_int(nulls.old, 0);
}

#define LINKS "\"network_interfaces\":[{\"interface_name\":\"eth0\",\"mac_address\":"
#define POINTER "\"ospkg_pointer\":\"https://a:b@x/y?a=1\\u0026b=2,http://z/\","

/* Each alone, beside keys of today; and what is encoded then, if it can be. */
static void each_older_form_stands_alone(void)
{
	static const struct {
		const char *from, *to;
		unsigned old;
		const char *from_out, *to_out;
	} rows[] = {
		{ "[\"9.9.9.9\",\"2001:db8::1\"]", "\"2001:db8::1\"", HOSTCFG_OLD_DNS,
			"\"9.9.9.9\",", "" },
		{ POINTER, "\"provisioning_urls\":[\"http://z/\"],", HOSTCFG_OLD_URLS,
			"https://a:b@x/y?a=1\\u0026b=2,", "" },
		{ POINTER, "\"ospkg_pointer\":null,\"provisioning_urls\":[\"http://z/\"],",
			HOSTCFG_OLD_URLS, "https://a:b@x/y?a=1\\u0026b=2,", "" },
		/* Nothing to download: it is read, and hostcfg_check() reports it. */
		{ POINTER, "\"provisioning_urls\":[],", HOSTCFG_OLD_URLS,
			"https://a:b@x/y?a=1\\u0026b=2,http://z/", "" },
		{ LINKS "\"aa:bb:cc:dd:ee:ff\"}]", "\"network_interface\":\"aa:bb:cc:dd:ee:ff\"",
			HOSTCFG_OLD_INTERFACES, NULL, NULL },
		{ LINKS "\"aa:bb:cc:dd:ee:ff\"}]",
			"\"network_interfaces\":null,\"network_interface\":\"aa:bb:cc:dd:ee:ff\"",
			HOSTCFG_OLD_INTERFACES, NULL, NULL },
		{ LINKS "\"aa:bb:cc:dd:ee:ff\"}]", "\"network_interfaces\":[\"eth0\",\"eth1\"]",
			HOSTCFG_OLD_INTERFACES, NULL, NULL },
		/* The newer key counts. */
		{ "{\"n", "{\"provisioning_urls\":[1],\"n", HOSTCFG_OLD_URLS, "{", "{" },
		{ "{\"n", "{\"network_interface\":\"?\",\"n", HOSTCFG_OLD_INTERFACES, "{", "{" },
		/* An older key without a value is ignored. */
		{ "{\"n", "{\"provisioning_urls\":null,\"network_interface\":null,\"n", 0, "{",
			"{" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = replaced(WHOLE, rows[i].from, rows[i].to), *out = NULL;
		char *want =
			rows[i].from_out ? replaced(WHOLE, rows[i].from_out, rows[i].to_out) : NULL;
		_cleanup_hostcfg_ struct hostcfg cfg;
		struct error e;
		int r = decode(text, &cfg, &e);
		if (r < 0 || cfg.old != rows[i].old)
			tap_fail(__FILE__, __LINE__, "row %zu: %d %u %s", i, r, cfg.old, e.text);
		r = hostcfg_encode(&cfg, &out, &e);
		tap_eq_int(r, want ? 0 : -EINVAL);
		if (want)
			tap_eq_text(out, want);
		free(text);
		free(out);
		free(want);
	}
}

static void names_alone_are_links_without_mac(void)
{
	static const uint8_t no_mac[NET_MAC_LEN];
	char *text = replaced(WHOLE, "{\"interface_name\":", "\"eth7\",{\"interface_name\":");
	_cleanup_hostcfg_ struct hostcfg cfg;
	struct error e;

	tap_eq_int(decode(text, &cfg, &e), 0);
	tap_eq_int(cfg.interfaces_n, 2);
	tap_eq_text(cfg.interfaces[0].name, "eth7");
	tap_eq_bytes(cfg.interfaces[0].mac, 6, no_mac, 6);
	tap_eq_text(cfg.interfaces[1].name, "eth0");
	free(text);
}

static void malformed_older_forms_are_refused_by_their_key(void)
{
	static const struct {
		const char *from, *to, *key;
	} rows[] = {
		{ "\"9.9.9.9\"", "\"\"", "\"dns\"" },
		{ "\"9.9.9.9\"", "\"9.9.9.9,8.8.8.8\"", "\"dns\"" },
		{ "\"aa:bb:cc:dd:ee:ff\"", "\"eth0\"", "\"network_interface\"" },
		{ "\"aa:bb:cc:dd:ee:ff\"", "1", "\"network_interface\"" },
		{ "[\"https", "[null,\"https", "\"provisioning_urls\"" },
		{ "\"http://z/\"", "\"\"", "\"provisioning_urls\"" },
		{ "\"http://z/\"", "\"http://z/,\"", "\"provisioning_urls\"" },
		{ "[\"https://a:b@x/\",\"http://z/\"]", "\"http://z/\"", "\"provisioning_urls\"" },
		{ "\"identity\"", "\"network_interfaces\":[\"a/b\"],\"identity\"",
			"\"network_interfaces\"" },
		{ "\"identity\"", "\"network_interfaces\":[\"eth0\",1],\"identity\"",
			"\"network_interfaces\"" },
		{ "\"identity\"", "\"bond_name\":1,\"identity\"", "\"bond_name\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = replaced(OLD, rows[i].from, rows[i].to);
		struct hostcfg cfg;
		struct error e;
		tap_eq_int(decode(text, &cfg, &e), -EINVAL);
		if (!strstr(e.text, rows[i].key))
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, e.text);
		free(text);
	}
}

static void more_old_urls_than_a_command_takes_are_refused(void)
{
	char *urls = malloc(20 * URL_LIST_MAX + 20), *end = urls;
	struct hostcfg cfg;
	struct error e;

	for (size_t i = 0; i < URL_LIST_MAX + 1; i++)
		end += sprintf(end, "\"http://z/\",");
	sprintf(end, "\"https");
	char *text = replaced(OLD, "\"https", urls);
	tap_eq_int(decode(text, &cfg, &e), -E2BIG);
	free(text);
	free(urls);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(what_was_decoded_is_encoded_the_same),
		TAP_TEST(the_parts_are_where_they_belong),
		TAP_TEST(a_missing_key_is_as_null),
		TAP_TEST(keys_are_read_as_go_reads_them),
		TAP_TEST(numbers_that_are_none_are_malformed),
		TAP_TEST(links_that_stboot_takes_are_taken),
		TAP_TEST(addresses_that_cannot_work_are_warned_about),
		TAP_TEST(an_unknown_key_is_ignored),
		TAP_TEST(malformed_values_are_refused_by_their_key),
		TAP_TEST(what_is_no_object_is_refused),
		TAP_TEST(sizes_are_bounded_both_ways),
		TAP_TEST(lists_are_bounded),
		TAP_TEST(a_text_that_is_not_utf8_is_refused),
		TAP_TEST(what_stboot_refuses_is_refused),
		TAP_TEST(dhcp_needs_no_address),
		TAP_TEST(all_bonding_modes_are_known),
		TAP_TEST(an_old_configuration_is_read_and_said_to_be_old),
		TAP_TEST(todays_configuration_is_not_old),
		TAP_TEST(each_older_form_stands_alone),
		TAP_TEST(names_alone_are_links_without_mac),
		TAP_TEST(malformed_older_forms_are_refused_by_their_key),
		TAP_TEST(more_old_urls_than_a_command_takes_are_refused),
		{ 0 },
	};
	return tap_run(tests);
}
