/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-1: see sha1.h. */
#include "crypto/sha1.h"

#include "crypto/openssl.h"

int crypto_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t out[CRYPTO_SHA1_SIZE], struct error *error)
{
	return crypto_openssl_hmac("SHA1", key, key_len, data, len, out, CRYPTO_SHA1_SIZE, error);
}
