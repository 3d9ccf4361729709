/* SPDX-License-Identifier: BSD-2-Clause */
/* secrets/ and hostkey/: limits, wrong lengths, strictness. The values are in tests/vectors. */
#include "tap.h"

#include <errno.h>

#include "base/text.h"
#include "hostkey/hostkey.h"
#include "secrets/otp.h"
#include "secrets/uds.h"

#define PUBLIC "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG"

static void a_password_has_at_most_256_bytes(void)
{
	struct error e = ERROR_INIT;
	struct secret password = { .len = OTP_MAX }, basic = { .len = 7 }, seed = { .len = 8 };

	tap_eq_int(otp_derive(&password, &basic, &seed, &e), 0);
	tap_eq_int(basic.len, OTP_BASIC_PASSWORD_LEN);
	tap_eq_int(seed.len, CRYPTO_ED25519_SEED_SIZE);
	password.len = OTP_MAX + 1;
	basic.len = 7;
	seed.len = 8;
	tap_eq_int(otp_derive(&password, &basic, &seed, &e), -EINVAL);
	tap_eq_text(e.text, "the one-time password is longer than 256 bytes");
	tap_ok(basic.len == 7 && seed.len == 8);
}

static void nul_and_newline_are_part_of_a_password(void)
{
	static const struct {
		const char *bytes;
		size_t len;
	} passwords[] = { { "a", 1 }, { "a\0", 2 }, { "a\n", 2 }, { " a", 2 }, { "", 0 } };
	struct error e = ERROR_INIT;
	struct secret seeds[ARRAY_SIZE(passwords)];

	for (size_t i = 0; i < ARRAY_SIZE(passwords); i++) {
		struct secret password, basic;
		tap_eq_int(secret_set(&password, passwords[i].bytes, passwords[i].len), 0);
		tap_eq_int(otp_derive(&password, &basic, &seeds[i], &e), 0);
		for (size_t k = 0; k < i; k++)
			tap_ok(!secret_equal(&seeds[k], seeds[i].bytes, seeds[i].len));
	}
}

static void the_order_of_the_entropies_matters(void)
{
	struct error e = ERROR_INIT;
	uint8_t a[UDS_ENTROPY_SIZE] = { 1 }, b[UDS_ENTROPY_SIZE] = { 2 };
	struct secret ab = SECRET_INIT, ba = SECRET_INIT;

	tap_eq_int(uds_mix(a, b, &ab, &e), 0);
	tap_eq_int(uds_mix(b, a, &ba, &e), 0);
	tap_eq_int(ab.len, UDS_SIZE);
	tap_ok(!secret_equal(&ab, ba.bytes, ba.len));
}

static void nothing_is_derived_from_an_empty_device_secret(void)
{
	struct error e = ERROR_INIT;
	struct secret uds = SECRET_INIT, ssh = SECRET_INIT;
	char text[UDS_HEX_LEN + 1] = "untouched";

	tap_eq_int(uds_identity(&uds, text, &e), -EINVAL);
	tap_eq_int(uds_authentication(&uds, text, &e), -EINVAL);
	tap_eq_int(uds_ssh(&uds, &ssh, &e), -EINVAL);
	tap_eq_text(text, "untouched");
	tap_eq_int(ssh.len, 0);
}

static void a_host_key_needs_its_exact_material(void)
{
	static const size_t lengths[] = { 0, 32, 35, 37 };
	struct error e = ERROR_INIT;
	struct hostkey key = { .public = "untouched" };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct secret material = { .len = lengths[i] };
		tap_eq_int(hostkey_make(&material, &key, &e), -EINVAL);
	}
	tap_eq_text(key.public, "untouched");
	tap_eq_int(key.pem.len, 0);
}

static void a_host_key_is_gone_after_its_end(void)
{
	static const struct hostkey empty;
	struct error e = ERROR_INIT;
	struct secret material = { .len = UDS_SSH_SIZE };
	struct hostkey key;

	tap_eq_int(hostkey_make(&material, &key, &e), 0);
	tap_ok(key.pem.len > 400);
	hostkey_deinit(&key);
	tap_ok(memcmp(&key, &empty, sizeof(key)) == 0);
}

