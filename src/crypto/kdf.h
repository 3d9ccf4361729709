/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes and key derivation. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

#define CRYPTO_SHA256_SIZE 32

/* SHA-256 (FIPS 180-4) of @len bytes. */
int crypto_sha256(const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE],
	struct error *error) MUST_CHECK;

/*
 * HKDF with HMAC-SHA256, extract and expand (RFC 5869).
 * @ikm: input keying material, may be empty; @salt, @info: texts without their NUL.
 * @out_len: 1 to 8160 bytes. -EIO with its text if OpenSSL fails; @out is then wiped.
 */
int crypto_hkdf(const void *ikm, size_t ikm_len, const char *salt, const char *info, void *out,
	size_t out_len, struct error *error) MUST_CHECK;

/* The hashes of TPM 2.0 that stprov uses. */
enum crypto_hash {
	CRYPTO_HASH_SHA256,
	CRYPTO_HASH_SHA384,
};

/* Bytes of the longest one. */
#define CRYPTO_HASH_MAX 48

/* Bytes of a hash, 32 or 48. */
size_t crypto_hash_size(enum crypto_hash hash);

/* Hash of @len bytes (FIPS 180-4) into @out, crypto_hash_size() bytes. -EIO with its text. */
int crypto_hash(enum crypto_hash hash, const void *data, size_t len, uint8_t *out,
	struct error *error) MUST_CHECK;

/*
 * HMAC (FIPS 198-1) of @len bytes into @out, crypto_hash_size() bytes. @key may be empty.
 * -EIO with its text; @out is then wiped.
 */
int crypto_hmac(enum crypto_hash hash, const void *key, size_t key_len, const void *data,
	size_t len, uint8_t *out, struct error *error) MUST_CHECK;

/*
 * The KDF in counter mode with HMAC (NIST SP 800-108r1 section 4.1), counter and length of 32
 * bits, which is KDFa of TPM 2.0 (Part 1, section 11.4.10.2).
 * @key: at least one byte; @label: a text, without its NUL; @context: may be empty.
 * -EIO with its text; @out is then wiped.
 */
int crypto_kbkdf(enum crypto_hash hash, const void *key, size_t key_len, const char *label,
	const void *context, size_t context_len, void *out, size_t out_len,
	struct error *error) MUST_CHECK;

/*
 * The one-step KDF with a hash (NIST SP 800-56Cr2 section 4, option 1), which is KDFe of TPM 2.0
 * (Part 1, section 11.4.10.3) with @info = label, 0, PartyUInfo, PartyVInfo.
 * @secret: at least one byte. -EIO with its text; @out is then wiped.
 */
int crypto_sskdf(enum crypto_hash hash, const void *secret, size_t secret_len, const void *info,
	size_t info_len, void *out, size_t out_len, struct error *error) MUST_CHECK;
