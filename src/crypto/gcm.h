/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-256-GCM (NIST SP 800-38D): encrypts and authenticates what is stored beside a sealed key. */
#pragma once

#include <stdint.h>

#include "base/error.h"

#define CRYPTO_GCM_KEY 32
#define CRYPTO_GCM_NONCE 12
#define CRYPTO_GCM_TAG 16
/* What the sealed form is longer than the data. */
#define CRYPTO_GCM_EXTRA (CRYPTO_GCM_NONCE + CRYPTO_GCM_TAG)

/*
 * Encrypts @len bytes, at most INT_MAX, may be 0, into @out: a random nonce of 12 bytes, the
 * ciphertext, the tag of 16 bytes; @len + CRYPTO_GCM_EXTRA bytes in all, which do not overlap
 * @data. @aad, at most INT_MAX bytes, may be 0: authenticated beside it, and not in @out. A
 * negative errno with its text.
 */
int crypto_gcm_seal(const uint8_t key[CRYPTO_GCM_KEY], const void *aad, size_t aad_len,
	const void *data, size_t len, uint8_t *out, struct error *error) MUST_CHECK;

/*
 * Decrypts what crypto_gcm_seal() made. @len: of all of @data; @out: @len - CRYPTO_GCM_EXTRA bytes,
 * which do not overlap @data; wiped unless the result is 0. -EBADMSG with its text if it is
 * too short, of another key, or was changed. Other negative errnos with their text.
 */
int crypto_gcm_open(const uint8_t key[CRYPTO_GCM_KEY], const void *aad, size_t aad_len,
	const void *data, size_t len, uint8_t *out, struct error *error) MUST_CHECK;