static void a_public_key_is_exactly_its_canonical_text(void)
{
	static const char *const bad[] = {
		"",
		"ssh-ed25519",
		"ssh-ed25519 ",
		PUBLIC " ",
		PUBLIC "\n",
		PUBLIC " comment",
		(" " PUBLIC),
		/* two spaces, a tab, another case */
		"ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7B",
		"ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
		"SSH-ED25519 AAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
		/* one character short, not base64 */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7B",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7B-",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7A=",
		/* inside: type ssh-ed25518; key of 31 bytes and a rest; lengths past the end */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAH4z9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIYz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
		"ssh-ed25519 /////3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
		"ssh-ed25519 AAAADHNzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIIz9JyNJrKvDHI5sWG7ltm7MPeTVVmhbmASlgmQJs7BG",
	};
	struct error e = ERROR_INIT;
	char fingerprint[HOSTKEY_FINGERPRINT_MAX] = "untouched";

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		e = ERROR_INIT;
		tap_eq_int(hostkey_public_check(bad[i], fingerprint, &e), -EINVAL);
		tap_ok(strstr(e.text, "SSH public key") != NULL);
	}
	tap_eq_text(fingerprint, "untouched");
	tap_eq_int(hostkey_public_check(PUBLIC, fingerprint, &e), 0);
	tap_eq_text(fingerprint, "SHA256:Ttm5qCF2YYhPfNU7c940RF4hS/5esmvrT50psX544AM");
}

/* A key with its private text; the seed is 32 times 7. */
static struct hostkey make_key(void)
{
	struct secret material = { .len = UDS_SSH_SIZE };
	struct hostkey key = { .public = "" };
	struct error e = ERROR_INIT;

	memset(material.bytes, 7, UDS_SSH_SIZE);
	tap_eq_int(hostkey_make(&material, &key, &e), 0);
	return key;
}

static void a_stored_host_key_has_the_fingerprint_that_was_told(void)
{
	struct hostkey key = make_key();
	char fingerprint[HOSTKEY_FINGERPRINT_MAX] = "";
	struct error e = ERROR_INIT;

	tap_eq_int(hostkey_private_check(key.pem.bytes, key.pem.len, fingerprint, &e), 0);
	tap_eq_text(fingerprint, key.fingerprint);
	/* Without its last line end; with line ends of another kind, and one line only. */
	tap_eq_int(hostkey_private_check(key.pem.bytes, key.pem.len - 1, fingerprint, &e), 0);
	for (size_t i = 36; i < key.pem.len; i++)
		if (key.pem.bytes[i] == '\n')
			key.pem.bytes[i] = '\r';
	tap_eq_int(hostkey_private_check(key.pem.bytes, key.pem.len, fingerprint, &e), 0);
	tap_eq_text(fingerprint, key.fingerprint);
}

static void a_cut_host_key_is_none(void)
{
	struct hostkey key = make_key();
	char fingerprint[HOSTKEY_FINGERPRINT_MAX] = "untouched";

	for (size_t len = 0; len < key.pem.len - 1; len++) {
		_cleanup_free_ uint8_t *copy = malloc(len + 1);
		struct error e = ERROR_INIT;
		memcpy(copy, key.pem.bytes, len);
		if (hostkey_private_check(copy, len, fingerprint, &e) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "%zu bytes are accepted", len);
		tap_ok(e.text[0]);
	}
	tap_eq_text(fingerprint, "untouched");
}

#define PEM_LINES(body)                                                                            \
	"-----BEGIN OPENSSH PRIVATE KEY-----\n" body "\n-----END OPENSSH PRIVATE KEY-----\n"

