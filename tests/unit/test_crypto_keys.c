/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TPM's sessions need of crypto/: HMAC, the KDFs, ECDH, AES-CFB; and AES-GCM, for files
 * beside a sealed key. The tpm_vectors test has RSA-OAEP, and all of these but GCM with the numbers
 * of a TPM.
 */
#include "tap.h"

#include <errno.h>

#include "base/text.h"
#include "crypto/aes.h"
#include "crypto/ecdh.h"
#include "crypto/gcm.h"
#include "crypto/kdf.h"

static void unhex(const char *text, uint8_t *out, size_t len)
{
	tap_eq_int(text_parse_hex(text, out, len), 0);
}

/* The first @len bytes of @want. */
static void is_hex(const uint8_t *got, size_t len, const char *want)
{
	uint8_t bytes[128];

	unhex(want, bytes, strlen(want) / 2);
	tap_eq_bytes(got, len, bytes, len);
}

/* FIPS 180-4's examples. */
static void hashes_are_those_of_fips_180(void)
{
	struct error e = ERROR_INIT;
	uint8_t out[CRYPTO_HASH_MAX];

	tap_eq_int(crypto_hash_size(CRYPTO_HASH_SHA256), 32);
	tap_eq_int(crypto_hash_size(CRYPTO_HASH_SHA384), 48);
	tap_eq_int(crypto_hash(CRYPTO_HASH_SHA256, "abc", 3, out, &e), 0);
	is_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	tap_eq_int(crypto_hash(CRYPTO_HASH_SHA384, "abc", 3, out, &e), 0);
	is_hex(out, 48,
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7");
}

/* Test cases 1 and 6 of RFC 4231. */
static void hmacs_are_those_of_rfc_4231(void)
{
	static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	struct error e = ERROR_INIT;
	uint8_t key[131], out[CRYPTO_HASH_MAX];

	memset(key, 0x0b, sizeof(key));
	tap_eq_int(crypto_hmac(CRYPTO_HASH_SHA256, key, 20, "Hi There", 8, out, &e), 0);
	is_hex(out, 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	tap_eq_int(crypto_hmac(CRYPTO_HASH_SHA384, key, 20, "Hi There", 8, out, &e), 0);
	is_hex(out, 48,
		"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
		"faea9ea9076ede7f4af152e8b2fa9cb6");
	memset(key, 0xaa, sizeof(key));
	tap_eq_int(
		crypto_hmac(CRYPTO_HASH_SHA256, key, sizeof(key), text, strlen(text), out, &e), 0);
	is_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void an_empty_key_is_a_key(void)
{
	struct error e = ERROR_INIT;
	uint8_t out[CRYPTO_HASH_MAX];

	/* HMAC_SHA256("", ""). */
	tap_eq_int(crypto_hmac(CRYPTO_HASH_SHA256, NULL, 0, "", 0, out, &e), 0);
	is_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* Made with python3-cryptography: KBKDFHMAC and ConcatKDFHash. */
static void kdfs_are_those_of_another_implementation(void)
{
	struct error e = ERROR_INIT;
	uint8_t key[32], context[34], info[9 + 64] = "IDENTITY", out[48];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(context); i++)
		context[i] = (uint8_t)i;
	for (size_t i = 0; i < 64; i++)
		info[9 + i] = (uint8_t)i;
	tap_eq_int(crypto_kbkdf(CRYPTO_HASH_SHA256, key, sizeof(key), "STORAGE", context,
			   sizeof(context), out, 48, &e),
		0);
	is_hex(out, 48,
		"799b3db2486e49e0008389b662a09caca76e2dfabf5dd2cf76d841a675729a9c"
		"d204b1b9c808407180f6d0950f334325");
	tap_eq_int(crypto_kbkdf(CRYPTO_HASH_SHA384, key, sizeof(key), "STORAGE", context,
			   sizeof(context), out, 48, &e),
		0);
	is_hex(out, 48,
		"004c74eefe507f1d3ea90a9c1a994e9a1210d20b9d75a6dc9375070f175e6595"
		"d0b37aa94d0280e21ad2245c784034c0");
	tap_eq_int(
		crypto_sskdf(CRYPTO_HASH_SHA256, key, sizeof(key), info, sizeof(info), out, 32, &e),
		0);
	is_hex(out, 32, "eae4235002ceb0f8b8233db6e01677c41f64c59efdfabef8dfce276f0a164c8f");
	tap_eq_int(
		crypto_sskdf(CRYPTO_HASH_SHA384, key, sizeof(key), info, sizeof(info), out, 48, &e),
		0);
	is_hex(out, 48,
		"ce8982ef30e4eb16ee607b191a9039d22ea7be1e61c2e18f47d2e22a579babd0"
		"191e05eb3e334f352a26a2786092cdc0");
}

static void a_kdf_without_key_fails_and_wipes(void)
{
	static const uint8_t zeros[32];
	struct error e = ERROR_INIT;
	uint8_t out[32];

	memset(out, 1, sizeof(out));
	tap_eq_int(
		crypto_kbkdf(CRYPTO_HASH_SHA256, "", 0, "ATH", "", 0, out, sizeof(out), &e), -EIO);
	tap_eq_bytes(out, sizeof(out), zeros, sizeof(zeros));
	tap_ok(strncmp(e.text, "KBKDF: ", 7) == 0);
}

/* RFC 5903, sections 8.1 and 8.2. */
static const struct {
	enum crypto_curve curve;
	const char *private, *x, *y, *peer_x, *peer_y, *shared;
} exchanges[] = {
	{ CRYPTO_CURVE_P256, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
		"dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180",
		"5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
		"d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63",
		"56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
		"d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" },
	{ CRYPTO_CURVE_P384,
		"099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
		"e35b538041e649ee3faef896783ab194",
		"667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
		"de3ac808acb4bdb4c88732aee95f41aa",
		"9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38e"
		"eb9fcff3c2c947dae69b4c634573a81c",
		"e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
		"0d1ac43a0336def96fda41d0774a3571",
		"dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1ff"
		"f83fa40142209dff5eaad96db9e6386c",
		"11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
		"d603135569b9e9d09cf5d4a270f59746" },
};

static void a_shared_value_is_that_of_rfc_5903(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(exchanges); i++) {
		const size_t size = crypto_curve_size(exchanges[i].curve);
		struct crypto_ecdh_key key = { .curve = exchanges[i].curve };
		uint8_t out[CRYPTO_COORDINATE_MAX];
		struct error e = ERROR_INIT;
		struct crypto_point peer;
		unhex(exchanges[i].private, key.private, size);
		unhex(exchanges[i].x, key.public.x, size);
		unhex(exchanges[i].y, key.public.y, size);
		unhex(exchanges[i].peer_x, peer.x, size);
		unhex(exchanges[i].peer_y, peer.y, size);
		tap_eq_int(crypto_ecdh(&key, &peer, out, &e), 0);
		is_hex(out, size, exchanges[i].shared);
	}
}

static void a_point_that_is_not_on_the_curve_is_refused(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(exchanges); i++) {
		const size_t size = crypto_curve_size(exchanges[i].curve);
		uint8_t out[CRYPTO_COORDINATE_MAX];
		struct error e = ERROR_INIT;
		struct crypto_ecdh_key key;
		struct crypto_point peer;
		tap_eq_int(crypto_ecdh_generate(exchanges[i].curve, &key, &e), 0);
		unhex(exchanges[i].peer_x, peer.x, size);
		unhex(exchanges[i].peer_y, peer.y, size);
		peer.y[size - 1] ^= 1;
		tap_eq_int(crypto_ecdh(&key, &peer, out, &e), -EINVAL);
		memset(&peer, 0, sizeof(peer));
		tap_eq_int(crypto_ecdh(&key, &peer, out, &e), -EINVAL);
		/* As large as the field. */
		memset(&peer, 0xff, sizeof(peer));
		tap_eq_int(crypto_ecdh(&key, &peer, out, &e), -EINVAL);
	}
}

static void two_new_keys_share_a_value_and_no_other(void)
{
	static const uint8_t zeros[sizeof(struct crypto_ecdh_key)];
	uint8_t ab[CRYPTO_COORDINATE_MAX], ba[CRYPTO_COORDINATE_MAX], ac[CRYPTO_COORDINATE_MAX];
	struct crypto_ecdh_key a, b, c;
	struct error e = ERROR_INIT;

	tap_eq_int(crypto_ecdh_generate(CRYPTO_CURVE_P256, &a, &e), 0);
	tap_eq_int(crypto_ecdh_generate(CRYPTO_CURVE_P256, &b, &e), 0);
	tap_eq_int(crypto_ecdh_generate(CRYPTO_CURVE_P256, &c, &e), 0);
	tap_eq_int(crypto_ecdh(&a, &b.public, ab, &e), 0);
	tap_eq_int(crypto_ecdh(&b, &a.public, ba, &e), 0);
	tap_eq_int(crypto_ecdh(&a, &c.public, ac, &e), 0);
	tap_eq_bytes(ab, 32, ba, 32);
	tap_ok(memcmp(ab, ac, 32) != 0);
	crypto_ecdh_wipe(&a);
	tap_eq_bytes(&a, sizeof(a), zeros, sizeof(a));
}

/* NIST SP 800-38A, sections F.3.13 and F.3.17: the first two blocks. */
static void cfb_is_that_of_sp_800_38a(void)
{
	static const struct {
		const char *key, *cipher;
	} rows[] = {
		{ "2b7e151628aed2a6abf7158809cf4f3c",
			"3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b" },
		{ "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
			"dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b" },
	};
	static const char plain[] =
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
	uint8_t iv[CRYPTO_AES_BLOCK], data[32], key[32];
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof(iv); i++)
		iv[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const size_t key_len = strlen(rows[i].key) / 2;
		unhex(rows[i].key, key, key_len);
		unhex(plain, data, sizeof(data));
		tap_eq_int(crypto_aes_cfb_encrypt(key, key_len, iv, data, sizeof(data), &e), 0);
		is_hex(data, sizeof(data), rows[i].cipher);
		/* A part of a block is a part of its cipher text. */
		unhex(plain, data, sizeof(data));
		tap_eq_int(crypto_aes_cfb_encrypt(key, key_len, iv, data, 19, &e), 0);
		is_hex(data, 19, rows[i].cipher);
		tap_eq_int(crypto_aes_cfb_decrypt(key, key_len, iv, data, 19, &e), 0);
		is_hex(data, sizeof(data), plain);
		tap_eq_int(crypto_aes_cfb_decrypt(key, key_len, iv, data, 0, &e), 0);
	}
}

