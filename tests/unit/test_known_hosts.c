/* SPDX-License-Identifier: BSD-2-Clause */
/* hostkey/known_hosts.h: adds a key to OpenSSH's known_hosts, removes older ones; SSHFP. */
#include "tap.h"

#include <errno.h>

#include "base/macros.h"
#include "base/text.h"
#include "crypto/sha1.h"
#include "hostkey/known_hosts.h"

#define TYPE "ssh-ed25519 "
#define KEY TYPE "AAAAC3NzaC1lZDI1NTE5AAAAIMDlyDf3vOvIxSn1rWHrVOOZ61PejuJuFndxCNbvcPBn"
#define OTHER TYPE "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define RSA_BLOB "AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7"
#define RSA "ssh-rsa " RSA_BLOB
#define NEW "host.example.org,192.0.2.10 " KEY "\n"
/* host.example.org and 192.0.2.10, by ssh-keygen -H. */
#define HASHED_HOST "|1|Wz/x6eBJ5PUWh/i4K84o9fU5jbE=|KIPbzqZ/U79mDI5phb9cUgM2HEg="
#define HASHED_IP "|1|Wz/x6eBJ5PUWh/i4K84o9fU5jbE=|k5wTdhEZyHuoTiukBivDS2hHKQA="
#define HASHED_ELSE "|1|Wz/x6eBJ5PUWh/i4K84o9fU5jbE=|AAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char *const names[] = { "host.example.org", "192.0.2.10" };

static int edit(const char *text, struct known_hosts *ret)
{
	struct error e = ERROR_INIT;
	int r = known_hosts_put(text, strlen(text), names, 2, 3, KEY, ret, &e);

	if (r < 0)
		tap_fail(__FILE__, __LINE__, "%s: %s", text, e.text);
	return r;
}

static void a_new_key_is_one_line_at_the_end(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", NEW },
		{ "\n", "\n" NEW },
		{ "# mine\n", "# mine\n" NEW },
		{ "a " OTHER "\n", "a " OTHER "\n" NEW },
		/* The last line has no end. */
		{ "a " OTHER, "a " OTHER "\n" NEW },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
		tap_eq_int(edit(rows[i].in, &h), 0);
		tap_eq_text(h.text, rows[i].out);
		tap_ok(h.changed);
		tap_eq_int(h.added, 3);
		tap_eq_int(h.old_n, 0);
	}
}

static void lines_that_are_not_ours_are_kept_to_the_byte(void)
{
	static const char *const lines[] = {
		"host.example.org ssh-rsa AAAA\n",
		"host.example.org ecdsa-sha2-nistp256 AAAA comment\n",
		"@cert-authority host.example.org " OTHER "\n",
		"@revoked host.example.org " OTHER "\n",
		"#host.example.org " OTHER "\n",
		"  # host.example.org " OTHER "\n",
		"*.example.org " OTHER "\n",
		"host.example.or? " OTHER "\n",
		"!host.example.org,* " OTHER "\n",
		"[host.example.org]:2222 " OTHER "\n",
		"host.example.org.,xhost.example.org,host.example.orgx " OTHER "\n",
		"192.0.2.1,192.0.2.100 " OTHER "\n",
		HASHED_ELSE " " OTHER "\n",
		"|1|short|hash " OTHER "\n",
		"|1| " OTHER "\n",
		"|2|Wz/x6eBJ5PUWh/i4K84o9fU5jbE=|AAAA " OTHER "\n",
		/* OpenSSH does not read these either. */
		"host.example.org " TYPE "AAAA\n",
		"host.example.org ssh-ed25519\n",
		"host.example.org\n",
		"host.example.org SSH-ED25519 AAAA\n",
		"host.example.org " OTHER "A\n",
		" \t\r\n",
		"\x01\xff\xfe\n",
		",,, " OTHER "\n",
		"host.example.org 1024 35 1234567\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
		char want[512];
		snprintf(want, sizeof(want), "%s" NEW, lines[i]);
		tap_eq_int(edit(lines[i], &h), 0);
		tap_eq_text(h.text, want);
		tap_eq_int(h.old_n, 0);
	}
}

