/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The .auth form of a signed Secure Boot variable update: EFI_VARIABLE_AUTHENTICATION_2
 * (UEFI 2.10 section 8.2.2) followed by signature lists (section 32.4.1). Checked for form only,
 * before anything is written; the firmware verifies the signature.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/*
 * @data, @len: the whole file. Checks EFI_TIME (its pad fields zero, its date plausible),
 * WIN_CERTIFICATE_UEFI_GUID (revision 0x0200, type 0x0ef1, the PKCS7 GUID, a consistent length,
 * content that is one DER SEQUENCE of that length), and that the rest is signature lists of
 * consistent sizes with at least one signature each, and of the right size for types with a fixed
 * size (hashes). More than EFI_DATA_MAX is refused too.
 * -EINVAL with a text that names the fault and its offset.
 */
int efi_auth_check(const void *data, size_t len, struct error *error) MUST_CHECK;

#define EFI_TIME_SIZE 16

/* The parts of a signed update. Views. */
struct efi_auth {
	const uint8_t *time;      /* EFI_TIME_SIZE bytes: what the signature covers, too */
	const uint8_t *signature; /* PKCS #7 SignedData, in DER */
	size_t signature_len;
	const uint8_t *lists; /* the signature lists: the variable's value */
	size_t lists_len;
};

/* The same check; then the parts. */
int efi_auth_parse(
	const void *data, size_t len, struct efi_auth *ret, struct error *error) MUST_CHECK;
