/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-1: see sha1.h. */
#include "crypto/sha1.h"

#include <errno.h>
#include <string.h>

#include "crypto/openssl.h"

int crypto_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t out[CRYPTO_SHA1_SIZE], struct error *error)
{
	uint8_t digest[CRYPTO_SHA1_SIZE];
	size_t n = 0;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, key, key_len, data, len, digest,
		    sizeof(digest), &n) ||
		n != sizeof(digest))
		return crypto_openssl_error(error, -EIO, "HMAC-SHA1");
	memcpy(out, digest, sizeof(digest));
	return 0;
}
