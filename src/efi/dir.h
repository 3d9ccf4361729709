/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside efi/ only: lock and free space of a directory of variables, before a write. */
#pragma once

#include "efi/efi.h"

/* How long stprov waits for another stprov that writes to the same directory. */
#define EFI_LOCK_WAIT_MS 5000

/*
 * Locks the directory for this process: two processes that write the same variables would each
 * restore over the other's writes. The descriptor holds the lock and the caller closes it. -EBUSY
 * with its text if another process keeps the lock for EFI_LOCK_WAIT_MS. On a file system without
 * locks @ret_fd is -1.
 */
int efi_dir_lock(const struct efi_dir *dir, int *ret_fd, struct error *error) MUST_CHECK;

/* Free space in a directory of variables. */
struct efi_room {
	bool read_only; /* mounted so */
	bool known;     /* false: neither the kernel nor the firmware says */
	uint64_t total; /* bytes */
	uint64_t bytes; /* free for writing */
	uint64_t unit;  /* a file occupies a multiple of this */
};

int efi_dir_room(const struct efi_dir *dir, struct efi_room *ret, struct error *error) MUST_CHECK;
/* The same before a change: -EROFS with its text if the directory is mounted read-only. */
int efi_dir_room_for_change(
	const struct efi_dir *dir, struct efi_room *ret, struct error *error) MUST_CHECK;
