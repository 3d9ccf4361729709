/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4) of bytes that come in pieces; of one run of bytes see kdf.h. */
#pragma once

#include <stdint.h>

#include "crypto/kdf.h"

/* A hash that is being computed. */
struct crypto_sha256;

/* Begins one; the caller frees it. -EIO with its text if OpenSSL fails, as the calls below. */
int crypto_sha256_new(struct crypto_sha256 **ret, struct error *error) MUST_CHECK;

/* The next @len bytes; @len may be 0. */
int crypto_sha256_add(
	struct crypto_sha256 *hash, const void *data, size_t len, struct error *error) MUST_CHECK;

/* The hash of all bytes so far. To be called once, and last. */
int crypto_sha256_end(struct crypto_sha256 *hash, uint8_t out[CRYPTO_SHA256_SIZE],
	struct error *error) MUST_CHECK;

/* For _cleanup_(); NULL is passed over. */
void crypto_sha256_free(struct crypto_sha256 **hash);
