/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files: see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/text.h"

/* Initial size, enough for all of stprov's own files; the buffer doubles if needed. */
#define FILE_FIRST_READ 4096

static int file_read_some(int fd, void *buf, size_t len, size_t *ret_n)
{
	for (;;) {
		ssize_t n = read(fd, buf, len);
		if (n >= 0) {
			*ret_n = (size_t)n;
			return 0;
		}
		if (errno != EINTR)
			return -errno;
		/* efivarfs returns EINTR when it limits a reader's rate: pause before the next try.
		 */
		(void)poll(NULL, 0, 1);
	}
}

int file_read_fd(int fd, const char *name, size_t limit, uint8_t **ret_data, size_t *ret_len,
	struct error *error)
{
	size_t cap = MIN((size_t)FILE_FIRST_READ, limit + 1), len = 0, n = 0;
	_cleanup_free_ uint8_t *data = malloc(cap + 1);
	int r;

	for (;;) {
		if (!data)
			return error_set_errno(error, -ENOMEM, "%s", name);
		r = file_read_some(fd, data + len, cap - len, &n);
		if (r < 0)
			return error_set_errno(error, r, "%s", name);
		if (n == 0)
			break;
		len += n;
		if (len > limit)
			return error_set(error, -EFBIG, "%s: larger than %zu bytes", name, limit);
		if (len < cap)
			continue;
		cap = MIN(cap * 2, limit + 1);
		uint8_t *more = realloc(data, cap + 1);
		if (!more)
			return error_set_errno(error, -ENOMEM, "%s", name);
		data = more;
	}
	data[len] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_len = len;
	return 0;
}

int file_read(int dir_fd, const char *path, size_t limit, uint8_t **ret_data, size_t *ret_len,
	struct error *error)
{
	_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_set_errno(error, -errno, "%s", path);
	return file_read_fd(fd, path, limit, ret_data, ret_len, error);
}

static int file_write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Only the owner may read the file before its mode and owner are set. */
static int file_set_kind(int fd, const struct file_kind *kind)
{
	if ((kind->uid != FILE_ANY_ID || kind->gid != FILE_ANY_ID) &&
		fchown(fd, kind->uid, kind->gid) < 0)
		return -errno;
	return fchmod(fd, kind->mode) < 0 ? -errno : 0;
}

int file_write_new(
	int dir_fd, const char *path, const void *data, size_t len, const struct file_kind *kind)
{
	_cleanup_close_ int fd =
		openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int r = file_write_all(fd, data, len);
	if (r == 0)
		r = file_set_kind(fd, kind);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* Writes the temporary file beside @path. On failure it is removed. */
static int file_write_temp(int dir_fd, const char *path, const void *data, size_t len,
	const struct file_kind *kind, char **ret_temp)
{
	_cleanup_free_ char *temp = text_new("%s.%d.new", path, (int)getpid());

	if (!temp)
		return -ENOMEM;
	/* A file left by a process that had our process ID and was killed. */
	(void)unlinkat(dir_fd, temp, 0);
	int r = file_write_new(dir_fd, temp, data, len, kind);
	if (r < 0) {
		if (r != -EEXIST)
			(void)unlinkat(dir_fd, temp, 0);
		return r;
	}
	*ret_temp = TAKE_PTR(temp);
	return 0;
}

int file_replace_as(int dir_fd, const char *path, const void *data, size_t len,
	const struct file_kind *kind, struct error *error)
{
	_cleanup_free_ char *temp = NULL;
	int r = file_write_temp(dir_fd, path, data, len, kind, &temp);

	if (r == 0 && renameat(dir_fd, temp, dir_fd, path) < 0) {
		r = -errno;
		(void)unlinkat(dir_fd, temp, 0);
	}
	return r < 0 ? error_set_errno(error, r, "%s", path) : 0;
}

int file_replace(int dir_fd, const char *path, const void *data, size_t len, unsigned mode,
	struct error *error)
{
	const struct file_kind kind = { mode, FILE_ANY_ID, FILE_ANY_ID };

	return file_replace_as(dir_fd, path, data, len, &kind, error);
}

int file_check_replace_as(
	int dir_fd, const char *path, const struct file_kind *kind, struct error *error)
{
	_cleanup_free_ char *temp = NULL;
	int r = file_write_temp(dir_fd, path, "", 0, kind, &temp);

	if (r < 0)
		return error_set_errno(error, r, "%s", path);
	(void)unlinkat(dir_fd, temp, 0);
	return 0;
}
