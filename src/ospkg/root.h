/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root directory of the OS package: files are read and written below its descriptor, and no
 * symbolic link is followed. A path is relative to it, as in `etc/hostname`.
 *
 * A file is written as a temporary one of a fixed name beside it, synced and renamed, so a power
 * cut leaves the old file or the new one. The next write removes a temporary file that was left.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct ospkg_root {
	int fd;
	int lock_fd;    /* -1: none */
	bool is_system; /* it is the root of this process */
	char path[256];
};

#define OSPKG_ROOT_INIT ((struct ospkg_root){ .fd = -1, .lock_fd = -1 })

/* Positive results. */
enum {
	OSPKG_E_ABSENT = 1, /* there is no such file, or no directory of it; without a text */
};

/* A negative errno with its text. */
int ospkg_root_open(const char *path, struct ospkg_root *ret, struct error *error) MUST_CHECK;
void ospkg_root_close(struct ospkg_root *root);
#define _cleanup_ospkg_root_ _cleanup_(ospkg_root_close)

/*
 * Waits until no other process has it, which writes to the same root; freed with the root. The lock
 * is on run/stprov, which other users cannot open. -EBUSY with its text after a few seconds.
 */
int ospkg_root_lock(struct ospkg_root *root, struct error *error) MUST_CHECK;

/*
 * Reads a regular file of at most @limit bytes; the caller wipes and frees @ret_data, which a NUL
 * follows. OSPKG_E_ABSENT; -ELOOP where the path has a symbolic link, -EISDIR for what is not a
 * regular file, and other errors, with a text that names the path.
 */
int ospkg_root_read(const struct ospkg_root *root, const char *path, size_t limit,
	uint8_t **ret_data, size_t *ret_len, struct error *error) MUST_CHECK;

/*
 * Makes a file have these bytes and this mode, and this process's user as its owner. One that has
 * them already is not touched, and *ret_changed is false. Missing directories are made: 0700 below
 * run/, otherwise 0755. -EEXIST for a symbolic link, directory or the like in its place, which
 * stays; other errors; with a text that names the path.
 */
int ospkg_root_put(const struct ospkg_root *root, const char *path, const void *data, size_t len,
	unsigned mode, bool *ret_changed, struct error *error) MUST_CHECK;

/* Removes a file or symbolic link. One that is not there is not an error. */
int ospkg_root_remove(const struct ospkg_root *root, const char *path, bool *ret_changed,
	struct error *error) MUST_CHECK;

/*
 * Removes the files of a directory whose names @match wants. *ret_n: their number. A missing
 * directory has none.
 */
int ospkg_root_remove_matching(const struct ospkg_root *root, const char *directory,
	bool (*match)(const char *name), size_t *ret_n, struct error *error) MUST_CHECK;
