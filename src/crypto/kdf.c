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

int crypto_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t out[CRYPTO_SHA256_SIZE], struct error *error)
{
	return crypto_hmac("SHA256", key, key_len, data, len, out, CRYPTO_SHA256_SIZE, error);
}

/* OSSL_PARAM has no const, but OpenSSL only reads input parameters. */
static OSSL_PARAM param_bytes(const char *name, const void *bytes, size_t len)
{
	/* Empty is not the same as absent for HKDF's key: its pointer must not be NULL. */
	const void *p = len > 0 ? bytes : "";

	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)p, len);
}

int crypto_hkdf(const void *ikm, size_t ikm_len, const char *salt, const char *info, void *out,
	size_t out_len, struct error *error)
{
	_cleanup_(cleanup_kdf) EVP_KDF *kdf = NULL;
	_cleanup_(cleanup_kdf_ctx) EVP_KDF_CTX *ctx = NULL;
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		param_bytes(OSSL_KDF_PARAM_KEY, ikm, ikm_len),
		param_bytes(OSSL_KDF_PARAM_SALT, salt, strlen(salt)),
		param_bytes(OSSL_KDF_PARAM_INFO, info, strlen(info)),
		OSSL_PARAM_construct_end(),
	};
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
	ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	if (!ctx || EVP_KDF_derive(ctx, out, out_len, params) != 1) {
		secret_wipe_bytes(out, out_len);
		return crypto_openssl_error(error, -EIO, "HKDF");
	}
	return 0;
}
