/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenSSH's authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT) as a text: whose keys they are.
 * Pure.
 */
#pragma once

#include "base/error.h"
#include "hostkey/hostkey.h"

/* Fingerprints that are kept; more keys are counted. */
#define AUTHORIZED_KEYS_MAX 16

struct authorized_keys {
	char fingerprints[AUTHORIZED_KEYS_MAX][HOSTKEY_FINGERPRINT_MAX];
	size_t n; /* the total number, which may be larger than the array */
};

/*
 * Reads it: public keys of any type, with options or without, comments and empty lines. -EINVAL
 * with the line and the reason: a private key, a NUL, something that is not a public key, no key at
 * all.
 */
int authorized_keys_read(
	const void *text, size_t len, struct authorized_keys *ret, struct error *error) MUST_CHECK;
