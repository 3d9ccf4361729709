/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that must be wiped after use: passwords, seeds, the device secret, the host key.
 *
 * Declare them with _cleanup_secret_ and they are wiped when they go out of scope. They are
 * compared in constant time and never formatted or logged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* Largest secret in bytes: the largest in use is the private host key's PEM (about 420). */
#define SECRET_MAX 512

struct secret {
	size_t len;
	uint8_t bytes[SECRET_MAX];
};

#define SECRET_INIT ((struct secret){ .len = 0 })

/* Wipes the secret; it is then empty. */
void secret_wipe(struct secret *secret);

#define _cleanup_secret_ _cleanup_(secret_wipe)

/* Copies @len bytes in. -E2BIG if they do not fit (the secret is then empty). */
int secret_set(struct secret *secret, const void *bytes, size_t len) MUST_CHECK;

/*
 * Whether the secret is exactly these bytes. The time it takes depends on the lengths only
 * (the length is compared openly).
 */
bool secret_equal(const struct secret *secret, const void *bytes, size_t len);

/*
 * Keeps this process's memory out of core files and away from other processes of its user
 * (RLIMIT_CORE; on Linux PR_SET_DUMPABLE of prctl(2)). Best effort: failures are ignored.
 */
void secret_protect_process(void);

/* Wipes memory; the compiler does not optimise this away. */
void secret_wipe_bytes(void *bytes, size_t len);
