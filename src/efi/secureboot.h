/* SPDX-License-Identifier: BSD-2-Clause */
/* Secure Boot: Setup Mode, the key variables in one transaction, and the firmware's menu. */
#pragma once

#include "efi/efi.h"

/*
 * The variables of Secure Boot keys, in the order of trust: they are sent, staged, shown and
 * written in this order.
 */
enum efi_sb {
	EFI_SB_PK,
	EFI_SB_KEK,
	EFI_SB_DB,
	EFI_SB_DBX,
	EFI_SB_N,
};

/* What is known of each of them. */
struct efi_sb_variable {
	const struct efi_name *name; /* PK, KEK, db, dbx, with GUID and attributes */
	const char *word;            /* pk, kek, db, dbx: as JSON keys and options spell it */
	bool optional;               /* keys are complete without it */
};

extern const struct efi_sb_variable efi_sb_variables[EFI_SB_N];

/* A .auth file; len 0 with NULL data: not given. Borrowed. */
struct efi_blob {
	const uint8_t *data;
	size_t len;
};

struct efi_secureboot_keys {
	struct efi_blob blobs[EFI_SB_N];
	bool append[EFI_SB_N]; /* it is signed for EFI_VARIABLE_APPEND_WRITE: enrol/enrol.h */
};

/* Positive results of efi_setup_mode(). */
enum {
	EFI_E_USER_MODE = 2, /* SetupMode is 0: keys cannot be set */
	EFI_E_UNKNOWN = 3,   /* SetupMode does not exist or cannot be read: go on with a warning */
};

/*
 * Whether the platform is in Setup Mode (UEFI 2.10 section 3.3): 0 if it is, a positive value
 * above, or -EINVAL for a value that is not one byte of 0 or 1. All results except 0 with a text.
 */
int efi_setup_mode(const struct efi_dir *dir, struct error *error) MUST_CHECK;

/*
 * The value of SetupMode or SecureBoot (UEFI 2.10 section 3.3). EFI_E_ABSENT; -EINVAL if it is not
 * one byte of 0 or 1; another negative errno; with a text.
 */
int efi_read_flag(const struct efi_dir *dir, const struct efi_name *name, bool *ret,
	struct error *error) MUST_CHECK;

/*
 * The signature lists in PK, KEK, db or dbx, for efi_siglist_read(); they were not checked. In a
 * plain directory the variable is the signed update as it was written, and its descriptor is passed
 * over. @ret_data: the caller frees it; @ret_lists is a view into it. EFI_E_ABSENT or a negative
 * errno with its text, as of efi_read().
 */
int efi_secureboot_lists(const struct efi_dir *dir, const struct efi_name *name, uint8_t **ret_data,
	const uint8_t **ret_lists, size_t *ret_len, struct error *error) MUST_CHECK;

/*
 * Writes the variables in the order of trust, so that a wrong chain shows at once; see
 * efi_txn_commit() for what happens when one is refused. The caller has checked efi_auth_check()
 * (where that may be parsed) and efi_setup_mode(). -EINVAL if one that is not
 * optional is not given.
 */
int efi_secureboot_write(const struct efi_dir *dir, const struct efi_secureboot_keys *keys,
	struct error *error) MUST_CHECK;

/* The same as a part of a transaction, which the caller commits. */
int efi_secureboot_add(struct efi_txn *txn, const struct efi_secureboot_keys *keys,
	struct error *error) MUST_CHECK;

/*
 * Asks the firmware to show its menu at the next boot: sets bit 0 of OsIndications and keeps the
 * others (UEFI 2.10 section 8.5.4). An absent variable counts as 0. -EINVAL if it is not 8 bytes.
 */
int efi_request_firmware_menu(const struct efi_dir *dir, struct error *error) MUST_CHECK;
