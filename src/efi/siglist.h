/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signature lists (EFI_SIGNATURE_LIST, UEFI 2.10 section 32.4.1): the content of PK, KEK, db and
 * dbx, and the part of a .auth file after the descriptor. Pure and bounded; certificates in them
 * are not parsed here.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

#define EFI_GUID_SIZE 16
/* `d719b2cb-3d3a-4596-a3bc-dad00e67656f` and its NUL. */
#define EFI_GUID_TEXT_MAX 37

/* Lower case; the bytes as EFI_GUID has them, the first three fields little endian. */
void efi_guid_format(const uint8_t guid[EFI_GUID_SIZE], char out[EFI_GUID_TEXT_MAX]);
/* The same way back, of a text that efi_guid_format() may have written. */
void efi_guid_parse(const char *text, uint8_t ret[EFI_GUID_SIZE]);

/* Positive results of efi_siglist_read(). */
enum {
	EFI_E_END = 4, /* there is no further list */
};

/* The kind of signatures in a list. */
enum efi_signature_kind {
	EFI_SIGNATURE_OTHER,
	EFI_SIGNATURE_X509, /* a certificate in DER */
	EFI_SIGNATURE_HASH, /* a hash of a program (SHA-256, SHA-384, SHA-512) */
};

/* One list: @n consecutive signatures of @size bytes each. Views. */
struct efi_siglist {
	enum efi_signature_kind kind;
	const uint8_t *signatures;
	size_t n, size;
};

/* The fault in words, and its offset in bytes from the beginning of the list. */
struct efi_siglist_fault {
	const char *what;
	size_t offset;
};

/*
 * Reads the next list from @r, of which it is a view. 0; EFI_E_END; -EINVAL with *ret_fault if
 * sizes are inconsistent or do not match the type. A list without signatures is valid: n is 0.
 */
int efi_siglist_read(struct bytes_reader *r, struct efi_siglist *ret,
	struct efi_siglist_fault *ret_fault) MUST_CHECK;

struct efi_signature {
	const uint8_t *owner; /* GUID of the owner */
	const uint8_t *data;  /* certificate or hash */
	size_t len;
};

/* The signature number @index, from 0 and below @list->n. Views. */
struct efi_signature efi_siglist_get(const struct efi_siglist *list, size_t index);
