/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside efi/ only: writing and deleting one variable, safely, in efivarfs or a plain directory. */
#pragma once

#include "efi/variable.h"

/*
 * Replaces or creates the file. Either the whole new content is there afterwards or, on failure,
 * the old one. Does not read back. A negative errno with a text that says what to do.
 */
int efi_store_write(const struct efi_dir *dir, const struct efi_name *name,
	const struct efi_raw *raw, struct error *error) MUST_CHECK;

/* Removes the variable; one that does not exist is fine. */
int efi_store_delete(
	const struct efi_dir *dir, const struct efi_name *name, struct error *error) MUST_CHECK;

/* Removes what a crash in the middle of efi_store_write() left, of any variable. */
void efi_store_sweep(const struct efi_dir *dir);
