/* SPDX-License-Identifier: BSD-2-Clause */
/* setup/plan.h: the plan from the options of static and dhcp, before any change. */
#include "tap.h"

#include <errno.h>

#include "config.h"
#include "setup/plan.h"

static const struct setup_options plain = {
	.ip = "10.0.2.10/26",
	.user = "u",
	.password = "p",
	.bonding_mode = "balance-rr",
	.wait_ms = 4000,
};

static void fails_with(const struct setup_options *o, bool dhcp, const char *text)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct error error = ERROR_INIT;

	tap_eq_int(setup_plan_make(o, dhcp, &plan, &error), -EINVAL);
	if (!strstr(error.text, text))
		tap_fail(__FILE__, __LINE__, "got \"%s\", want \"%s\"", error.text, text);
}

static void gateway_is(const char *ip, const char *gateway, bool last, const char *want)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct setup_options o = plain;
	struct error error = ERROR_INIT;
	char text[NET_ADDR_TEXT_MAX];

	o.ip = ip;
	o.gateway = gateway;
	o.try_last_gateway = last;
	if (!want) {
		tap_eq_int(setup_plan_make(&o, false, &plan, &error), -EINVAL);
		return;
	}
	tap_eq_int(setup_plan_make(&o, false, &plan, &error), 0);
	net_addr_format(&plan.gateway, text);
	tap_eq_text(text, want);
}

static void gateways_that_the_released_program_gets_wrong_are_right(void)
{
	/* -x with a leading zero byte; a derived gateway outside the network; /32 behind -g. */
	gateway_is("::2/64", NULL, true, "::ffff:ffff:ffff:fffe");
	gateway_is("10.0.2.10/32", NULL, false, NULL);
	gateway_is("10.0.2.10/26", "10.0.2.1/32", false, "10.0.2.1");
	gateway_is("10.0.2.10/26", "10.0.2.1m32", false, "10.0.2.1");
	gateway_is("10.0.2.10m26", NULL, false, "10.0.2.1");
	gateway_is("2001:db8::10/64", "2001:db8::1", false, "2001:db8::1");
	gateway_is("10.0.2.10/26", "10.0.2.65", false, NULL);
	gateway_is("10.0.2.10/31", NULL, false, "10.0.2.11");
	gateway_is("10.0.2.11/31", NULL, false, "10.0.2.10");
	gateway_is("10.0.2.11/31", NULL, true, "10.0.2.10");
	gateway_is("2001:db8::/127", NULL, true, "2001:db8::1");
	gateway_is("2001:db8::1/127", NULL, false, "2001:db8::");
	gateway_is("10.0.2.10/32", NULL, true, NULL);

	struct net_prefix zero;
	struct net_addr gateway, want = { .family = 4, .bytes = { 0, 10, 2, 254 } };
	tap_eq_int(net_prefix_parse("0.10.2.10/24", &zero), 0);
	tap_eq_int(setup_default_gateway(&zero, true, &gateway), 0);
	tap_ok(net_addr_equal(&gateway, &want));
}

