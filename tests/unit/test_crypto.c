/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/ without TLS: HKDF, SHA-256, Ed25519, the certificate. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "crypto/certname.h"
#include "crypto/ed25519.h"
#include "crypto/kdf.h"

/* HKDF's test cases of RFC 5869, appendix A; its salts and infos that are texts. */
static void hkdf_without_salt_and_info_is_that_of_rfc_5869(void)
{
	struct error e = ERROR_INIT;
	uint8_t ikm[22], out[42], want[42];

	memset(ikm, 0x0b, sizeof(ikm));
	tap_eq_int(text_parse_hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
				  "9d201395faa4b61a96c8",
			   want, sizeof(want)),
		0);
	tap_eq_int(crypto_hkdf(ikm, sizeof(ikm), "", "", out, sizeof(out), &e), 0);
	tap_eq_bytes(out, sizeof(out), want, sizeof(want));
}

static void hkdf_takes_an_empty_secret_with_any_pointer(void)
{
	struct error e = ERROR_INIT;
	uint8_t a[32], b[32];

	tap_eq_int(crypto_hkdf("", 0, "1", "stprov:otp", a, sizeof(a), &e), 0);
	tap_eq_int(crypto_hkdf(NULL, 0, "1", "stprov:otp", b, sizeof(b), &e), 0);
	tap_eq_bytes(a, sizeof(a), b, sizeof(b));
}

static void hkdf_gives_at_most_8160_bytes_and_wipes_what_it_cannot_give(void)
{
	static const uint8_t zeros[8161];
	static uint8_t out[8161];
	struct error e = ERROR_INIT;

	tap_eq_int(crypto_hkdf("x", 1, "1", "i", out, 8160, &e), 0);
	tap_ok(out[8159] != 0 || out[8158] != 0);
	tap_eq_int(crypto_hkdf("x", 1, "1", "i", out, 8161, &e), -EIO);
	tap_ok(strncmp(e.text, "HKDF: ", 6) == 0 && strlen(e.text) > 6);
	tap_eq_bytes(out, sizeof(out), zeros, sizeof(zeros));
}

static void sha256_is_that_of_fips_180(void)
{
	struct error e = ERROR_INIT;
	uint8_t out[CRYPTO_SHA256_SIZE], want[CRYPTO_SHA256_SIZE];

	tap_eq_int(
		text_parse_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
			want, sizeof(want)),
		0);
	tap_eq_int(crypto_sha256("abc", 3, out, &e), 0);
	tap_eq_bytes(out, sizeof(out), want, sizeof(want));
	tap_eq_int(
		text_parse_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			want, sizeof(want)),
		0);
	tap_eq_int(crypto_sha256("", 0, out, &e), 0);
	tap_eq_bytes(out, sizeof(out), want, sizeof(want));
}

/* RFC 8032 section 7.1, tests 1 and 2. */
static void public_keys_are_those_of_rfc_8032(void)
{
	static const char *const rows[][2] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c" },
	};
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t seed[32], out[32], want[32];
		tap_eq_int(text_parse_hex(rows[i][0], seed, sizeof(seed)), 0);
		tap_eq_int(text_parse_hex(rows[i][1], want, sizeof(want)), 0);
		tap_eq_int(crypto_ed25519_public(seed, out, &e), 0);
		tap_eq_bytes(out, sizeof(out), want, sizeof(want));
	}
}

static void a_certificate_is_determined_by_its_seed(void)
{
	struct error e = ERROR_INIT;
	uint8_t seed[32] = { 1 }, a[CRYPTO_CERT_MAX], b[CRYPTO_CERT_MAX];
	size_t a_len = 0, b_len = 0;

	tap_eq_int(crypto_cert_make(seed, a, &a_len, &e), 0);
	tap_eq_int(crypto_cert_make(seed, b, &b_len, &e), 0);
	tap_eq_int(a_len, 248);
	tap_eq_bytes(a, a_len, b, b_len);
	seed[31] = 1;
	tap_eq_int(crypto_cert_make(seed, b, &b_len, &e), 0);
	tap_eq_int(b_len, 248);
	tap_ok(memcmp(a, b, a_len) != 0);
}

static void the_name_of_a_certificate_is_its_common_name_made_printable(void)
{
	static const struct {
		const char *file, *want;
	} rows[] = {
		{ "cn", "stprov test" },
		{ "no-cn", "O=System Transparency" },
		{ "empty", "(no name)" },
		{ "utf8", "Plattf\\xc3\\xb6rm" },
		{ "nul", "st\\x00rov\\x1b[2Jt" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ uint8_t *der = NULL;
		char path[512], name[CRYPTO_CERT_NAME_MAX] = "";
		struct error e = ERROR_INIT;
		size_t len = 0;
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/cert_name/%s",
			getenv("STPROV_SOURCE"), rows[i].file);
		tap_eq_int(file_read(AT_FDCWD, path, 4096, &der, &len, &e), 0);
		tap_eq_int(crypto_cert_name(der, len, name, &e), 0);
		tap_eq_text(name, rows[i].want);
		tap_eq_int(crypto_cert_name(der, len - 1, name, &e), -EINVAL);
		tap_eq_text(e.text, "not an X.509 certificate");
		/* The NUL that file_read() puts there. */
		tap_eq_int(crypto_cert_name(der, len + 1, name, &e), -EINVAL);
		tap_eq_text(e.text, "there are bytes after the certificate");
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(hkdf_without_salt_and_info_is_that_of_rfc_5869),
		TAP_TEST(hkdf_takes_an_empty_secret_with_any_pointer),
		TAP_TEST(hkdf_gives_at_most_8160_bytes_and_wipes_what_it_cannot_give),
		TAP_TEST(sha256_is_that_of_fips_180),
		TAP_TEST(public_keys_are_those_of_rfc_8032),
		TAP_TEST(a_certificate_is_determined_by_its_seed),
		TAP_TEST(the_name_of_a_certificate_is_its_common_name_made_printable),
		{ 0 },
	};
	return tap_run(tests);
}
