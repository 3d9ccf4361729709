/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role that reads the superblock of one block device, and what it says to its parent. Its work
 * is the open device, ROLE_WORK_FD; what is on it may have been written by an enemy.
 */
#pragma once

#include <stdbool.h>

#include "privsep/frame.h"

/* argv[0] of the role, by which main() knows it. */
#define LABEL_ROLE_NAME "stprov-label"

enum label_type {
	/* From the parent. */
	LABEL_START = 1, /* empty */

	/* From the role. */
	LABEL_READY = 16,  /* empty: locked in */
	LABEL_FAILED = 17, /* text: could not be locked in; it ends */
	LABEL_FOUND = 18,  /* struct label_found; once, last */
};

/* Longest type and label, with their NUL; longer ones are cut. */
#define LABEL_TEXT_MAX 32

/* What is on a device. */
struct label_found {
	char type[LABEL_TEXT_MAX];  /* as blkid(8) names it; empty: none, or more than one */
	char label[LABEL_TEXT_MAX]; /* empty: none */
	bool unclean;               /* ext4: its journal has to be recovered (INCOMPAT_RECOVER) */
};

#define LABEL_FOUND_SIZE (2 * LABEL_TEXT_MAX + 1)

/* Encodes into @out. */
void label_encode_found(const struct label_found *found, uint8_t out[LABEL_FOUND_SIZE]);
/* False if the frame is not exactly one of its kind; both texts are made printable. */
bool label_decode_found(const struct frame *frame, struct label_found *ret);

/* The role's main(), for a child of role_start(). Returns the exit code. */
int label_role_main(void);
