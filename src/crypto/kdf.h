/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes and key derivation. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

#define CRYPTO_SHA256_SIZE 32

/* SHA-256 (FIPS 180-4) of @len bytes. */
int crypto_sha256(const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE],
	struct error *error) MUST_CHECK;

/* HMAC-SHA256 (RFC 2104) of @len bytes. -EIO with its text if OpenSSL fails. */
int crypto_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t out[CRYPTO_SHA256_SIZE], struct error *error) MUST_CHECK;

/*
 * HKDF with HMAC-SHA256, extract and expand (RFC 5869).
 * @ikm: input keying material, may be empty; @salt, @info: texts without their NUL.
 * @out_len: 1 to 8160 bytes. -EIO with its text if OpenSSL fails; @out is then wiped.
 */
int crypto_hkdf(const void *ikm, size_t ikm_len, const char *salt, const char *info, void *out,
	size_t out_len, struct error *error) MUST_CHECK;
