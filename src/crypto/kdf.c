/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes and key derivation: see kdf.h. */
#include "crypto/kdf.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto/openssl.h"

static void cleanup_kdf(EVP_KDF **kdf)
{
	EVP_KDF_free(*kdf);
}

static void cleanup_kdf_ctx(EVP_KDF_CTX **ctx)
{
	EVP_KDF_CTX_free(*ctx);
}

int crypto_sha256(
	const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE], struct error *error)
{
	uint8_t digest[CRYPTO_SHA256_SIZE];
	size_t n = 0;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	if (EVP_Q_digest(NULL, "SHA256", NULL, data, len, digest, &n) != 1 || n != sizeof(digest))
		return crypto_openssl_error(error, -EIO, "SHA-256");
	memcpy(out, digest, sizeof(digest));
	return 0;
}

/* OSSL_PARAM has no const, but OpenSSL only reads input parameters. */
static OSSL_PARAM param_bytes(const char *name, const void *bytes, size_t len)
{
	/* Empty is not the same as absent for HKDF's key: its pointer must not be NULL. */
	const void *p = len > 0 ? bytes : "";

	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)p, len);
}

/* Derives with the KDF of this name. -EIO; @out is then wiped. */
static int derive(
	const char *name, const OSSL_PARAM *params, void *out, size_t out_len, struct error *error)
{
	_cleanup_(cleanup_kdf) EVP_KDF *kdf = NULL;
	_cleanup_(cleanup_kdf_ctx) EVP_KDF_CTX *ctx = NULL;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	kdf = EVP_KDF_fetch(NULL, name, NULL);
	ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	if (!ctx || EVP_KDF_derive(ctx, out, out_len, params) != 1) {
		secret_wipe_bytes(out, out_len);
		return crypto_openssl_error(error, -EIO, name);
	}
	return 0;
}

int crypto_hkdf(const void *ikm, size_t ikm_len, const char *salt, const char *info, void *out,
	size_t out_len, struct error *error)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		param_bytes(OSSL_KDF_PARAM_KEY, ikm, ikm_len),
		param_bytes(OSSL_KDF_PARAM_SALT, salt, strlen(salt)),
		param_bytes(OSSL_KDF_PARAM_INFO, info, strlen(info)),
		OSSL_PARAM_construct_end(),
	};

	return derive(OSSL_KDF_NAME_HKDF, params, out, out_len, error);
}

/* OpenSSL's names of the hashes, and their sizes. */
static const struct {
	const char *name;
	size_t size;
} hashes[] = {
	[CRYPTO_HASH_SHA256] = { "SHA256", 32 },
	[CRYPTO_HASH_SHA384] = { "SHA384", 48 },
};

/* As param_bytes(): OpenSSL only reads the name. */
static OSSL_PARAM param_hash(enum crypto_hash hash)
{
	return OSSL_PARAM_construct_utf8_string(
		OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)hashes[hash].name, 0);
}

size_t crypto_hash_size(enum crypto_hash hash)
{
	return hashes[hash].size;
}

int crypto_hash(
	enum crypto_hash hash, const void *data, size_t len, uint8_t *out, struct error *error)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	if (EVP_Q_digest(NULL, hashes[hash].name, NULL, data, len, digest, &n) != 1 ||
		n != hashes[hash].size)
		return crypto_openssl_error(error, -EIO, hashes[hash].name);
	memcpy(out, digest, n);
	return 0;
}

int crypto_hmac(enum crypto_hash hash, const void *key, size_t key_len, const void *data,
	size_t len, uint8_t *out, struct error *error)
{
	return crypto_openssl_hmac(
		hashes[hash].name, key, key_len, data, len, out, hashes[hash].size, error);
}

int crypto_kbkdf(enum crypto_hash hash, const void *key, size_t key_len, const char *label,
	const void *context, size_t context_len, void *out, size_t out_len, struct error *error)
{
	char mac[] = "HMAC", mode[] = "counter";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, mode, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MAC, mac, 0),
		param_hash(hash),
		param_bytes(OSSL_KDF_PARAM_KEY, key, key_len),
		param_bytes(OSSL_KDF_PARAM_SALT, label, strlen(label)),
		param_bytes(OSSL_KDF_PARAM_INFO, context, context_len),
		OSSL_PARAM_construct_end(),
	};

	return derive(OSSL_KDF_NAME_KBKDF, params, out, out_len, error);
}

int crypto_sskdf(enum crypto_hash hash, const void *secret, size_t secret_len, const void *info,
	size_t info_len, void *out, size_t out_len, struct error *error)
{
	const OSSL_PARAM params[] = {
		param_hash(hash),
		param_bytes(OSSL_KDF_PARAM_KEY, secret, secret_len),
		param_bytes(OSSL_KDF_PARAM_INFO, info, info_len),
		OSSL_PARAM_construct_end(),
	};

	return derive(OSSL_KDF_NAME_SSKDF, params, out, out_len, error);
}