/* RFC 1122 section 3.2.1.3, RFC 4291; networks of one and two addresses have no other kind. */
static void an_address_that_no_host_can_have_is_an_error_or_a_note(void)
{
	static const struct {
		const char *ip, *gateway, *dns, *text;
	} rows[] = {
		{ "10.0.2.0/24", NULL, NULL, "10.0.2.0/24: a host cannot" },
		{ "10.0.2.255/24", NULL, NULL, "10.0.2.255/24: a host cannot" },
		{ "10.0.2.3/30", NULL, NULL, "10.0.2.3/30: a host cannot" },
		{ "255.255.255.254/16", NULL, NULL, "a reserved address" },
		{ "10.0.2.10/0", NULL, NULL, "length 0" },
		{ "ff02::5/64", NULL, NULL, "a multicast address" },
		{ "2001:db8::/126", NULL, NULL, "the network's routers" },
		{ "10.0.2.10/24", "10.0.2.255", NULL, "10.0.2.255: a gateway cannot" },
		{ "10.0.2.10/24", "10.0.2.0", NULL, "10.0.2.0: a gateway cannot" },
		{ "10.0.2.10/24", NULL, "10.0.2.0", "10.0.2.0: a DNS server cannot" },
		{ "10.0.2.10/24", NULL, "239.1.1.1", "a multicast address (-d)" },
		{ NULL, NULL, "0.0.0.0", "0.0.0.0: a DNS server cannot" },
		{ "10.0.2.0/31", NULL, "10.0.2.1", NULL },
		{ "10.0.2.255/31", NULL, NULL, NULL },
		{ "2001:db8::/127", NULL, NULL, NULL },
		{ "2001:db8::10/64", "2001:db8::", NULL, NULL },
		{ "10.0.2.10/24", NULL, "10.0.3.255", NULL },
		{ NULL, NULL, "10.0.2.0", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
		struct setup_options o = plain;
		struct error error = ERROR_INIT;
		o.ip = rows[i].ip;
		o.gateway = rows[i].gateway;
		if (rows[i].dns)
			o.dns.items[o.dns.n++] = (char *)(uintptr_t)rows[i].dns;
		if (rows[i].text)
			fails_with(&o, !rows[i].ip, rows[i].text);
		o.force = rows[i].text;
		tap_eq_int(setup_plan_make(&o, !rows[i].ip, &plan, &error), 0);
		tap_eq_int(plan.notes_n > 0, rows[i].text != NULL);
		if (rows[i].text)
			tap_ok(strstr(plan.notes[0].text, rows[i].text) != NULL);
	}
}

static void a_forced_gateway_outside_the_network_is_on_the_link(void)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct setup_options o = plain;
	struct error error = ERROR_INIT;

	o.gateway = "10.9.9.9";
	o.force = true;
	tap_eq_int(setup_plan_make(&o, false, &plan, &error), 0);
	tap_ok(plan.gateway_onlink);
	tap_eq_int(plan.notes_n, 1);
	/* Another family is as far outside as can be. */
	o.gateway = "2001:db8::1";
	_cleanup_setup_plan_ struct setup_plan other = { .dhcp = false };
	tap_eq_int(setup_plan_make(&o, false, &other, &error), 0);
	tap_ok(other.gateway_onlink);
	tap_eq_text(other.notes[0].text, "force flag: ignoring: 2001:db8::1: gateway not within "
					 "host IP network (10.0.2.0/26)");
	o.force = false;
	fails_with(&o, false, "2001:db8::1: gateway not within");
}

static void options_that_contradict_each_other_are_errors(void)
{
	struct setup_options o = plain;

	o.gateway = "10.0.2.1";
	o.try_last_gateway = true;
	fails_with(&o, false, "-g and -x");
	o = plain;
	o.host = "a";
	o.full_host = "b";
	fails_with(&o, false, "-h and -H");
	o = plain;
	o.autodetect = true;
	o.mac = "02:00:00:00:00:01";
	fails_with(&o, false, "-A and -m");
	o.mac = NULL;
	o.interface = "eth0";
	fails_with(&o, true, "-A and -I");
	o.autodetect = false;
	o.bonding_auto = true;
	fails_with(&o, true, "-I and -B");
	o.interface = NULL;
	o.bonding.given = true;
	fails_with(&o, true, "-B and -b");
}

static void malformed_values_are_errors_that_name_the_option(void)
{
	struct setup_options o = plain;

	o.bonding_mode = "LACP";
	fails_with(&o, false, "-M");
	o = plain;
	o.mac = "02:00:00:00:00";
	fails_with(&o, false, "-m");
	o = plain;
	o.interface = "a-name-that-is-too-long";
	fails_with(&o, false, "is not the name of a link");
	o = plain;
	o.full_host = "host name";
	fails_with(&o, false, "-H");
	o.full_host = "h\x1b[31m";
	fails_with(&o, false, "h\\x1b[31m");
	o = plain;
	o.host = "-x";
	fails_with(&o, false, "-h");
	o = plain;
	o.ip = NULL;
	fails_with(&o, false, "-i");
	o.ip = "";
	fails_with(&o, false, "-i");
	o = plain;
	o.urls.items[o.urls.n++] = (char *)(uintptr_t) "ftp://x/";
	fails_with(&o, false, "-r");
	o = plain;
	o.bonding = (struct cli_list){
		.items = { (char *)(uintptr_t) "a", (char *)(uintptr_t) "a" }, .n = 2, .given = true
	};
	fails_with(&o, false, "twice");
}

