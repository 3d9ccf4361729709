/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside efi/ only: what a directory of variables says of itself before it is written to. */
#pragma once

#include "efi/efi.h"

/* How long one stprov waits for another that writes to the same directory. */
#define EFI_LOCK_WAIT_MS 5000

/*
 * Takes the directory for this process: two that write the same variables would each put back
 * what the other wrote. The descriptor holds the lock and the caller closes it. -EBUSY with its
 * text when another process keeps it for EFI_LOCK_WAIT_MS. On a file system that knows no locks
 * there is none to take: @ret_fd is then -1.
 */
int efi_dir_lock(const struct efi_dir *dir, int *ret_fd, struct error *error) MUST_CHECK;

/* Room in a directory of variables. */
struct efi_room {
	bool read_only; /* mounted so */
	bool known;     /* false: neither the kernel nor the firmware says */
	uint64_t total; /* bytes */
	uint64_t bytes; /* that may still be written */
	uint64_t unit;  /* each file takes whole ones of this */
};

int efi_dir_room(const struct efi_dir *dir, struct efi_room *ret, struct error *error) MUST_CHECK;
/* The same for who is going to change it: -EROFS with its text if it is mounted read-only. */
int efi_dir_room_for_change(
	const struct efi_dir *dir, struct efi_room *ret, struct error *error) MUST_CHECK;
