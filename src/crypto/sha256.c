/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 in pieces: see sha256.h. */
#include "crypto/sha256.h"

#include <errno.h>

#include "crypto/openssl.h"

struct crypto_sha256 {
	EVP_MD_CTX *ctx;
};

void crypto_sha256_free(struct crypto_sha256 **hash)
{
	if (*hash)
		EVP_MD_CTX_free((*hash)->ctx);
	free(*hash);
	*hash = NULL;
}

int crypto_sha256_new(struct crypto_sha256 **ret, struct error *error)
{
	_cleanup_(crypto_sha256_free) struct crypto_sha256 *hash = NULL;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	hash = calloc(1, sizeof(*hash));
	if (!hash)
		return error_set(error, -ENOMEM, "out of memory");
	hash->ctx = EVP_MD_CTX_new();
	if (!hash->ctx || EVP_DigestInit_ex2(hash->ctx, EVP_sha256(), NULL) != 1)
		return crypto_openssl_error(error, -EIO, "SHA-256");
	*ret = TAKE_PTR(hash);
	return 0;
}

int crypto_sha256_add(struct crypto_sha256 *hash, const void *data, size_t len, struct error *error)
{
	if (len > 0 && EVP_DigestUpdate(hash->ctx, data, len) != 1)
		return crypto_openssl_error(error, -EIO, "SHA-256");
	return 0;
}

int crypto_sha256_end(
	struct crypto_sha256 *hash, uint8_t out[CRYPTO_SHA256_SIZE], struct error *error)
{
	if (EVP_DigestFinal_ex(hash->ctx, out, NULL) != 1)
		return crypto_openssl_error(error, -EIO, "SHA-256");
	return 0;
}
