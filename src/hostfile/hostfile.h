/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files for the OS package, such as authorized keys: how they are called, which names are refused,
 * and the form in which a variable holds one (docs/efi-variables.md). Pure, except the list.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "crypto/gcm.h"
#include "efi/efi.h"
#include "efi/list.h"

/* Longest name, with its NUL. */
#define HOSTFILE_NAME_MAX 41
/* Bytes of one file, at least 1; the number of files, and their bytes together. */
#define HOSTFILE_DATA_MAX 4096
#define HOSTFILE_FILES_MAX 16
#define HOSTFILE_TOTAL_MAX (32 * 1024)

/* The variable of a file is STFile-NAME. */
#define HOSTFILE_PREFIX "STFile-"

/* The only name of systemd's that is not refused. */
#define HOSTFILE_ROOT_KEYS "ssh.authorized_keys.root"

/*
 * NULL, or why the @len bytes of @name are not the name of a file: 1 to 40 of a-z 0-9 . - _ that
 * begin with a letter or digit, and not one with which systemd runs code or sets passwords or keys
 * (systemd.system-credentials(7)), except HOSTFILE_ROOT_KEYS. As in `it is empty`.
 */
const char *hostfile_reason_against(const char *name, size_t len);

/* The variable of a file. Not to be copied: @efi points into it. */
struct hostfile_variable {
	char name[sizeof(HOSTFILE_PREFIX) + HOSTFILE_NAME_MAX];
	struct efi_name efi;
};

/* @name: one that hostfile_reason_against() has nothing against. */
void hostfile_variable(const char *name, struct hostfile_variable *ret);

/*
 * What the console and the laptop show beside a file that is sent: 8 hex digits of HMAC-SHA256 of
 * name, a NUL and data, under the binding of the connection (tls_export_binding()). A plain hash of
 * a password on a console that others read could be guessed at.
 */
#define HOSTFILE_BINDING_SIZE 32
#define HOSTFILE_MAC_MAX 9
int hostfile_mac(const uint8_t binding[HOSTFILE_BINDING_SIZE], const char *name, const void *data,
	size_t len, char out[HOSTFILE_MAC_MAX], struct error *error) MUST_CHECK;

/* The first byte of the variable. */
enum hostfile_format {
	HOSTFILE_PLAIN = 0,     /* the rest is the file */
	HOSTFILE_ENCRYPTED = 1, /* the rest is the file, sealed with the host key */
};

/*
 * Takes the data of a variable apart; @ret_data is a view into it. Of an encrypted one these are
 * the encrypted bytes, whose number has no limit here. -EINVAL with a text: no format, an unknown
 * one, a plain file of 0 bytes or more than HOSTFILE_DATA_MAX.
 */
int hostfile_decode(const uint8_t *bytes, size_t len, enum hostfile_format *ret_format,
	const uint8_t **ret_data, size_t *ret_len, struct error *error) MUST_CHECK;

/*
 * The variable's bytes of a file beside a sealed host key: the format, then crypto_gcm_seal() with
 * the variable's name as additional data. @key: HOSTFILE_KEY_SIZE bytes, sealed beside the host
 * key. @out: HOSTFILE_ENCRYPTED_SIZE(@len) bytes. A negative errno with its text.
 */
#define HOSTFILE_KEY_SIZE CRYPTO_GCM_KEY
#define HOSTFILE_ENCRYPTED_SIZE(len) (1 + (len) + CRYPTO_GCM_EXTRA)
int hostfile_encrypt(const uint8_t key[HOSTFILE_KEY_SIZE], const char *name, const void *data,
	size_t len, uint8_t *out, struct error *error) MUST_CHECK;

/*
 * The variables STFile-*, also those whose names are refused: at most EFI_LIST_MAX. A negative
 * errno with its text.
 */
int hostfile_list(const struct efi_dir *dir, struct efi_list *ret, struct error *error) MUST_CHECK;
/* The NAME in the name of such a variable. */
const char *hostfile_name_of(const char *variable);
