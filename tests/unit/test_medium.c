/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader of the defaults on a boot medium. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "medium/medium.h"
#include "tap.h"

static int parse(const char *text, struct medium *ret, struct error *error)
{
	*error = ERROR_INIT;
	return medium_parse(text, strlen(text), ret, error);
}

static void each_key_is_read_with_its_line(void)
{
	static const char text[] = "# of rack 7\n"
				   "host = web01\n"
				   "\n"
				   "url=https://a.example.org/x?y=1\n"
				   "  dns =  192.0.2.1, 192.0.2.2 \t\n"
				   "interface = eth0\r\n"
				   "wait = 20s\n"
				   "port = 2010\n"
				   "allow = 192.0.2.0/24\n"
				   "seal = tpm\n"
				   "keymap = de\n"
				   "auto = yes";
	static const struct {
		enum medium_key key;
		unsigned line;
		const char *value;
	} rows[] = {
		{ MEDIUM_HOST, 2, "web01" },
		{ MEDIUM_URL, 4, "https://a.example.org/x?y=1" },
		{ MEDIUM_DNS, 5, "192.0.2.1, 192.0.2.2" },
		{ MEDIUM_INTERFACE, 6, "eth0" },
		{ MEDIUM_WAIT, 7, "20s" },
		{ MEDIUM_PORT, 8, "2010" },
		{ MEDIUM_ALLOW, 9, "192.0.2.0/24" },
		{ MEDIUM_SEAL, 10, "tpm" },
		{ MEDIUM_KEYMAP, 11, "de" },
		{ MEDIUM_AUTO, 12, "yes" },
	};
	struct medium medium;
	struct error error;

	tap_eq_int(parse(text, &medium, &error), 0);
	tap_eq_int((int)medium.n, (int)ARRAY_SIZE(rows));
	for (size_t i = 0; i < medium.n && i < ARRAY_SIZE(rows); i++) {
		tap_eq_int((int)medium.items[i].key, (int)rows[i].key);
		tap_eq_int((int)medium.items[i].line, (int)rows[i].line);
		tap_eq_text(medium.items[i].value, rows[i].value);
	}
	tap_ok(medium_is_auto(&medium));
	tap_ok(!medium_value(&medium, MEDIUM_MAC));
	medium_deinit(&medium);
}

static void the_other_keys_are_read_too(void)
{
	struct medium medium;
	struct error error;

	tap_eq_int(
		parse("full-host = a.b\nmac = 52:54:00:00:00:01\nauto = no\n", &medium, &error), 0);
	tap_eq_text(medium_value(&medium, MEDIUM_FULL_HOST), "a.b");
	tap_eq_text(medium_value(&medium, MEDIUM_MAC), "52:54:00:00:00:01");
	tap_ok(!medium_is_auto(&medium));
	medium_deinit(&medium);
	tap_eq_int(parse("bonding = eth0,eth1\n", &medium, &error), 0);
	tap_eq_text(medium_value(&medium, MEDIUM_BONDING), "eth0,eth1");
	medium_deinit(&medium);
}

static void a_file_without_a_line_that_counts_is_empty(void)
{
	struct medium medium;
	struct error error;

	tap_eq_int(parse("", &medium, &error), 0);
	tap_eq_int((int)medium.n, 0);
	tap_eq_int(parse("\n#host = a\n \r\n", &medium, &error), 0);
	tap_eq_int((int)medium.n, 0);
}

static void what_is_wrong_is_named_with_its_line_and_key(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "host = a\nweb01\n", "line 2: not KEY = VALUE" },
		{ "otp = secret\n", "line 1: otp: not a key of this file" },
		{ "\nefivars = /x\n", "line 2: efivars: not a key of this file" },
		{ "store = label\n", "line 1: store: not a key of this file" },
		{ "trust-policy = /x\n", "line 1: trust-policy: not a key of this file" },
		{ "tpm = /dev/tpm0\n", "line 1: tpm: not a key of this file" },
		{ "force = yes\n", "line 1: force: not a key of this file" },
		{ "Host = a\n", "line 1: Host: not a key of this file" },
		{ "= a\n", "line 1: : not a key of this file" },
		{ "ho\033st = a\n", "line 1: ho\\x1bst: not a key of this file" },
		{ "host = a\n\nhost = b\n", "line 3: host: line 1 has it too" },
		{ "host = a\nfull-host = a.b\n",
			"line 2: full-host: line 1 has host, and only one of them can be used" },
		{ "mac = 52:54:00:00:00:01\ninterface = eth0\n",
			"line 2: interface: line 1 has mac, and only one of them can be used" },
		{ "interface = eth0\nbonding = a,b\n",
			"line 2: bonding: line 1 has interface, and only one of them can be used" },
		{ "host =\n", "line 1: host: has no value" },
		{ "host = \t\r\n", "line 1: host: has no value" },
		{ "host = caf\303\251\n", "line 1: host: the value is not printable ASCII" },
		{ "host = a\tb\n", "line 1: host: the value is not printable ASCII" },
		{ "seal = yes\n", "line 1: seal: not one of none, tpm" },
		{ "keymap = ../de\n",
			"line 1: keymap: not the name of a keyboard layout, like de" },
		{ "auto = true\n", "line 1: auto: neither yes nor no" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct medium medium;
		struct error error;
		tap_eq_int(parse(rows[i].text, &medium, &error), -EINVAL);
		tap_eq_text(error.text, rows[i].why);
		tap_eq_int((int)medium.n, 0);
	}
}

static void a_nul_is_not_the_end(void)
{
	static const char text[] = "host = a\0b\nauto = yes\n";
	struct error error = ERROR_INIT;
	struct medium medium;

	tap_eq_int(medium_parse(text, sizeof(text) - 1, &medium, &error), -EINVAL);
	tap_eq_text(error.text, "line 1: host: the value is not printable ASCII");
}

static void a_value_has_at_most_2000_bytes(void)
{
	char text[2 * MEDIUM_VALUE_MAX];
	struct medium medium;
	struct error error;

	for (int more = 0; more <= 1; more++) {
		snprintf(text, sizeof(text), "url = %0*d", (int)MEDIUM_VALUE_MAX + more, 0);
		tap_eq_int(parse(text, &medium, &error), more ? -EINVAL : 0);
		medium_deinit(&medium);
	}
	tap_eq_text(error.text, "line 1: url: the value is longer than 2000 bytes");
}

static void each_key_has_its_name(void)
{
	for (size_t i = 0; i < MEDIUM_KEYS; i++)
		tap_ok(medium_key_name((enum medium_key)i) != NULL);
	tap_eq_text(medium_key_name(MEDIUM_FULL_HOST), "full-host");
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(each_key_is_read_with_its_line),
		TAP_TEST(the_other_keys_are_read_too),
		TAP_TEST(a_file_without_a_line_that_counts_is_empty),
		TAP_TEST(what_is_wrong_is_named_with_its_line_and_key),
		TAP_TEST(a_nul_is_not_the_end),
		TAP_TEST(a_value_has_at_most_2000_bytes),
		TAP_TEST(each_key_has_its_name),
		{ 0 },
	};
	return tap_run(tests);
}
