/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-1, which is no longer collision-resistant: only for OpenSSH's hashed host names (sshd(8)),
 * where it hides a name.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

#define CRYPTO_SHA1_SIZE 20

/* HMAC with SHA-1 (RFC 2104). -EIO with its text if OpenSSL fails. */
int crypto_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t out[CRYPTO_SHA1_SIZE], struct error *error) MUST_CHECK;
