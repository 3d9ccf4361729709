/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unique device secret (UDS): mixed from the platform's and the operator's entropy, and the
 * values derived from it (docs/protocol.md, "From entropy").
 */
#pragma once

#include "base/error.h"
#include "base/secret.h"

/* Entropy of each side, and the UDS, in bytes. */
#define UDS_ENTROPY_SIZE 32
#define UDS_SIZE 32
/* The material of the host key: an Ed25519 seed and OpenSSH's check integer (big endian). */
#define UDS_SSH_SIZE 36
/* Length of the identity and authentication values in hex, without NUL. */
#define UDS_HEX_LEN 64

/* HKDF over platform entropy then received entropy. */
int uds_mix(const uint8_t platform[UDS_ENTROPY_SIZE], const uint8_t received[UDS_ENTROPY_SIZE],
	struct secret *ret_uds, struct error *error) MUST_CHECK;

/* Values that are reported to the operator, lower-case hex with NUL. */
int uds_identity(
	const struct secret *uds, char out[UDS_HEX_LEN + 1], struct error *error) MUST_CHECK;
int uds_authentication(
	const struct secret *uds, char out[UDS_HEX_LEN + 1], struct error *error) MUST_CHECK;

/* UDS_SSH_SIZE bytes for hostkey_make(). */
int uds_ssh(const struct secret *uds, struct secret *ret_ssh, struct error *error) MUST_CHECK;
