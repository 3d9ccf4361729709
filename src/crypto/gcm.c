/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-256-GCM on OpenSSL: see gcm.h. */
#include "crypto/gcm.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/openssl.h"

static void cleanup_ctx(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static void cleanup_cipher(EVP_CIPHER **cipher)
{
	EVP_CIPHER_free(*cipher);
}

/* Takes the key, the nonce, whose 12 bytes are GCM's default, and the additional data. */
static int gcm_begin(EVP_CIPHER_CTX *ctx, const uint8_t key[CRYPTO_GCM_KEY], const uint8_t *nonce,
	int encrypt, const void *aad, size_t aad_len, struct error *error)
{
	_cleanup_(cleanup_cipher) EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	int n = 0;

	assert(aad_len <= INT_MAX);
	if (!ctx || !cipher || EVP_CipherInit_ex2(ctx, cipher, key, nonce, encrypt, NULL) != 1 ||
		(aad_len > 0 && EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len) != 1))
		return crypto_openssl_error(error, -EIO, "AES-GCM");
	return 0;
}

/* @data may be of no bytes: OpenSSL takes a NULL @out for additional data. */
static bool gcm_update(EVP_CIPHER_CTX *ctx, const uint8_t *data, size_t len, uint8_t *out)
{
	int n = 0;

	return len == 0 || (EVP_CipherUpdate(ctx, out, &n, data, (int)len) == 1 && n == (int)len);
}

int crypto_gcm_seal(const uint8_t key[CRYPTO_GCM_KEY], const void *aad, size_t aad_len,
	const void *data, size_t len, uint8_t *out, struct error *error)
{
	_cleanup_(cleanup_ctx) EVP_CIPHER_CTX *ctx = NULL;
	uint8_t *ciphertext = out + CRYPTO_GCM_NONCE, *tag = ciphertext + len, none[CRYPTO_GCM_TAG];
	int n = 0, r = crypto_openssl_init(error);

	assert(len <= INT_MAX - CRYPTO_GCM_EXTRA);
	if (r == 0)
		r = random_bytes(out, CRYPTO_GCM_NONCE, error);
	if (r < 0)
		return r;
	ctx = EVP_CIPHER_CTX_new();
	r = gcm_begin(ctx, key, out, 1, aad, aad_len, error);
	if (r < 0)
		return r;
	if (!gcm_update(ctx, data, len, ciphertext) || EVP_CipherFinal_ex(ctx, none, &n) != 1 ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CRYPTO_GCM_TAG, tag) != 1)
		return crypto_openssl_error(error, -EIO, "AES-GCM");
	return 0;
}

int crypto_gcm_open(const uint8_t key[CRYPTO_GCM_KEY], const void *aad, size_t aad_len,
	const void *data, size_t len, uint8_t *out, struct error *error)
{
	_cleanup_(cleanup_ctx) EVP_CIPHER_CTX *ctx = NULL;
	const uint8_t *nonce = data;
	uint8_t tag[CRYPTO_GCM_TAG], none[CRYPTO_GCM_TAG];
	int n = 0, r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	if (len < CRYPTO_GCM_EXTRA || len > INT_MAX)
		return error_set(error, -EBADMSG, "too short to be encrypted data");
	size_t data_len = len - CRYPTO_GCM_EXTRA;
	memcpy(tag, nonce + len - sizeof(tag), sizeof(tag));
	ctx = EVP_CIPHER_CTX_new();
	r = gcm_begin(ctx, key, nonce, 0, aad, aad_len, error);
	if (r < 0)
		return r;
	if (gcm_update(ctx, nonce + CRYPTO_GCM_NONCE, data_len, out) &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
		EVP_CipherFinal_ex(ctx, none, &n) == 1)
		return 0;
	secret_wipe_bytes(out, data_len);
	return error_set(error, -EBADMSG, "encrypted with another key, or changed");
}