/* What is put into a URL, or a URL itself, is refused before any change, also with -f. */
static void a_url_that_stboot_cannot_parse_is_an_error_that_names_the_option(void)
{
	static const struct {
		const char *url, *user, *password, *text;
	} rows[] = {
		{ "http://h/a b", "u", "p", "-r: character 11 of the URL must be percent-encoded" },
		{ "https://", "u", "p", "-r: the URL has no valid host name" },
		{ "http://user:password@h/x", "u", "se cret/x",
			"-p: the password in the URL has a character that must be "
			"percent-encoded" },
		{ "http://user:password@h/x", "u", "p\xc3\xa4", "-p: the password" },
		{ "http://user:password@h/x", "u", "50%", "-p: a percent sign of the password" },
		{ "http://user:password@h/x", "u", "a,b",
			"-p: a comma in the password must be written as %2C" },
		{ "http://user:password@h/x", "u s", "p", "-u: the user in the URL has a char" },
		{ "http://user:password@h/x", "a:b", "p", "-u: the user in the URL has a colon" },
		{ "http://h:user:password", "u", "p", "-r: the URL's port" },
		{ "http://user:password@h/x", "u", "a@b:c%20%2F", NULL },
		/* It is not used. */
		{ "http://a:b@h/x", "u s", "/", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int force = 0; force <= 1; force++) {
			_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
			struct setup_options o = plain;
			struct error error = ERROR_INIT;
			o.urls.items[o.urls.n++] = (char *)(uintptr_t)rows[i].url;
			o.user = rows[i].user;
			o.password = rows[i].password;
			o.password_given = true;
			o.force = force;
			if (rows[i].text)
				fails_with(&o, true, rows[i].text);
			else
				tap_eq_int(setup_plan_make(&o, true, &plan, &error), 0);
		}
}

static const char *hostname_of(const char *host, const char *full_host)
{
	static char name[NET_HOSTNAME_MAX];
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct setup_options o = plain;
	struct error error = ERROR_INIT;

	o.host = host;
	o.full_host = full_host;
	tap_eq_int(setup_plan_make(&o, true, &plan, &error), 0);
	strcpy(name, plan.hostname);
	return name;
}

static void a_host_name_is_made_of_what_is_given(void)
{
	tap_eq_text(hostname_of(NULL, NULL), STPROV_DEFAULT_DOMAIN);
	tap_eq_text(hostname_of("web1", NULL), "web1." STPROV_DEFAULT_DOMAIN);
	tap_eq_text(hostname_of(NULL, "web1.example.org"), "web1.example.org");
}

/* RFC 1123: of the option, or of what it becomes with the domain. */
static void a_host_name_that_cannot_be_one_is_refused_with_the_reason(void)
{
	static const struct {
		const char *host, *full_host, *reason;
	} rows[] = {
		{ NULL, "web01.",
			"\"web01.\" is not a host name: it has a dot at an end, or two "
			"dots in a row (-H)" },
		{ "web01.", NULL, "two dots in a row (-h)" },
		{ NULL, "a..b", "two dots in a row (-H)" },
		{ "web01-", NULL, "begins or ends with `-` (-h)" },
		{ NULL, "10.0.2.10", "its last part is a number" },
		{ "", NULL, "the host name is empty (-h)" },
		{ NULL, "", "the host name is empty (-H)" },
		{ "web1", "", "the host name is empty (-H)" },
		{ "a123456789012345678901234567890123456789012345678901234567890123", NULL,
			"longer than 63 characters (-h)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct setup_options o = plain;
		o.host = rows[i].host;
		o.full_host = rows[i].full_host;
		fails_with(&o, true, rows[i].reason);
	}
}

static void the_password_of_the_build_is_noticed(void)
{
	_cleanup_setup_plan_ struct setup_plan a = { .dhcp = false }, b = { .dhcp = false },
					       c = { .dhcp = false };
	struct setup_options o = plain;
	struct error error = ERROR_INIT;

	o.urls.items[o.urls.n++] = (char *)(uintptr_t) "https://user:password@h/x";
	tap_eq_int(setup_plan_make(&o, true, &a, &error), 0);
	tap_eq_text(a.urls[0], "https://u:p@h/x");
	tap_ok(a.compiled_in_password);
	/* A user of one's own does not make it less known. */
	o.user_given = true;
	tap_eq_int(setup_plan_make(&o, true, &c, &error), 0);
	tap_ok(c.compiled_in_password);
	o.password_given = true;
	tap_eq_int(setup_plan_make(&o, true, &b, &error), 0);
	tap_ok(!b.compiled_in_password);
}

static bool plan_has_note(const struct setup_plan *plan, const char *text)
{
	for (size_t i = 0; i < plan->notes_n; i++)
		if (strcmp(plan->notes[i].text, text) == 0)
			return true;
	return false;
}

static void an_option_that_is_not_used_is_a_warning(void)
{
	static const struct {
		const char *url, *notes[3];
		bool mode, user, password, bond;
	} rows[] = {
		{ "https://user:password@h/x", { NULL }, false, true, true },
		{ "https://h/x", { NULL } },
		{ "https://a:b@h/x",
			{ "warning: -u is not used: no URL has user:password",
				"warning: -p is not used: no URL has user:password" },
			false, true, true },
		{ "https://h/x", { "warning: -M is not used: neither -b nor -B is given" }, true },
		{ "https://h/x", { NULL }, true, .bond = true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
		struct setup_options o = plain;
		struct error error = ERROR_INIT;
		size_t n = 0;
		o.urls.items[o.urls.n++] = (char *)(uintptr_t)rows[i].url;
		o.bonding_mode_given = rows[i].mode;
		o.user_given = rows[i].user;
		o.password_given = rows[i].password;
		o.bonding_auto = rows[i].bond;
		tap_eq_int(setup_plan_make(&o, true, &plan, &error), 0);
		for (; rows[i].notes[n]; n++)
			tap_ok(plan.notes_n > n && plan_has_note(&plan, rows[i].notes[n]));
		tap_eq_int(plan.notes_n, n);
	}
}

static void a_bond_is_one_only_if_it_was_asked_for(void)
{
	_cleanup_setup_plan_ struct setup_plan a = { .dhcp = false }, b = { .dhcp = false };
	struct setup_options o = plain;
	struct error error = ERROR_INIT;

	o.bonding_mode = "802.3ad";
	tap_eq_int(setup_plan_make(&o, true, &a, &error), 0);
	tap_ok(!a.bond);
	o.bonding_auto = true;
	tap_eq_int(setup_plan_make(&o, true, &b, &error), 0);
	tap_ok(b.bond && b.bonding_mode == BOND_802_3AD);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(gateways_that_the_released_program_gets_wrong_are_right),
		TAP_TEST(an_address_that_no_host_can_have_is_an_error_or_a_note),
		TAP_TEST(a_forced_gateway_outside_the_network_is_on_the_link),
		TAP_TEST(options_that_contradict_each_other_are_errors),
		TAP_TEST(malformed_values_are_errors_that_name_the_option),
		TAP_TEST(a_url_that_stboot_cannot_parse_is_an_error_that_names_the_option),
		TAP_TEST(a_host_name_is_made_of_what_is_given),
		TAP_TEST(a_host_name_that_cannot_be_one_is_refused_with_the_reason),
		TAP_TEST(the_password_of_the_build_is_noticed),
		TAP_TEST(an_option_that_is_not_used_is_a_warning),
		TAP_TEST(a_bond_is_one_only_if_it_was_asked_for),
		{ 0 },
	};
	return tap_run(tests);
}
