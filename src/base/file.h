/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files and descriptors, bounded and without surprises by signals. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Reads a regular file or variable below @dir_fd (or AT_FDCWD) to its end. EINTR is retried.
 * @limit: in bytes; a larger file is -EFBIG.
 * @ret_data: the caller frees it; a NUL follows that @ret_len does not count.
 * A negative errno with its text, which names @path.
 */
int file_read(int dir_fd, const char *path, size_t limit, uint8_t **ret_data, size_t *ret_len,
	struct error *error) MUST_CHECK;

/* The same from an open descriptor, which stays open; @name is for the error's text. */
int file_read_fd(int fd, const char *name, size_t limit, uint8_t **ret_data, size_t *ret_len,
	struct error *error) MUST_CHECK;

/*
 * Replaces or creates a file atomically: a temporary file beside it is written, synced and renamed.
 * On failure the old file is unchanged and the temporary one is removed. A symbolic link of that
 * name is itself replaced. @mode: of the file, independent of the umask.
 * A negative errno with its text, which names @path.
 */
int file_replace(int dir_fd, const char *path, const void *data, size_t len, unsigned mode,
	struct error *error) MUST_CHECK;

/* Attributes that a new file gets from the file that it replaces. */
#define FILE_ANY_ID ((id_t)-1) /* attributes of a file without a predecessor */
struct file_kind {
	unsigned mode;
	uid_t uid;
	gid_t gid;
};

/*
 * Creates a file below @dir_fd, whole and on the disk; its name is not synced. No link is followed.
 * A negative errno without a text (-EEXIST: there is one), after which a part of it may be there.
 */
int file_write_new(int dir_fd, const char *path, const void *data, size_t len,
	const struct file_kind *kind) MUST_CHECK;

/* As file_replace(), with an owner. A failed change of the owner is an error. */
int file_replace_as(int dir_fd, const char *path, const void *data, size_t len,
	const struct file_kind *kind, struct error *error) MUST_CHECK;

/*
 * Whether file_replace_as() would likely succeed: creates the temporary file and removes it again.
 * To be called before something that cannot be undone.
 */
int file_check_replace_as(
	int dir_fd, const char *path, const struct file_kind *kind, struct error *error) MUST_CHECK;
