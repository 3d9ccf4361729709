/* SPDX-License-Identifier: BSD-2-Clause */
/* Ed25519 keys: see ed25519.h. */
#include "crypto/ed25519.h"

#include <errno.h>
#include <string.h>

#include "crypto/openssl.h"

int crypto_openssl_key(
	const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], EVP_PKEY **ret, struct error *error)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(
		NULL, "ED25519", NULL, seed, CRYPTO_ED25519_SEED_SIZE);

	if (!key)
		return crypto_openssl_error(error, -EIO, "Ed25519 key");
	*ret = key;
	return 0;
}

int crypto_ed25519_public(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE],
	uint8_t out[CRYPTO_ED25519_PUBLIC_SIZE], struct error *error)
{
	_cleanup_key_ EVP_PKEY *key = NULL;
	uint8_t public[CRYPTO_ED25519_PUBLIC_SIZE];
	size_t len = sizeof(public);
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	r = crypto_openssl_key(seed, &key, error);
	if (r < 0)
		return r;
	if (EVP_PKEY_get_raw_public_key(key, public, &len) != 1 || len != sizeof(public))
		return crypto_openssl_error(error, -EIO, "Ed25519 public key");
	memcpy(out, public, sizeof(public));
	return 0;
}
