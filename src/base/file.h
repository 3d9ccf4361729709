/* Whole files and descriptors, bounded and without surprises by signals. */
#pragma once

#include <stdint.h>

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