static void an_older_key_goes_and_is_told(void)
{
	static const struct {
		const char *in, *out;
		unsigned names;
	} rows[] = {
		{ "host.example.org " OTHER "\n", NEW, 1 },
		{ "192.0.2.10 " OTHER " c\n", NEW, 2 },
		{ "host.example.org,192.0.2.10 " OTHER "\n", NEW, 3 },
		{ "HOST.Example.org " OTHER "\n", NEW, 1 },
		{ "host.example.org " OTHER, NEW, 1 },
		{ "host.example.org,host.example.org " OTHER "\n", NEW, 1 },
		/* What else is in the line stays. */
		{ "a,host.example.org " OTHER "\n", "a " OTHER "\n" NEW, 1 },
		{ "host.example.org,a " OTHER "\n", "a " OTHER "\n" NEW, 1 },
		{ " a,192.0.2.10,b\t" OTHER " x  y \r\n", " a,b\t" OTHER " x  y \r\n" NEW, 2 },
		{ "*.x,host.example.org,!y " OTHER, "*.x,!y " OTHER "\n" NEW, 1 },
		{ "\thost.example.org   " OTHER "\n", NEW, 1 },
		{ HASHED_HOST " " OTHER "\n", NEW, 1 },
		{ HASHED_IP " " OTHER "\n", NEW, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
		tap_eq_int(edit(rows[i].in, &h), 0);
		tap_eq_text(h.text, rows[i].out);
		tap_eq_int(h.old_n, 1);
		tap_eq_int(h.old[0].line, 1);
		tap_eq_int(h.old[0].names, rows[i].names);
		tap_eq_text(
			h.old[0].fingerprint, "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk");
	}
}

static void a_name_that_has_the_key_is_left_where_it_is(void)
{
	static const struct {
		const char *in, *out;
		unsigned added;
	} rows[] = {
		{ NEW, NEW, 0 },
		{ "a,192.0.2.10,host.example.org " KEY " c",
			"a,192.0.2.10,host.example.org " KEY " c", 0 },
		{ HASHED_HOST " " KEY "\n" HASHED_IP " " KEY "\n",
			HASHED_HOST " " KEY "\n" HASHED_IP " " KEY "\n", 0 },
		{ "host.example.org " KEY "\n", "host.example.org " KEY "\n192.0.2.10 " KEY "\n",
			2 },
		{ "192.0.2.10 " KEY "\n", "192.0.2.10 " KEY "\nhost.example.org " KEY "\n", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
		tap_eq_int(edit(rows[i].in, &h), 0);
		tap_eq_text(h.text, rows[i].out);
		tap_eq_int(h.added, rows[i].added);
		tap_eq_int(h.changed, rows[i].added != 0);
		tap_eq_int(h.old_n, 0);
	}
}

static void an_older_key_goes_even_where_the_new_one_is(void)
{
	_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };

	tap_eq_int(edit("#\n" NEW "192.0.2.10,x " OTHER "\n", &h), 0);
	tap_eq_text(h.text, "#\n" NEW "x " OTHER "\n");
	tap_ok(h.changed);
	tap_eq_int(h.added, 0);
	tap_eq_int(h.old[0].line, 3);
}

static void more_older_keys_than_are_told_are_counted(void)
{
	char text[(KNOWN_HOSTS_OLD_MAX + 3) * 100], *end = text;
	_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };

	for (int i = 0; i < KNOWN_HOSTS_OLD_MAX + 3; i++)
		end += sprintf(end, "192.0.2.10 " OTHER "\n");
	tap_eq_int(edit(text, &h), 0);
	tap_eq_text(h.text, NEW);
	tap_eq_int(h.old_n, KNOWN_HOSTS_OLD_MAX + 3);
	tap_eq_int(h.old[KNOWN_HOSTS_OLD_MAX - 1].line, KNOWN_HOSTS_OLD_MAX);
}