/* The bytes inside of a key's PEM. */
static size_t unpack_pem(const struct secret *pem, uint8_t *out, size_t cap)
{
	char base64[SECRET_MAX];
	const uint8_t *first = memchr(pem->bytes, '\n', pem->len);
	size_t n = 0, len = 0;

	for (size_t i = (size_t)(first - pem->bytes); i < pem->len && pem->bytes[i] != '-'; i++)
		if (pem->bytes[i] != '\n')
			base64[n++] = (char)pem->bytes[i];
	tap_eq_int(text_parse_base64(base64, n, out, cap, &len), 0);
	return len;
}

static int check_bytes(const uint8_t *bytes, size_t len, char out[HOSTKEY_FINGERPRINT_MAX])
{
	char base64[TEXT_BASE64_SIZE(SECRET_MAX)], pem[sizeof(base64) + 128];
	struct error e;

	text_format_base64(bytes, len, base64);
	int n = snprintf(pem, sizeof(pem), PEM_LINES("%s"), base64);
	return hostkey_private_check(pem, (size_t)n, out, &e);
}

static void each_byte_of_a_host_key_but_its_comment_is_looked_at(void)
{
	struct hostkey key = make_key();
	uint8_t bytes[SECRET_MAX];
	char fingerprint[HOSTKEY_FINGERPRINT_MAX] = "";
	size_t len = unpack_pem(&key.pem, bytes, sizeof(bytes));
	const uint8_t *comment = text_find(bytes, len, HOSTKEY_COMMENT);

	tap_eq_int(check_bytes(bytes, len, fingerprint), 0);
	tap_eq_text(fingerprint, key.fingerprint);
	for (size_t i = 0; i < len; i++) {
		bool in_comment =
			bytes + i >= comment && bytes + i < comment + strlen(HOSTKEY_COMMENT);
		bytes[i] ^= 1;
		if (check_bytes(bytes, len, fingerprint) != (in_comment ? 0 : -EINVAL))
			tap_fail(__FILE__, __LINE__, "byte %zu of %zu", i, len);
		bytes[i] ^= 1;
	}
	/* A byte behind it. */
	bytes[len] = 0;
	tap_eq_int(check_bytes(bytes, len + 1, fingerprint), -EINVAL);
}

static void what_is_wrong_with_a_host_key_is_said(void)
{
	static const struct {
		const char *base64, *want;
	} rows[] = {
		{ "", "not an OpenSSH private key, or truncated" },
		{ "AAAA", "not an OpenSSH private key, or truncated" },
		{ "b3BlbnNzaC1rZXktdjEA", "not an OpenSSH private key, or truncated" },
		/* ... "aes256-ctr" */
		{ "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI=", "encrypted with a passphrase" },
		/* ... none, none, "", 2 */
		{ "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAC", "not exactly one key" },
		/* ... 1, "ssh-rsa", "" */
		{ "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAB3NzaC1yc2EAAAAA",
			"not of the type ssh-ed25519" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char pem[512], fingerprint[HOSTKEY_FINGERPRINT_MAX];
		struct error e = ERROR_INIT;
		int len = snprintf(pem, sizeof(pem), PEM_LINES("%s"), rows[i].base64);
		tap_eq_int(hostkey_private_check(pem, (size_t)len, fingerprint, &e), -EINVAL);
		tap_eq_text(e.text, rows[i].want);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_password_has_at_most_256_bytes),
		TAP_TEST(nul_and_newline_are_part_of_a_password),
		TAP_TEST(the_order_of_the_entropies_matters),
		TAP_TEST(nothing_is_derived_from_an_empty_device_secret),
		TAP_TEST(a_host_key_needs_its_exact_material),
		TAP_TEST(a_host_key_is_gone_after_its_end),
		TAP_TEST(a_public_key_is_exactly_its_canonical_text),
		TAP_TEST(a_stored_host_key_has_the_fingerprint_that_was_told),
		TAP_TEST(a_cut_host_key_is_none),
		TAP_TEST(each_byte_of_a_host_key_but_its_comment_is_looked_at),
		TAP_TEST(what_is_wrong_with_a_host_key_is_said),
		{ 0 },
	};
	return tap_run(tests);
}
