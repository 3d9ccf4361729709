/* SPDX-License-Identifier: BSD-2-Clause */
/* AES in CFB mode with 128-bit segments (NIST SP 800-38A section 6.3), as TPM 2.0 uses it. */
#pragma once

#include <stdint.h>

#include "base/error.h"

#define CRYPTO_AES_BLOCK 16

/*
 * Encrypts or decrypts @len bytes in place. @key_len: 16 or 32 bytes. @len: at most INT_MAX, may
 * be 0. It hides and does not authenticate: the caller has an HMAC around it. -EIO with its text.
 */
int crypto_aes_cfb_encrypt(const void *key, size_t key_len, const uint8_t iv[CRYPTO_AES_BLOCK],
	uint8_t *data, size_t len, struct error *error) MUST_CHECK;
int crypto_aes_cfb_decrypt(const void *key, size_t key_len, const uint8_t iv[CRYPTO_AES_BLOCK],
	uint8_t *data, size_t len, struct error *error) MUST_CHECK;
