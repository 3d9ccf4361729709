/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether signed Secure Boot updates can be enrolled together, before the first one is written.
 *
 * PK ends Setup Mode. What the firmware refuses after it leaves a machine half set up, so all that
 * a signature covers (UEFI 2.10 section 8.2.2: name, GUID, attributes, time and value) is verified
 * here first, against the keys that are being enrolled. Foreign bytes are parsed: only on the
 * laptop, and in the locked-in session.
 */
#pragma once

#include "efi/secureboot.h"

/*
 * @io_keys: PK, KEK and db, and dbx if there is one. Checked: the form (efi_auth_check()); PK holds
 * one certificate and is signed by it; KEK is signed by PK; db and dbx are signed by a certificate
 * of KEK (section 32.3); each signature is of this variable, to be set or to be appended to; PK is
 * not to be appended to. Dates of certificates do not count, as in firmware.
 *
 * 0, and io_keys->append says which of them are to be appended; -EINVAL with one sentence that
 * begins with the variable's name: `KEK: it is signed by CN=.., which is not the PK`; *ret_which:
 * the variable.
 */
int enrol_check(struct efi_secureboot_keys *io_keys, enum efi_sb *ret_which,
	struct error *error) MUST_CHECK;

/* Whether an image starts with Secure Boot on, once the keys are enrolled. */
enum enrol_boot {
	ENROL_BOOT_UNKNOWN, /* only its own signature can tell */
	ENROL_BOOT_YES,     /* its hash is in db, and not in dbx */
	ENROL_BOOT_NO,      /* its hash is in dbx; or it is not in db, and db has no certificate */
	ENROL_BOOT_N,
};

/* SHA-256, as the firmware's boot log has it (Authenticode). */
#define ENROL_DIGEST_SIZE 32

/*
 * @keys: checked by enrol_check(). @digests: of the boot applications that the firmware started,
 * of which the image is one; @n may be 0.
 */
enum enrol_boot enrol_would_boot(const struct efi_secureboot_keys *keys,
	const uint8_t (*digests)[ENROL_DIGEST_SIZE], size_t n);
