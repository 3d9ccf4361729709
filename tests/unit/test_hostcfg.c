/* hostcfg/: the host configuration and its JSON. The released program's texts: tests/vectors. */
#include "tap.h"

#include <errno.h>

#include "hostcfg/hostcfg.h"

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
	char *out = NULL;

	if (!place ||
		asprintf(&out, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from)) < 0)
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
	char mac[HOSTCFG_MAC_TEXT_SIZE], addr[NET_ADDR_TEXT_MAX];

	tap_eq_int(decode(WHOLE, &cfg, &e), 0);
	tap_eq_int(cfg.mode, HOSTCFG_STATIC);
	tap_eq_int(cfg.host_ip.len, 26);
	tap_eq_int(cfg.gateway.bytes[3], 1);
	tap_eq_int(cfg.dns_n, 2);
	net_addr_format(&cfg.dns[1], addr);
	tap_eq_text(addr, "2001:db8::1");
	tap_eq_int(cfg.interfaces_n, 1);
	tap_eq_text(cfg.interfaces[0].name, "eth0");
	hostcfg_format_mac(cfg.interfaces[0].mac, mac);
	tap_eq_text(mac, "aa:bb:cc:dd:ee:ff");
	tap_eq_text(cfg.ospkg_pointer, "https://a:b@x/y?a=1&b=2,http://z/");
	tap_eq_text(cfg.bonding_mode, "802.3ad");
	tap_eq_text(cfg.bond_name, "bond0");
	tap_eq_text(cfg.description, "<none>");
	tap_eq_int(hostcfg_check(&cfg, &e), 0);
}

static void every_key_must_be_there(void)
{
	static const char *const keys[] = { "network_mode", "host_ip", "gateway", "dns",
		"network_interfaces", "ospkg_pointer", "bonding_mode", "bond_name", "description",
		"interface_name", "mac_address" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char *text = replaced(WHOLE, keys[i], "other");
		struct hostcfg cfg;
		struct error e;
		char want[40];
		snprintf(want, sizeof(want), "\"%s\"", keys[i]);
		tap_eq_int(decode(text, &cfg, &e), -EINVAL);
		if (!strstr(e.text, want) || !strstr(e.text, "is missing"))
			tap_fail(__FILE__, __LINE__, "%s: %s", keys[i], e.text);
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
		{ "[\"9.9.9.9\",\"2001:db8::1\"]", "\"9.9.9.9\"", "dns" },
		{ "\"eth0\"", "null", "interface_name" },
		{ "\"eth0\"", "\"\"", "network_interfaces" },
		{ "\"eth0\"", "\"a/b\"", "network_interfaces" },
		{ "\"eth0\"", "\"..\"", "network_interfaces" },
		{ "\"eth0\"", "\"abcdefghijklmnop\"", "network_interfaces" },
		{ "aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee", "mac_address" },
		{ "aa:bb:cc:dd:ee:ff", "aa-bb-cc-dd-ee-ff", "mac_address" },
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
	static const char *const texts[] = { "", "[]", "null", "{", WHOLE "x", "{}", WHOLE WHOLE,
		"{\"network_mode\":null,\"network_mode\":null}" };

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
	static const uint8_t mac[HOSTCFG_MAC_SIZE];
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

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(what_was_decoded_is_encoded_the_same),
		TAP_TEST(the_parts_are_where_they_belong),
		TAP_TEST(every_key_must_be_there),
		TAP_TEST(an_unknown_key_is_ignored),
		TAP_TEST(malformed_values_are_refused_by_their_key),
		TAP_TEST(what_is_no_object_is_refused),
		TAP_TEST(sizes_are_bounded_both_ways),
		TAP_TEST(lists_are_bounded),
		TAP_TEST(a_text_that_is_not_utf8_is_refused),
		TAP_TEST(what_stboot_refuses_is_refused),
		TAP_TEST(dhcp_needs_no_address),
		TAP_TEST(all_bonding_modes_are_known),
		{ 0 },
	};
	return tap_run(tests);
}
