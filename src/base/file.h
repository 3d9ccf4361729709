/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files and descriptors, bounded and without surprises by signals. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Reads a regular file or variable below @dir_fd (or AT_FDCWD) to its end. EINTR is retried.
 * @limit: the most that is taken, in bytes; a larger file is -EFBIG.
 * @ret_data: the caller frees it; it has a NUL behind it that @ret_len does not count.
 * A negative errno with its text, which names @path.
 */
int file_read(int dir_fd, const char *path, size_t limit, uint8_t **ret_data, size_t *ret_len,
	struct error *error) MUST_CHECK;

/* The same from an open descriptor, which stays open; @name is for the error's text. */
int file_read_fd(int fd, const char *name, size_t limit, uint8_t **ret_data, size_t *ret_len,
	struct error *error) MUST_CHECK;

/*
 * Replaces a file, or makes it, as a whole: a temporary one beside it is written, brought to the
 * disk and renamed. When it fails, what was there is as it was and nothing else is left. A
 * symbolic link of that name is itself replaced. @mode: of the file, whatever the umask.
 * A negative errno with its text, which names @path.
 */
int file_replace(int dir_fd, const char *path, const void *data, size_t len, unsigned mode,
	struct error *error) MUST_CHECK;

/* What a new file is to have of the one whose place it takes. */
#define FILE_ANY_ID ((id_t)-1) /* what a new file gets by itself */
struct file_kind {
	unsigned mode;
	uid_t uid;
	gid_t gid;
};

/* The same, with an owner; that it cannot be given away is an error like any other. */
int file_replace_as(int dir_fd, const char *path, const void *data, size_t len,
	const struct file_kind *kind, struct error *error) MUST_CHECK;

/*
 * Whether file_replace_as() would likely succeed: makes the temporary file, and takes it away
 * again. For finding out before something that cannot be undone.
 */
int file_check_replace_as(
	int dir_fd, const char *path, const struct file_kind *kind, struct error *error) MUST_CHECK;
