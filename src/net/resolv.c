/* SPDX-License-Identifier: BSD-2-Clause */
/* /etc/resolv.conf: see resolv.h. */
#include "net/resolv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

/* Where it is written in place, the old file is kept in memory: larger ones are left alone. */
#define OLD_MAX 65536
#define MODE 0644

static const char head[] = "# Written by stprov.\n";

const char *net_resolv_how_text(enum net_resolv_how how)
{
	switch (how) {
	case NET_RESOLV_REPLACED:
		return "written";
	case NET_RESOLV_TARGET_REPLACED:
		return "a symbolic link: the file that it names was written";
	case NET_RESOLV_SYMLINK_REPLACED:
		return "a symbolic link to nothing: replaced by a file";
	case NET_RESOLV_IN_PLACE:
		return "a mount point or in a read-only directory: written in place";
	}
	return "unknown";
}

int net_resolv_format(const struct net_addr *servers, size_t n, char out[NET_RESOLV_TEXT_MAX])
{
	size_t len = (size_t)sprintf(out, "%s", head);

	_Static_assert(sizeof(head) + NET_RESOLV_SERVERS_MAX *
					       (sizeof("nameserver \n") + NET_ADDR_TEXT_MAX) <=
			       NET_RESOLV_TEXT_MAX,
		"all servers fit");
	if (n > NET_RESOLV_SERVERS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		char text[NET_ADDR_TEXT_MAX];
		net_addr_format(&servers[i], text);
		len += (size_t)sprintf(out + len, "nameserver %s\n", text);
	}
	return 0;
}

/* All of it at the file's start, and nothing after it. */
static int overwrite_resolv(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, p + done, len - done, (off_t)done);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return ftruncate(fd, (off_t)len) < 0 ? -errno : 0;
}

static int write_resolv_in_place(const char *path, const char *text, struct error *error)
{
	_cleanup_free_ uint8_t *old = NULL;
	struct stat st;
	size_t old_len;

	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(error, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(error, -EINVAL, "%s: not a file", path);
	int r = file_read_fd(fd, path, OLD_MAX, &old, &old_len, error);
	if (r < 0)
		return r;
	r = overwrite_resolv(fd, text, strlen(text));
	if (r < 0 && overwrite_resolv(fd, old, old_len) < 0)
		return error_set_errno(
			error, r, "%s: writing failed, and the file is damaged", path);
	return r < 0 ? error_set_errno(error, r, "%s", path) : 0;
}

/* What a new file cannot replace, and what could still be written as it is. */
static bool is_worth_in_place(int r)
{
	return r == -EBUSY || r == -EXDEV || r == -EROFS || r == -EACCES || r == -EPERM;
}

int net_resolv_write(const char *path, const struct net_addr *servers, size_t n,
	enum net_resolv_how *ret_how, struct error *error)
{
	_cleanup_free_ char *target = realpath(path, NULL);
	enum net_resolv_how how = NET_RESOLV_REPLACED;
	char text[NET_RESOLV_TEXT_MAX];
	struct stat st;

	int r = net_resolv_format(servers, n, text);
	if (r < 0)
		return error_set(
			error, r, "%s: more than %d servers", path, NET_RESOLV_SERVERS_MAX);
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		how = target ? NET_RESOLV_TARGET_REPLACED : NET_RESOLV_SYMLINK_REPLACED;
	else if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(error, -EINVAL, "%s: not a file", path);
	const char *file = how == NET_RESOLV_TARGET_REPLACED ? target : path;
	r = file_replace(AT_FDCWD, file, text, strlen(text), MODE, error);
	if (is_worth_in_place(r)) {
		struct error in_place;
		how = NET_RESOLV_IN_PLACE;
		if (write_resolv_in_place(file, text, &in_place) == 0)
			r = 0;
	}
	if (r == 0)
		*ret_how = how;
	return r;
}
