/* SPDX-License-Identifier: BSD-2-Clause */
/* Files below the root directory of the OS package: see root.h. */
#include "ospkg/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"

#define LOCK_PATH "run/stprov/x"
#define LOCK_WAIT_MS 5000
#define LOCK_PAUSE_US 20000

#define TEMP_SUFFIX ".stprov-new"
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
/* For a regular file: a FIFO of that name must not block us. */
#define READ_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

int ospkg_root_open(const char *path, struct ospkg_root *ret, struct error *error)
{
	struct ospkg_root root = OSPKG_ROOT_INIT;
	struct stat here, system;
	size_t len = strlen(path);
	int r;

	if (len >= sizeof(root.path))
		return error_set(error, -ENAMETOOLONG, "--root: longer than %zu bytes",
			sizeof(root.path) - 1);
	memcpy(root.path, path, len + 1);
	root.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root.fd < 0)
		return error_set_errno(error, -errno, "cannot open directory %s", path);
	if (fstat(root.fd, &here) < 0 || stat("/", &system) < 0) {
		r = -errno;
		close(root.fd);
		return error_set_errno(error, r, "cannot open directory %s", path);
	}
	root.is_system = here.st_dev == system.st_dev && here.st_ino == system.st_ino;
	*ret = root;
	return 0;
}

void ospkg_root_close(struct ospkg_root *root)
{
	cleanup_close(&root->fd);
	cleanup_close(&root->lock_fd);
	*root = OSPKG_ROOT_INIT;
}

/* The mode of a directory that is made, whose path begins with @path and has @len bytes. */
static mode_t directory_mode(const char *path, size_t len)
{
	return len > strlen("run") && strncmp(path, "run/", strlen("run/")) == 0 ? 0700 : 0755;
}

/* Opens a directory in another one; if @make it is made when it is missing. */
static int step_into(int fd, const char *path, size_t from, size_t end, bool make)
{
	char name[NAME_MAX + 1];

	if (end - from > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, path + from, end - from);
	name[end - from] = '\0';
	if (make && mkdirat(fd, name, directory_mode(path, end)) < 0 && errno != EEXIST)
		return -errno;
	int next = openat(fd, name, DIRECTORY_FLAGS);
	return next < 0 ? -errno : next;
}

/* The directory of a file. The caller closes it. A negative errno without a text. */
static int open_parent(const struct ospkg_root *root, const char *path, bool make)
{
	_cleanup_close_ int fd = fcntl(root->fd, F_DUPFD_CLOEXEC, 0);
	const char *base = strrchr(path, '/');

	if (fd < 0)
		return -errno;
	for (size_t from = 0, end; base && path + from < base; from = end + 1) {
		end = from + strcspn(path + from, "/");
		int next = step_into(fd, path, from, end, make);
		if (next < 0)
			return next;
		close(fd);
		fd = next;
	}
	return TAKE_FD(fd);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* O_NOFOLLOW with O_DIRECTORY reports a link as ENOTDIR. */
static int cannot(const char *verb, const char *path, int code, struct error *error)
{
	if (code == -ELOOP || code == -ENOTDIR)
		return error_set(error, code,
			"cannot %s %s: a symbolic link or a file is in the place of one of its "
			"directories",
			verb, path);
	return error_set_errno(error, code, "cannot %s %s", verb, path);
}

static int in_the_way(const char *path, int code, struct error *error)
{
	return error_set(error, code,
		"%s is a symbolic link or not a regular file: nothing of it is followed or "
		"replaced",
		path);
}

int ospkg_root_read(const struct ospkg_root *root, const char *path, size_t limit,
	uint8_t **ret_data, size_t *ret_len, struct error *error)
{
	_cleanup_close_ int parent = open_parent(root, path, false), fd = -1;
	struct stat st;

	if (parent == -ENOENT)
		return OSPKG_E_ABSENT;
	if (parent < 0)
		return cannot("read", path, parent, error);
	fd = openat(parent, name_of(path), READ_FLAGS);
	if (fd < 0 && errno == ENOENT)
		return OSPKG_E_ABSENT;
	if (fd < 0 && errno == ELOOP)
		return in_the_way(path, -ELOOP, error);
	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot("read", path, -errno, error);
	if (!S_ISREG(st.st_mode))
		return in_the_way(path, -EISDIR, error);
	return file_read_fd(fd, path, limit, ret_data, ret_len, error);
}

/* 1: the file is as it is to be; 0: it is another or missing; -EEXIST: it is not a file. */
static int is_same(int parent, const char *name, const void *data, size_t len, unsigned mode)
{
	_cleanup_close_ int fd = -1;
	uint8_t *there = NULL;
	struct error ignored;
	struct stat st;
	size_t n = 0;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(st.st_mode))
		return -EEXIST;
	if ((st.st_mode & 07777) != mode || st.st_uid != geteuid() || (size_t)st.st_size != len)
		return 0;
	fd = openat(parent, name, READ_FLAGS);
	if (fd < 0 || file_read_fd(fd, name, len, &there, &n, &ignored) < 0)
		return 0;
	bool same = n == len && memcmp(there, data, len) == 0;
	secret_wipe_bytes(there, n);
	free(there);
	return same;
}

