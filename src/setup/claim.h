/* SPDX-License-Identifier: BSD-2-Clause */
/* Claiming the store for a command (efi/claim.h), with a warning where that is not possible. */
#pragma once

#include "efi/claim.h"

/* As efi_claim(), but 0 with a logged warning for EFI_E_UNCLAIMED. */
int setup_claim(const struct efi_dir *dir, const char *what, struct efi_claim *ret,
	struct error *error) MUST_CHECK;
