/* SPDX-License-Identifier: BSD-2-Clause */
/* remote/guide_answers.h, console/prompt.h: answers of the guide, and the resulting commands. */
#include "tap.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "remote/guide_answers.h"
#include "remote/guide_typed.h"
#include "remote/machine_name.h"

static const char *format(const struct guide_answers *answers, bool run)
{
	static char shown[8192];
	struct guide_command command;

	if (run)
		guide_run_command(answers, &command);
	else
		guide_network_command(answers, &command);
	char *text = guide_format_command(&command);
	snprintf(shown, sizeof(shown), "%s", text ? text : "");
	free(text);
	return shown;
}

static struct guide_answers by_hand(const char *address)
{
	struct guide_answers answers = { .dhcp = false };
	struct error error;

	tap_eq_int(guide_take_address(&answers, address, &error), 0);
	return answers;
}

static void what_is_the_default_is_not_in_the_command(void)
{
	struct guide_answers answers = { .dhcp = true };
	struct error error;

	tap_eq_text(format(&answers, false), "  stprov remote dhcp\n");
	tap_eq_text(format(&answers, true), "  stprov remote run\n");
	answers = by_hand("10.0.2.10 24");
	tap_eq_text(format(&answers, false), "  stprov remote static -i 10.0.2.10/24\n");
	tap_eq_int(guide_take_gateway(&answers, "10.0.2.1", &error), 0);
	tap_eq_text(format(&answers, false), "  stprov remote static -i 10.0.2.10/24\n");
	tap_eq_int(guide_take_gateway(&answers, "10.0.2.2", &error), 0);
	tap_eq_int(guide_take_host(&answers, "web1", &error), 0);
	tap_eq_text(format(&answers, false),
		"  stprov remote static -i 10.0.2.10/24 -g 10.0.2.2 -h web1\n");
	tap_eq_int(guide_take_host(&answers, "web1.example.org", &error), 0);
	tap_eq_text(format(&answers, false),
		"  stprov remote static -i 10.0.2.10/24 -g 10.0.2.2 -H web1.example.org\n");
}

static void a_long_command_has_rows_and_odd_words_have_quotes(void)
{
	struct guide_answers answers = {
		.dhcp = true, .store.efivars = "/a b", .trust_policy = ""
	};
	struct error error;

	tap_eq_int(guide_take_urls(&answers, "http://10.0.2.1/o's?a&b", &error), 0);
	tap_eq_text(format(&answers, false),
		"  stprov remote dhcp -r 'http://10.0.2.1/o'\"'\"'s?a&b' -E '/a b' -T ''\n");
	tap_eq_int(guide_take_host(&answers, "a-long-name.of-a-host.example.org", &error), 0);
	tap_eq_text(format(&answers, false),
		"  stprov remote dhcp -H a-long-name.of-a-host.example.org \\\n"
		"      -r 'http://10.0.2.1/o'\"'\"'s?a&b' -E '/a b' -T ''\n");
}

/* A bad answer changes nothing and gives an error. */
static void bad_answers_change_nothing(void)
{
	static const struct {
		int (*take)(struct guide_answers *answers, const char *text, struct error *error);
		const char *text, *reason;
	} rows[] = {
		{ guide_take_address, "10.0.2.10",
			"the length of the network's prefix is missing, as in 10.0.2.10 24" },
		{ guide_take_address, "2001:db8::1", "2001:db8::1 64" },
		{ guide_take_address, "10.0.2.1024", "\"10.0.2.1024\" is not an address" },
		{ guide_take_address, "\x1b[A", "\"\\x1b[A\" is not an address" },
		{ guide_take_gateway, "10.0.2", "\"10.0.2\" is not an address" },
		{ guide_take_gateway, "10.0.3.1", "not within host IP network" },
		{ guide_take_gateway, "10.0.2.10", "must be distinct" },
		{ guide_take_host, "-x", "is not a host name" },
		{ guide_take_host, "a b", "is not a host name" },
		{ guide_take_host, "-x", "begins or ends with `-`" },
		{ guide_take_urls, "ftp://example.org/",
			"a URL begins with http://, https://, or" },
		{ guide_take_urls, "http://example.org/,", "a host and a slash" },
		{ guide_take_urls, "http://example.org:x/", "the URL's port is not a number" },
		{ guide_take_dns, "10.0.2", "failed to parse \"10.0.2\" as an IP address" },
		{ guide_take_dns, "224.0.0.1", "it is a multicast address" },
		{ guide_take_link, "eth0 eth0", "eth0 is named twice" },
		{ guide_take_bonding_mode, "9",
			"\"9\" is not a bonding mode: a name of the list, its beginning, or its "
			"number" },
		{ guide_take_user, "us er", "the user in the URL has a character" },
		{ guide_take_password, "se cret/x", "the password in the URL has a character" },
		{ guide_take_urls, "http://example.org/ b", "percent-encoded" },
		{ guide_take_allow, "10.0.2.0/33", "malformed address: 10.0.2.0/33" },
		{ guide_take_allow, " , ", "no network" },
		{ guide_take_allow, "10.0.2.0 24 24", "malformed address: 24" },
	};
	struct guide_answers answers = by_hand("10.0.2.10/24");
	char before[8192];

	snprintf(before, sizeof(before), "%s", format(&answers, false));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error error = ERROR_INIT;
		if (rows[i].take(&answers, rows[i].text, &error) >= 0 ||
			!strstr(error.text, rows[i].reason))
			tap_fail(__FILE__, __LINE__, "%s: %s", rows[i].text, error.text);
		/* Nobody typed an option. */
		tap_ok(error.text[0] != '-' && !strstr(error.text, "(-"));
	}
	tap_eq_text(format(&answers, false), before);
	tap_eq_text(answers.allow, "");
}