static int write_temp(int parent, const char *temp, const void *data, size_t len, unsigned mode)
{
	const struct file_kind kind = { mode, FILE_ANY_ID, FILE_ANY_ID };

	/* One that a power cut left. */
	if (unlinkat(parent, temp, 0) < 0 && errno != ENOENT)
		return -errno;
	return file_write_new(parent, temp, data, len, &kind);
}

static int replace(int parent, const char *name, const void *data, size_t len, unsigned mode)
{
	char temp[NAME_MAX + 1];
	int n = snprintf(temp, sizeof(temp), ".%s" TEMP_SUFFIX, name);

	if (n < 0 || (size_t)n >= sizeof(temp))
		return -ENAMETOOLONG;
	int r = write_temp(parent, temp, data, len, mode);
	if (r == 0 && renameat(parent, temp, parent, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)!unlinkat(parent, temp, 0);
		return r;
	}
	/* File systems that cannot sync a directory write it in their own time. */
	return fsync(parent) < 0 && errno != EINVAL ? -errno : 0;
}

int ospkg_root_put(const struct ospkg_root *root, const char *path, const void *data, size_t len,
	unsigned mode, bool *ret_changed, struct error *error)
{
	_cleanup_close_ int parent = open_parent(root, path, true);

	if (parent < 0)
		return cannot("write", path, parent, error);
	int r = is_same(parent, name_of(path), data, len, mode);
	if (r == -EEXIST)
		return in_the_way(path, r, error);
	if (r == 0) {
		r = replace(parent, name_of(path), data, len, mode);
		*ret_changed = r == 0;
	} else if (r == 1) {
		*ret_changed = false;
		r = 0;
	}
	return r < 0 ? cannot("write", path, r, error) : 0;
}

int ospkg_root_remove(
	const struct ospkg_root *root, const char *path, bool *ret_changed, struct error *error)
{
	_cleanup_close_ int parent = open_parent(root, path, false);

	if (parent == -ENOENT) {
		*ret_changed = false;
		return 0;
	}
	if (parent < 0)
		return cannot("remove", path, parent, error);
	int r = unlinkat(parent, name_of(path), 0) < 0 ? -errno : 0;
	if (r < 0 && r != -ENOENT)
		return error_set_errno(error, r, "cannot remove %s", path);
	*ret_changed = r == 0;
	return 0;
}

static int remove_entries(DIR *stream, const char *directory, bool (*match)(const char *name),
	size_t *ret_n, struct error *error)
{
	struct dirent *entry;
	size_t n = 0;

	for (errno = 0; (entry = readdir(stream)); errno = 0) {
		if (!match(entry->d_name))
			continue;
		if (unlinkat(dirfd(stream), entry->d_name, 0) < 0)
			return error_set_errno(
				error, -errno, "cannot remove %s/%s", directory, entry->d_name);
		n++;
	}
	if (errno != 0)
		return error_set_errno(error, -errno, "cannot list %s", directory);
	*ret_n = n;
	return 0;
}

int ospkg_root_remove_matching(const struct ospkg_root *root, const char *directory,
	bool (*match)(const char *name), size_t *ret_n, struct error *error)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/.", directory);
	int fd = open_parent(root, path, false);
	if (fd == -ENOENT) {
		*ret_n = 0;
		return 0;
	}
	if (fd < 0)
		return cannot("list", directory, fd, error);
	DIR *stream = fdopendir(fd);
	if (!stream) {
		int r = -errno;
		close(fd);
		return error_set_errno(error, r, "cannot list %s", directory);
	}
	int r = remove_entries(stream, directory, match, ret_n, error);
	closedir(stream);
	return r;
}

int ospkg_root_lock(struct ospkg_root *root, struct error *error)
{
	int64_t deadline = clock_now_ms() + LOCK_WAIT_MS;
	_cleanup_close_ int fd = open_parent(root, LOCK_PATH, true);

	if (fd < 0)
		return cannot("make", "run/stprov", fd, error);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_set_errno(error, -errno, "cannot lock run/stprov");
		if (clock_until(deadline) == 0)
			return error_set(error, -EBUSY,
				"another stprov host apply is writing to %s: wait for it to end, "
				"or end it",
				root->path);
		usleep(LOCK_PAUSE_US);
	}
	root->lock_fd = TAKE_FD(fd);
	return 0;
}
