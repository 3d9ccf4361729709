/* SPDX-License-Identifier: BSD-2-Clause */
/* The usage and free space of a directory of variables: of NVRAM, if it is efivarfs. */
#pragma once

#include "efi/efi.h"

/* The number of largest variables that are listed. */
#define EFI_USAGE_LARGEST 5
/* Longest file name, with its NUL (NAME_MAX). */
#define EFI_USAGE_NAME_MAX 256

struct efi_usage_file {
	char name[EFI_USAGE_NAME_MAX]; /* of the file; any bytes but `/` and NUL */
	uint64_t bytes;                /* attributes and data */
};

struct efi_usage {
	bool read_only;  /* mounted so */
	bool room_known; /* false: neither the kernel nor the firmware says */
	uint64_t total_bytes, free_bytes;
	/* All regular files. In NVRAM a variable also occupies its name and a header. */
	size_t variables;
	uint64_t variables_bytes;
	struct efi_usage_file largest[EFI_USAGE_LARGEST]; /* largest first */
	size_t largest_n;
	/* Crash dumps of the kernel (dump-type0-*) among them. */
	size_t dumps;
	uint64_t dumps_bytes;
};

/* Needs only permission to list the directory. A negative errno with its text. */
int efi_usage_read(
	const struct efi_dir *dir, struct efi_usage *ret, struct error *error) MUST_CHECK;
