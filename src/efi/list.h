/* SPDX-License-Identifier: BSD-2-Clause */
/* The variables of one vendor whose names begin alike. */
#pragma once

#include "efi/efi.h"

/* The most that are looked at. */
#define EFI_LIST_MAX 64

struct efi_list {
	/* Without the GUID, in the order of strcmp(3). Any bytes but `/` and NUL. */
	char names[EFI_LIST_MAX][EFI_FILE_NAME_MAX];
	size_t n;
	bool more; /* there are others, of which nothing is known */
};

/*
 * Lists the variables of @guid whose names begin with @prefix. A file whose name is longer than
 * that of any variable of stprov is not one of them, and neither is what is not a regular file, nor
 * in efivarfs a file that was created but never written. A negative errno with its text.
 */
int efi_list_read(const struct efi_dir *dir, const char *guid, const char *prefix,
	struct efi_list *ret, struct error *error) MUST_CHECK;

/*
 * Whether @file is `NAME-guid` of such a variable, or without @guid `NAME`; then @ret_name is NAME.
 * Pure.
 */
bool efi_list_match(
	const char *file, const char *guid, const char *prefix, char ret_name[EFI_FILE_NAME_MAX]);