/* Test cases 13, 14 and 16 of the GCM specification (McGrew and Viega, appendix B). */
static void gcm_is_that_of_its_specification(void)
{
	static const struct {
		const char *key, *aad, *plain, *sealed;
	} rows[] = {
		{ "0000000000000000000000000000000000000000000000000000000000000000", "", "",
			"000000000000000000000000"
			"530f8afbc74536b9a963b4f1c4cb738b" },
		{ "0000000000000000000000000000000000000000000000000000000000000000", "",
			"00000000000000000000000000000000",
			"000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18"
			"d0d1c8a799996bf0265b98b5d48ab919" },
		{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
			"feedfacedeadbeeffeedfacedeadbeefabaddad2",
			"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
			"cafebabefacedbaddecaf888"
			"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
			"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
			"76fc6ece0f4e1768cddf8853bb2d551b" },
	};
	uint8_t key[CRYPTO_GCM_KEY], aad[32], plain[64], sealed[128], out[64];
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const size_t aad_len = strlen(rows[i].aad) / 2, len = strlen(rows[i].plain) / 2;
		const size_t sealed_len = len + CRYPTO_GCM_EXTRA;
		unhex(rows[i].key, key, sizeof(key));
		unhex(rows[i].aad, aad, aad_len);
		unhex(rows[i].plain, plain, len);
		unhex(rows[i].sealed, sealed, sealed_len);
		tap_eq_int(crypto_gcm_open(key, aad, aad_len, sealed, sealed_len, out, &e), 0);
		tap_eq_bytes(out, len, plain, len);
	}
}