static void a_gateway_is_proposed_that_is_not_the_host(void)
{
	static const struct {
		const char *host, *gateway;
	} rows[] = {
		{ "10.0.2.10/24", "10.0.2.1" },
		{ "10.0.2.1/24", "10.0.2.254" },
		{ "10.0.2.6/31", "10.0.2.7" },
		{ "10.0.2.7/31", "10.0.2.6" },
		{ "10.0.2.10/32", NULL },
		{ "2001:db8::10/64", "2001:db8::1" },
		{ "2001:db8::10/128", NULL },
		{ "255.255.255.255/32", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct guide_answers answers = by_hand(rows[i].host);
		struct net_addr gateway;
		char text[NET_ADDR_TEXT_MAX] = "";
		bool any = guide_propose_gateway(&answers, &gateway);
		tap_eq_int(any, rows[i].gateway != NULL);
		if (!any)
			continue;
		net_addr_format(&gateway, text);
		tap_eq_text(text, rows[i].gateway);
	}
}

static void another_address_forgets_the_gateway_and_the_same_one_does_not(void)
{
	struct guide_answers answers = by_hand("10.0.2.10/24");
	struct error error;

	tap_eq_int(guide_take_gateway(&answers, "10.0.2.9", &error), 0);
	tap_eq_int(guide_take_address(&answers, "10.0.2.10.24", &error), 0);
	tap_eq_int(answers.gateway.family, 4);
	tap_eq_int(guide_take_address(&answers, "10.0.2.11 24", &error), 0);
	tap_eq_int(answers.gateway.family, 0);
}

static void networks_are_lists_of_what_can_be_typed(void)
{
	static const struct {
		const char *typed, *is;
	} rows[] = {
		{ "10.0.2.0/24", "10.0.2.0/24" },
		{ "10.0.2.0 24", "10.0.2.0/24" },
		{ "10.0.2.0   24   192.0.2.7", "10.0.2.0/24,192.0.2.7" },
		{ ",10.0.2.0m24,,192.0.2.0.24,", "10.0.2.0/24,192.0.2.0/24" },
		{ "2001:DB8:: 32, ::1", "2001:db8::/32,::1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct guide_answers answers = { .dhcp = true };
		struct error error;
		tap_eq_int(guide_take_allow(&answers, rows[i].typed, &error), 0);
		tap_eq_text(answers.allow, rows[i].is);
	}
}

/* On another layout than the one that is set `.`, `/`, `:` and `m` are not where they should be. */
static void addresses_are_spelt_without_their_signs(void)
{
	static const struct {
		const char *typed, *is;
	} rows[] = {
		{ "10 0 2 10 24", "10.0.2.10 24" },
		{ "10  0 2 10", "10.0.2.10" },
		{ " 10 0 2 10/24 ", " 10.0.2.10/24 " },
		{ "10 0 2 0 24,192 0 2 7", "10.0.2.0 24,192.0.2.7" },
		{ "10.0.2.10 24", "10.0.2.10 24" },
		{ "10 0 2", "10 0 2" },
		{ "fd00xx1 64", "fd00::1 64" },
		{ "2001xDB8xx10/64, XX1", "2001:DB8::10/64, ::1" },
		{ "x", "x" },
		{ "web xx", "web xx" },
	};
	char out[PROMPT_ANSWER_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		guide_typed_addresses(rows[i].typed, out);
		tap_eq_text(out, rows[i].is);
	}
}

static void urls_are_spelt_without_scheme_or_slashes(void)
{
	static const struct {
		const char *typed, *is;
	} rows[] = {
		{ "host/os.json", "https://host/os.json" },
		{ "example.org:8443/os.json , u:p@h/x",
			"https://example.org:8443/os.json,https://u:p@h/x" },
		{ "http://example.org/os.json", "http://example.org/os.json" },
		{ "example.org os.json", "https://example.org/os.json" },
		{ "http example.org  os.json", "http://example.org/os.json" },
		{ "https example.org", "https://example.org" },
		/* What resembles a scheme is not a host. */
		{ "http:/example.org/os", "http:/example.org/os" },
		{ "https//example.org/os", "https//example.org/os" },
		{ "ftp:/x", "ftp:/x" },
		{ "/os.json", "/os.json" },
		{ "example.org", "example.org" },
		{ "http://example.org/ b", "http://example.org/ b" },
	};
	char out[PROMPT_ANSWER_MAX], longest[PROMPT_ANSWER_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_ok(guide_typed_urls(rows[i].typed, out));
		tap_eq_text(out, rows[i].is);
	}
	memset(longest, 'x', sizeof(longest));
	longest[0] = 'h';
	longest[1] = '/';
	longest[sizeof(longest) - 1] = '\0';
	tap_ok(!guide_typed_urls(longest, out));
}

static void what_more_asks_for_is_in_the_command(void)
{
	struct guide_answers answers = { .dhcp = true };
	struct error error;

	tap_eq_int(guide_take_dns(&answers, "10 0 2 3, 2001:db8::3", &error), 0);
	tap_eq_int(guide_take_link(&answers, "eth0", &error), 0);
	tap_eq_text(
		format(&answers, false), "  stprov remote dhcp -d 10.0.2.3,2001:db8::3 -I eth0\n");
	tap_eq_int(guide_take_link(&answers, "eth0 eth1", &error), 0);
	tap_eq_int(guide_take_bonding_mode(&answers, "4", &error), 0);
	tap_eq_text(format(&answers, false),
		"  stprov remote dhcp -d 10.0.2.3,2001:db8::3 -b eth0,eth1 -M 802.3ad\n");
	tap_eq_int(guide_take_link(&answers, "bond", &error), 0);
	tap_eq_int(guide_take_bonding_mode(&answers, "act", &error), 0);
	tap_eq_text(format(&answers, false),
		"  stprov remote dhcp -d 10.0.2.3,2001:db8::3 -B -M active-backup\n");
	/* -B has no value, so a row may end after it. */
	answers.store.efivars = "/tmp/a-directory-with-a-long-name";
	tap_eq_text(format(&answers, false),
		"  stprov remote dhcp -d 10.0.2.3,2001:db8::3 -B -M active-backup \\\n"
		"      -E /tmp/a-directory-with-a-long-name\n");
	tap_eq_int(guide_take_dns(&answers, "10.0.2.3", &error), 0);
	answers.bonding_mode[0] = '\0';
	answers.store.efivars = "/tmp/a-directory-with-a-name-of-some-length";
	tap_eq_text(format(&answers, false),
		"  stprov remote dhcp -d 10.0.2.3 -B \\\n"
		"      -E /tmp/a-directory-with-a-name-of-some-length\n");
	answers.store.efivars = NULL;
	/* Without a bond its mode does not count. */
	tap_eq_int(guide_take_link(&answers, "one", &error), 0);
	tap_eq_int(guide_take_dns(&answers, "10.0.2.3", &error), 0);
	tap_eq_int(guide_take_user(&answers, "op", &error), 0);
	tap_eq_int(guide_take_password(&answers, "secret", &error), 0);
	tap_eq_text(format(&answers, false), "  stprov remote dhcp -u op -p secret -d 10.0.2.3\n");
}

/* -u and -p replace `user:password` in a URL: it is put into those that have none. */
static void a_user_has_a_place_in_each_url(void)
{
	struct guide_answers answers = { .dhcp = true };
	struct error error;

	tap_eq_int(guide_take_urls(&answers, "a/x,http://u:p@b/y", &error), 0);
	tap_eq_text(
		format(&answers, false), "  stprov remote dhcp -r https://a/x,http://u:p@b/y\n");
	tap_eq_int(guide_take_user(&answers, "op", &error), 0);
	tap_eq_text(format(&answers, false),
		"  stprov remote dhcp -r https://user:password@a/x,http://u:p@b/y -u op\n");
}

/* By default `run` listens on IPv4 alone. */
static void networks_of_ipv6_are_listened_on(void)
{
	struct guide_answers answers = { .dhcp = true };
	struct error error;

	tap_eq_int(guide_take_allow(&answers, "2001xdb8xx 32", &error), 0);
	tap_eq_text(format(&answers, true), "  stprov remote run -i :: -a 2001:db8::/32\n");
}

static void a_serial_number_is_a_name_unless_its_maker_left_it_out(void)
{
	static const struct {
		const char *serial, *label;
	} rows[] = { { "CZ1234/AB\n", "cz1234-ab" }, { " 0042\n", "0042" }, { "", NULL },
		{ "\n", NULL }, { "To be filled by O.E.M.\n", NULL }, { "Default string\n", NULL },
		{ "None\n", NULL }, { "0123456789\n", NULL }, { "00000000\n", NULL },
		{ "0000-0000\n", NULL }, { "System Serial Number\n", NULL },
		{ "Not Specified\n", NULL }, { "xxxxx", NULL }, { "-", NULL }, { NULL, NULL } };
	char dir[] = "/tmp/test-guide-XXXXXX", path[64], label[NET_HOSTNAME_LABEL_MAX];

	tap_ok(mkdtemp(dir) != NULL);
	static const char *const parts[] = { "class", "class/dmi", "class/dmi/id" };
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, parts[i]);
		tap_eq_int(mkdir(path, 0700), 0);
	}
	snprintf(path, sizeof(path), "%s/class/dmi/id/product_serial", dir);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		FILE *file = rows[i].serial ? fopen(path, "w") : NULL;
		if (file) {
			fputs(rows[i].serial, file);
			fclose(file);
		}
		tap_eq_int(machine_serial_label(dir, label), rows[i].label != NULL);
		if (rows[i].label)
			tap_eq_text(label, rows[i].label);
		(void)!remove(path);
	}
	for (size_t i = ARRAY_SIZE(parts); i-- > 0;) {
		snprintf(path, sizeof(path), "%s/%s", dir, parts[i]);
		tap_eq_int(rmdir(path), 0);
	}
	tap_eq_int(rmdir(dir), 0);
}

