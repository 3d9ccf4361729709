/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the store for a command that changes it, and claiming it (efi/claim.h). */
#pragma once

#include "efi/claim.h"
#include "store/store.h"

/*
 * As store_open() with STORE_CHANGE, then as efi_claim(), but 0 for EFI_E_UNCLAIMED. Logs a warning
 * for that, and if the store's file system was not unmounted. The caller closes and unclaims also
 * after an error. @ret_busy: whether another command has the store.
 */
int setup_open_store(const struct store_choice *choice, const char *what, struct store *ret_store,
	struct efi_claim *ret_claim, bool *ret_busy, struct error *error) MUST_CHECK;
