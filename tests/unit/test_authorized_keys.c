/* SPDX-License-Identifier: BSD-2-Clause */
/* hostkey/authorized_keys.h: whose keys a file has, and what is not one. */
#include "tap.h"

#include <errno.h>
#include <string.h>

#include "hostkey/authorized_keys.h"

#define ED25519 "AAAAC3NzaC1lZDI1NTE5AAAAIJfV+JKh9xttzr+VIsLeW7PbggEchrX0Jb+ix9gGts9G"
#define RSA "AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7"
#define KEY "ssh-ed25519 " ED25519

static int read_text(const char *text, struct authorized_keys *ret, struct error *error)
{
	return authorized_keys_read(text, strlen(text), ret, error);
}

static void each_line_of_a_key_counts(void)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		{ KEY, 1 },
		{ KEY "\n", 1 },
		{ KEY " me@laptop\r\n", 1 },
		{ "# a comment\n\n  \t\n" KEY "\nssh-rsa " RSA " other\n", 2 },
		{ "no-pty,command=\"echo \\\" ssh-rsa\" " KEY " c\n", 1 },
		{ "from=\"192.0.2.0/24,10.0.0.1\" ssh-rsa " RSA "\n", 1 },
		{ "\t" KEY "\n" KEY "\n", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = ERROR_INIT;
		struct authorized_keys keys = { .n = 0 };
		tap_eq_int(read_text(rows[i].text, &keys, &e), 0);
		tap_eq_int(keys.n, rows[i].n);
		tap_ok(strncmp(keys.fingerprints[0], "SHA256:", 7) == 0);
		tap_eq_int(strlen(keys.fingerprints[0]), 50);
	}
}

static void more_keys_than_are_shown_are_counted(void)
{
	char text[(AUTHORIZED_KEYS_MAX + 2) * sizeof(KEY "\n")] = "";
	struct error e = ERROR_INIT;
	struct authorized_keys keys;

	for (int i = 0; i < AUTHORIZED_KEYS_MAX + 2; i++)
		strcat(text, KEY "\n");
	tap_eq_int(read_text(text, &keys, &e), 0);
	tap_eq_int(keys.n, AUTHORIZED_KEYS_MAX + 2);
	tap_eq_text(keys.fingerprints[0], keys.fingerprints[AUTHORIZED_KEYS_MAX - 1]);
}

static void what_is_not_a_public_key_is_named_by_its_line(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "it has no public key" },
		{ "# nothing\n", "it has no public key" },
		{ KEY "\nhello\n", "line 2 is not a public key" },
		{ "ssh-rsa " ED25519 "\n", "line 1 is not a public key" },
		{ "ssh-ed25519 AAAA\n", "line 1 is not a public key" },
		{ "ssh-ed25519\n", "line 1 is not a public key" },
		{ "option option2 " KEY "\n", "line 1 is not a public key" },
		{ "command=\"open " KEY "\n", "line 1 is not a public key" },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----\n", "it is a private key" },
		{ KEY "\n-----BEGIN EC PRIVATE KEY-----\n", "it is a private key" },
		{ "#-----BEGIN RSA PRIVATE KEY-----\n" KEY, "it is a private key" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = ERROR_INIT;
		struct authorized_keys keys = { .n = 77 };
		tap_eq_int(read_text(rows[i].text, &keys, &e), -EINVAL);
		tap_eq_text(e.text, rows[i].why);
		tap_eq_int(keys.n, 77);
	}
}

static void a_nul_is_not_the_end(void)
{
	static const char text[] = KEY "\n" KEY "\0 hidden\n";
	struct error e = ERROR_INIT;
	struct authorized_keys keys;

	tap_eq_int(authorized_keys_read(text, sizeof(text) - 1, &keys, &e), -EINVAL);
	tap_eq_text(e.text, "line 2 has a NUL");
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(each_line_of_a_key_counts),
		TAP_TEST(more_keys_than_are_shown_are_counted),
		TAP_TEST(what_is_not_a_public_key_is_named_by_its_line),
		TAP_TEST(a_nul_is_not_the_end),
		{ 0 },
	};

	return tap_run(tests);
}
