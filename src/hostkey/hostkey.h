/* SPDX-License-Identifier: BSD-2-Clause */
/* The SSH host key: an Ed25519 key in OpenSSH's private and public formats. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

/* Texts with their NUL. */
#define HOSTKEY_PUBLIC_MAX 96
#define HOSTKEY_FINGERPRINT_MAX 64

/* The comment inside the private key. */
#define HOSTKEY_COMMENT "ospkg@system-transparency"

struct hostkey {
	/* openssh-key-v1 in PEM (openssh-portable PROTOCOL.key), 64-character lines as Go's. */
	struct secret pem;
	/* `ssh-ed25519 BASE64`, as in authorized_keys, without comment. */
	char public[HOSTKEY_PUBLIC_MAX];
	/* `SHA256:` and unpadded base64. */
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

void hostkey_deinit(struct hostkey *key);
#define _cleanup_hostkey_ _cleanup_(hostkey_deinit)

/* @material: UDS_SSH_SIZE bytes, the seed then the check integer. */
int hostkey_make(
	const struct secret *material, struct hostkey *ret, struct error *error) MUST_CHECK;

/* The text and the fingerprint of a public key, HOSTKEY_RAW_SIZE bytes (RFC 8032). -EIO. */
#define HOSTKEY_RAW_SIZE 32
int hostkey_public_format(const uint8_t raw[HOSTKEY_RAW_SIZE], char ret_public[HOSTKEY_PUBLIC_MAX],
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX], struct error *error) MUST_CHECK;

/*
 * Checks a public key from a peer: exactly `ssh-ed25519 BASE64` of a well-formed blob with one
 * 32-byte key; writes its fingerprint. -EINVAL with a text otherwise.
 */
int hostkey_public_check(const char *public, char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX],
	struct error *error) MUST_CHECK;

/*
 * The data of the SSHFP record of a public key, `4 2 HEX`: Ed25519 (RFC 7479), SHA-256 (RFC 6594).
 * -EINVAL as above. There is no record with SHA-1, which resolvers need not trust.
 */
#define HOSTKEY_SSHFP_MAX 72
int hostkey_format_sshfp(
	const char *public, char ret_data[HOSTKEY_SSHFP_MAX], struct error *error) MUST_CHECK;

/*
 * Checks a stored private key: openssh-key-v1 in PEM without a passphrase, one Ed25519 key, whose
 * public key matches the private one; lines may have any length. Writes its fingerprint. -EINVAL
 * with a text that names the fault and quotes nothing. The function wipes its copies; the caller
 * wipes @pem.
 */
int hostkey_private_check(const void *pem, size_t len,
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX], struct error *error) MUST_CHECK;

/* The same, and the public key as in struct hostkey. */
int hostkey_private_read(const void *pem, size_t len, char ret_public[HOSTKEY_PUBLIC_MAX],
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX], struct error *error) MUST_CHECK;