static void bytes_that_are_no_text_are_kept(void)
{
	static const char text[] = "a\0b\n\0\0\n192.0.2.10 " OTHER "\n\0";
	static const char want[] = "a\0b\n\0\0\n\0\n" NEW;
	_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
	struct error e;

	tap_eq_int(known_hosts_put(text, sizeof(text) - 1, names, 2, 3, KEY, &h, &e), 0);
	tap_eq_bytes(h.text, h.len, want, sizeof(want) - 1);
}

static void one_name_is_enough(void)
{
	static const char *const six[] = { "FE80::1%eth0" };
	_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
	struct error e;

	tap_eq_int(known_hosts_put("fe80::1%ETH0 " OTHER "\n", strlen("fe80::1%eth0 " OTHER "\n"),
			   six, 1, 1, KEY, &h, &e),
		0);
	tap_eq_text(h.text, "fe80::1%eth0 " KEY "\n");
}

static void keys_of_other_types_go_where_the_name_has_no_key_of_ours(void)
{
	static const struct {
		const char *in, *out;
		size_t old_n;
	} rows[] = {
		/* As ssh-keygen -R: all types of the name that loses its key. */
		{ "host.example.org " RSA "\n", NEW, 1 },
		{ "host.example.org " RSA "\nhost.example.org " OTHER "\n", NEW, 2 },
		{ "a,host.example.org " RSA " comment\n", "a " RSA " comment\n" NEW, 1 },
		/* It has the key already: the other types are its own. */
		{ "host.example.org " RSA "\n" NEW, "host.example.org " RSA "\n" NEW, 0 },
		{ "host.example.org " RSA "\nhost.example.org " OTHER "\n" NEW, NEW, 2 },
		/* A type that is not the blob's is no key. */
		{ "host.example.org ssh-dss " RSA_BLOB "\n",
			"host.example.org ssh-dss " RSA_BLOB "\n" NEW, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
		tap_eq_int(edit(rows[i].in, &h), 0);
		tap_eq_text(h.text, rows[i].out);
		tap_eq_int(h.old_n, rows[i].old_n);
	}
}

static void a_name_that_may_not_lose_its_key_stops_it(void)
{
	static const char *const others[] = { OTHER, RSA, RSA " comment" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		for (unsigned replace = 0; replace < 4; replace++) {
			_cleanup_known_hosts_ struct known_hosts h = { .text = NULL };
			struct error error = ERROR_INIT;
			char text[512];
			snprintf(text, sizeof(text),
				"# first\n192.0.2.10 %s\nHOST.example.org %s\n", OTHER, others[i]);
			int r = known_hosts_put(
				text, strlen(text), names, 2, replace, KEY, &h, &error);
			tap_eq_int(r, replace == 3 ? 0 : KNOWN_HOSTS_E_OTHER_KEY);
			tap_ok((h.text != NULL) == (replace == 3));
			if (replace == 3)
				continue;
			/* Only the other keys is told, as it is in the file. */
			tap_eq_int(h.old_n, replace == 0 ? 2 : 1);
			tap_eq_int(h.old[h.old_n - 1].line, replace == 1 ? 2 : 3);
			tap_eq_int(strncmp(h.old[h.old_n - 1].text,
					   replace == 1 ? "192.0.2.10 " : "HOST.example.org ", 11),
				0);
		}
}

static void the_line_by_hand_is_the_line_that_is_put_in(void)
{
	_cleanup_free_ char *both = known_hosts_format(names, 2, 3, KEY);
	_cleanup_free_ char *second = known_hosts_format(names, 2, 2, KEY);

	tap_eq_text(both, NEW);
	tap_eq_text(second, "192.0.2.10 " KEY "\n");
}

static void what_is_too_large_or_no_key_is_refused(void)
{
	struct known_hosts h = { .text = NULL };
	struct error e;
	char *big = calloc(1, KNOWN_HOSTS_MAX + 1);

	tap_eq_int(known_hosts_put(big, KNOWN_HOSTS_MAX + 1, names, 2, 3, KEY, &h, &e), -EFBIG);
	tap_eq_int(known_hosts_put("", 0, names, 2, 3, "ssh-ed25519 AAAA", &h, &e), -EINVAL);
	tap_eq_int(known_hosts_put("", 0, names, 2, 3, KEY "\n", &h, &e), -EINVAL);
	tap_ok(!h.text);
	free(big);
}

static void names_have_nothing_that_the_file_gives_a_meaning(void)
{
	static const char *const good[] = { "host", "h.example.org", "10.0.0.1", "fe80::1%eth0",
		"a_b-c" };
	static const char *const bad[] = { "", "a b", "a,b", "*", "a?", "!a", "|1|a", "@a", "#",
		"[a]", "a\n", "\xc3\xa9", "a/b", "a\\" };
	char long_name[KNOWN_HOSTS_NAME_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!known_hosts_is_name(good[i]))
			tap_fail(__FILE__, __LINE__, "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (known_hosts_is_name(bad[i]))
			tap_fail(__FILE__, __LINE__, "%s", bad[i]);
	memset(long_name, 'a', sizeof(long_name));
	long_name[KNOWN_HOSTS_NAME_MAX] = '\0';
	tap_ok(!known_hosts_is_name(long_name));
	tap_ok(known_hosts_is_name(long_name + 1));
}

static void hmac_has_the_vector_of_rfc_2202(void)
{
	uint8_t key[20], out[CRYPTO_SHA1_SIZE];
	char hex[2 * CRYPTO_SHA1_SIZE + 1];
	struct error e;

	memset(key, 0x0b, sizeof(key));
	tap_eq_int(crypto_hmac_sha1(key, sizeof(key), "Hi There", 8, out, &e), 0);
	text_format_hex(out, sizeof(out), hex);
	tap_eq_text(hex, "b617318655057264e28bc0b6fb378c8ef146be00");
}

/* What ssh-keygen -r has for it. */
static void sshfp_is_the_hash_of_the_blob(void)
{
	char data[HOSTKEY_SSHFP_MAX];
	struct error e;

	tap_eq_int(hostkey_format_sshfp(OTHER, data, &e), 0);
	tap_eq_text(data, "4 2 92661cbdd8b61a43de5b107a5cb8eb641f091eccb61e6f25b87305a7d18cbea9");
	tap_eq_int(hostkey_format_sshfp(RSA, data, &e), -EINVAL);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_new_key_is_one_line_at_the_end),
		TAP_TEST(lines_that_are_not_ours_are_kept_to_the_byte),
		TAP_TEST(an_older_key_goes_and_is_told),
		TAP_TEST(a_name_that_has_the_key_is_left_where_it_is),
		TAP_TEST(an_older_key_goes_even_where_the_new_one_is),
		TAP_TEST(more_older_keys_than_are_told_are_counted),
		TAP_TEST(bytes_that_are_no_text_are_kept),
		TAP_TEST(one_name_is_enough),
		TAP_TEST(keys_of_other_types_go_where_the_name_has_no_key_of_ours),
		TAP_TEST(a_name_that_may_not_lose_its_key_stops_it),
		TAP_TEST(the_line_by_hand_is_the_line_that_is_put_in),
		TAP_TEST(what_is_too_large_or_no_key_is_refused),
		TAP_TEST(names_have_nothing_that_the_file_gives_a_meaning),
		TAP_TEST(hmac_has_the_vector_of_rfc_2202),
		TAP_TEST(sshfp_is_the_hash_of_the_blob),
		{ 0 },
	};
	return tap_run(tests);
}
