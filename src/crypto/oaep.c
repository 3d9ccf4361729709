/* SPDX-License-Identifier: BSD-2-Clause */
/* RSAES-OAEP on OpenSSL: see oaep.h. */
#include "crypto/oaep.h"

#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "crypto/openssl_numbers.h"

#define EXPONENT 65537

/* NULL if OpenSSL refuses it. */
static EVP_PKEY *key_import(const uint8_t modulus[CRYPTO_RSA_SIZE])
{
	_cleanup_param_builder_ OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	_cleanup_params_ OSSL_PARAM *params = NULL;
	_cleanup_key_ctx_ EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	_cleanup_number_ BIGNUM *n = BN_bin2bn(modulus, CRYPTO_RSA_SIZE, NULL);
	EVP_PKEY *key = NULL;

	if (!builder || !ctx || !n || !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) ||
		!OSSL_PARAM_BLD_push_uint(builder, OSSL_PKEY_PARAM_RSA_E, EXPONENT))
		return NULL;
	params = OSSL_PARAM_BLD_to_param(builder);
	if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

int crypto_rsa_oaep(const uint8_t modulus[CRYPTO_RSA_SIZE], const void *label, size_t label_len,
	const void *data, size_t len, uint8_t out[CRYPTO_RSA_SIZE], struct error *error)
{
	_cleanup_key_ EVP_PKEY *key = NULL;
	_cleanup_key_ctx_ EVP_PKEY_CTX *ctx = NULL;
	char padding[] = OSSL_PKEY_RSA_PAD_MODE_OAEP, hash[] = "SHA256";
	/* OpenSSL only reads the label. */
	void *label_read = (void *)(uintptr_t)label;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, padding, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, hash, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, hash, 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, label_read, label_len),
		OSSL_PARAM_construct_end(),
	};
	size_t n = CRYPTO_RSA_SIZE;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	key = key_import(modulus);
	ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
	if (!ctx || EVP_PKEY_encrypt_init_ex(ctx, params) != 1 ||
		EVP_PKEY_encrypt(ctx, out, &n, data, len) != 1 || n != CRYPTO_RSA_SIZE)
		return crypto_openssl_error(error, -EIO, "RSA-OAEP");
	return 0;
}
