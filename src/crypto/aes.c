/* SPDX-License-Identifier: BSD-2-Clause */
/* AES in CFB mode on OpenSSL: see aes.h. */
#include "crypto/aes.h"

#include <errno.h>
#include <limits.h>

#include "crypto/openssl.h"

static void cleanup_ctx(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static void cleanup_cipher(EVP_CIPHER **cipher)
{
	EVP_CIPHER_free(*cipher);
}

static int aes_cfb(const void *key, size_t key_len, const uint8_t iv[CRYPTO_AES_BLOCK],
	uint8_t *data, size_t len, int encrypt, struct error *error)
{
	_cleanup_(cleanup_cipher) EVP_CIPHER *cipher = NULL;
	_cleanup_(cleanup_ctx) EVP_CIPHER_CTX *ctx = NULL;
	int n = 0, r = crypto_openssl_init(error);

	assert(key_len == 16 || key_len == 32);
	assert(len <= INT_MAX);
	if (r < 0)
		return r;
	cipher = EVP_CIPHER_fetch(NULL, key_len == 16 ? "AES-128-CFB" : "AES-256-CFB", NULL);
	ctx = EVP_CIPHER_CTX_new();
	if (!cipher || !ctx || EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL) != 1 ||
		EVP_CipherUpdate(ctx, data, &n, data, (int)len) != 1 || n != (int)len)
		return crypto_openssl_error(error, -EIO, "AES-CFB");
	return 0;
}

int crypto_aes_cfb_encrypt(const void *key, size_t key_len, const uint8_t iv[CRYPTO_AES_BLOCK],
	uint8_t *data, size_t len, struct error *error)
{
	return aes_cfb(key, key_len, iv, data, len, 1, error);
}

int crypto_aes_cfb_decrypt(const void *key, size_t key_len, const uint8_t iv[CRYPTO_AES_BLOCK],
	uint8_t *data, size_t len, struct error *error)
{
	return aes_cfb(key, key_len, iv, data, len, 0, error);
}