/* Every byte of it counts, and the additional data and the key; nothing comes out. */
static void gcm_opens_only_what_was_sealed(void)
{
	static const char aad[] = "STFile-a", plain[] = "the file";
	uint8_t key[CRYPTO_GCM_KEY] = { 7 }, sealed[sizeof(plain) + CRYPTO_GCM_EXTRA];
	uint8_t again[sizeof(sealed)], out[sizeof(plain)], zero[sizeof(plain)] = { 0 };
	struct error e = ERROR_INIT;

	tap_eq_int(crypto_gcm_seal(key, aad, 8, plain, sizeof(plain), sealed, &e), 0);
	tap_eq_int(crypto_gcm_seal(key, aad, 8, plain, sizeof(plain), again, &e), 0);
	/* Another nonce each time. */
	tap_ok(memcmp(sealed, again, CRYPTO_GCM_NONCE) != 0);
	tap_eq_int(crypto_gcm_open(key, aad, 8, sealed, sizeof(sealed), out, &e), 0);
	tap_eq_bytes(out, sizeof(out), plain, sizeof(plain));
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		tap_eq_int(crypto_gcm_open(key, aad, 8, sealed, sizeof(sealed), out, &e), -EBADMSG);
		tap_eq_bytes(out, sizeof(out), zero, sizeof(zero));
		sealed[i] ^= 1;
	}
	tap_eq_int(crypto_gcm_open(key, aad, 7, sealed, sizeof(sealed), out, &e), -EBADMSG);
	tap_eq_int(crypto_gcm_open(key, aad, 8, sealed, sizeof(sealed) - 1, out, &e), -EBADMSG);
	tap_eq_int(crypto_gcm_open(key, aad, 8, sealed, CRYPTO_GCM_EXTRA - 1, out, &e), -EBADMSG);
	key[31] ^= 1;
	tap_eq_int(crypto_gcm_open(key, aad, 8, sealed, sizeof(sealed), out, &e), -EBADMSG);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(hashes_are_those_of_fips_180),
		TAP_TEST(hmacs_are_those_of_rfc_4231),
		TAP_TEST(an_empty_key_is_a_key),
		TAP_TEST(kdfs_are_those_of_another_implementation),
		TAP_TEST(a_kdf_without_key_fails_and_wipes),
		TAP_TEST(a_shared_value_is_that_of_rfc_5903),
		TAP_TEST(a_point_that_is_not_on_the_curve_is_refused),
		TAP_TEST(two_new_keys_share_a_value_and_no_other),
		TAP_TEST(cfb_is_that_of_sp_800_38a),
		TAP_TEST(gcm_is_that_of_its_specification),
		TAP_TEST(gcm_opens_only_what_was_sealed),
		{ 0 },
	};
	return tap_run(tests);
}
