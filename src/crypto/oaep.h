/* SPDX-License-Identifier: BSD-2-Clause */
/* Encryption to an RSA key (RSAES-OAEP, RFC 8017 section 7.1). */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* Bytes of the modulus: RSA-2048, the one size of endorsement keys that stprov knows. */
#define CRYPTO_RSA_SIZE 256

/*
 * Encrypts @len bytes to the key of @modulus (big endian) and exponent 65537, with SHA-256 for both
 * the label's hash and MGF1. @label: with every byte that counts, also a final NUL. @len: at most
 * CRYPTO_RSA_SIZE - 66. -EIO with its text.
 */
int crypto_rsa_oaep(const uint8_t modulus[CRYPTO_RSA_SIZE], const void *label, size_t label_len,
	const void *data, size_t len, uint8_t out[CRYPTO_RSA_SIZE], struct error *error) MUST_CHECK;