static void words_are_found_by_their_beginning(void)
{
	static const char *const words[] = { "dhcp", "static", "stop" };

	tap_eq_int(prompt_find_word("d", words, 3), 0);
	tap_eq_int(prompt_find_word("STAT", words, 3), 1);
	tap_eq_int(prompt_find_word("st", words, 3), 3);
	tap_eq_int(prompt_find_word("dhcpx", words, 3), 3);
	tap_eq_int(prompt_find_word("", words, 3), 3);
	/* A whole word is meant, although others begin with it. */
	tap_eq_int(prompt_find_word("STOP", (const char *const[]){ "stopped", "stop" }, 2), 1);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(what_is_the_default_is_not_in_the_command),
		TAP_TEST(a_long_command_has_rows_and_odd_words_have_quotes),
		TAP_TEST(bad_answers_change_nothing),
		TAP_TEST(a_gateway_is_proposed_that_is_not_the_host),
		TAP_TEST(another_address_forgets_the_gateway_and_the_same_one_does_not),
		TAP_TEST(networks_are_lists_of_what_can_be_typed),
		TAP_TEST(addresses_are_spelt_without_their_signs),
		TAP_TEST(urls_are_spelt_without_scheme_or_slashes),
		TAP_TEST(what_more_asks_for_is_in_the_command),
		TAP_TEST(a_user_has_a_place_in_each_url),
		TAP_TEST(networks_of_ipv6_are_listened_on),
		TAP_TEST(a_serial_number_is_a_name_unless_its_maker_left_it_out),
		TAP_TEST(words_are_found_by_their_beginning),
		{ 0 },
	};

	return tap_run(tests);
}
