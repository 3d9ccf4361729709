/* SPDX-License-Identifier: BSD-2-Clause */
/* What a directory of variables holds, and how much room is left: NVRAM, where it is efivarfs. */
#pragma once

#include "efi/efi.h"

/* How many of the largest variables are named. */
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
	/* All regular files. What a variable takes in NVRAM is more: its name, and a header. */
	size_t variables;
	uint64_t variables_bytes;
	struct efi_usage_file largest[EFI_USAGE_LARGEST]; /* largest first */
	size_t largest_n;
	/* Crash dumps of the kernel (dump-type0-*) among them. */
	size_t dumps;
	uint64_t dumps_bytes;
};

/* Looks; needs no more than permission to list the directory. A negative errno with its text. */
int efi_usage_read(
	const struct efi_dir *dir, struct efi_usage *ret, struct error *error) MUST_CHECK;
