/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside efi/ only: safe writing and deleting of one variable, in efivarfs or a plain directory. */
#pragma once

#include "efi/variable.h"

/*
 * Replaces or creates the file atomically: on failure it has the old content. Does not read back. A
 * negative errno with a text that names the remedy.
 */
int efi_store_write(const struct efi_dir *dir, const struct efi_name *name,
	const struct efi_raw *raw, struct error *error) MUST_CHECK;

/* Removes the variable, which need not exist. */
int efi_store_delete(
	const struct efi_dir *dir, const struct efi_name *name, struct error *error) MUST_CHECK;

/* Removes the files that a crash during efi_store_write() left, of any variable. */
void efi_store_sweep(const struct efi_dir *dir);
