/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside hostkey/ only: the parts of OpenSSH's formats of an Ed25519 key (RFC 8709 section 4,
 * openssh-portable PROTOCOL.key), for writing and reading.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "hostkey/hostkey.h"

#define KEY_TYPE "ssh-ed25519"
/* string KEY_TYPE, string of 32 bytes; its base64 has no padding. */
#define PUBLIC_BLOB_SIZE (4 + sizeof(KEY_TYPE) - 1 + 4 + CRYPTO_ED25519_PUBLIC_SIZE)
#define PUBLIC_BASE64_LEN (TEXT_BASE64_SIZE(PUBLIC_BLOB_SIZE) - 1)

#define PEM_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define PEM_END "-----END OPENSSH PRIVATE KEY-----\n"

#define MAGIC "openssh-key-v1" /* with its NUL */
#define NO_CIPHER "none"
/* The block size of the cipher `none`. */
#define PRIVATE_BLOCK_SIZE 8
#define CHECK_SIZE 4

/* Exactly the two strings of a public key's blob. */
bool hostkey_blob_is_wellformed(const uint8_t blob[PUBLIC_BLOB_SIZE]);

/*
 * The fingerprint of a public key of any type, as the words `TYPE BASE64` have it. False if it is
 * none: not base64, or a blob that does not begin with the type's name (RFC 4253 section 6.6).
 */
bool hostkey_words_fingerprint(const char *type, size_t type_len, const char *key, size_t key_len,
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX]);

/* Of a key of any type. */
int hostkey_blob_fingerprint(const uint8_t *blob, size_t len, char out[HOSTKEY_FINGERPRINT_MAX],
	struct error *error) MUST_CHECK;

/* The line of the public key with that blob. */
void hostkey_blob_format(const uint8_t blob[PUBLIC_BLOB_SIZE], char out[HOSTKEY_PUBLIC_MAX]);
