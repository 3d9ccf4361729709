/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One command at a time on a store: `static`, `dhcp`, `run` and `clear` hold a claim from before
 * they read a variable until after their last write. (The lock of a transaction, in dir.h, is held
 * for a write only, and by a lock on the directory itself, which any user may take.)
 *
 * A claim is a locked file in CLAIM_DIR, named after the store's device and inode, with one line
 * each for the command, its process and its terminal. The kernel frees the lock of a process that
 * died.
 */
#pragma once

#include "efi/efi.h"

/* 0700, so that other users cannot hold a claim in it. */
#define CLAIM_DIR "/run/stprov"

struct efi_claim {
	int fd;
	char path[224];
};

#define EFI_CLAIM_INIT ((struct efi_claim){ .fd = -1 })

/* Positive results. */
enum {
	/* No directory for claims could be made: the command goes on without; with a text. */
	EFI_E_UNCLAIMED = 32,
};

/*
 * Claims the store for @what, as in `stprov remote run is waiting`. -EBUSY if another command has
 * it, with the text `WHAT on tty1, process 123`.
 *
 * Where CLAIM_DIR cannot be made or used (not root), it is `stprov` in $XDG_RUNTIME_DIR; without
 * that EFI_E_UNCLAIMED. Claims of root and of a user do not exclude each other, but only root
 * writes to root's store.
 */
int efi_claim(const struct efi_dir *dir, const char *what, struct efi_claim *ret,
	struct error *error) MUST_CHECK;
/* Also removes the file. */
void efi_unclaim(struct efi_claim *claim);
#define _cleanup_efi_claim_ _cleanup_(efi_unclaim)
