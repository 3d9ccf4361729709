/* SPDX-License-Identifier: BSD-2-Clause */
/* The same by POSIX alone: see descriptor.h. */
#include <errno.h>
#include <fcntl.h>

#include "base/descriptor.h"
#include "base/text.h"

static int close_by_exec(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

static int close_both_by_exec(int fds[2])
{
	int r = close_by_exec(fds[0]);

	if (r == 0)
		r = close_by_exec(fds[1]);
	if (r < 0) {
		close(fds[0]);
		close(fds[1]);
	}
	return r;
}

int descriptor_pipe(int ret_fds[2])
{
	return pipe(ret_fds) < 0 ? -errno : close_both_by_exec(ret_fds);
}

/* SOCK_SEQPACKET is not on every system. */
int descriptor_pair(int ret_fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ret_fds) < 0)
		return -errno;
	return close_both_by_exec(ret_fds);
}

int descriptor_socket(int family, int type, int protocol)
{
	_cleanup_close_ int fd = socket(family, type, protocol);

	if (fd < 0)
		return -errno;
	int r = close_by_exec(fd);
	if (r == 0)
		r = descriptor_set_nonblocking(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

int descriptor_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int descriptor_temporary(void)
{
	const char *dir = getenv("TMPDIR");
	_cleanup_free_ char *path = text_new("%s/stprov-XXXXXX", dir && dir[0] ? dir : "/tmp");

	if (!path)
		return -ENOMEM;
	_cleanup_close_ int fd = mkstemp(path);
	if (fd < 0 || unlink(path) < 0)
		return -errno;
	int r = close_by_exec(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

/* Makes the socket non-blocking for the time of one call; the flags to set again. */
static int begin(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && !(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	return flags;
}

static ssize_t end(int fd, int flags, ssize_t n)
{
	int code = errno;

	if (!(flags & O_NONBLOCK))
		(void)fcntl(fd, F_SETFL, flags);
	errno = code;
	return n;
}

ssize_t descriptor_send_now(int fd, const void *bytes, size_t len)
{
	int flags = begin(fd);

	return flags < 0 ? -1 : end(fd, flags, send(fd, bytes, len, MSG_NOSIGNAL));
}

ssize_t descriptor_recv_now(int fd, void *bytes, size_t len)
{
	int flags = begin(fd);

	return flags < 0 ? -1 : end(fd, flags, recv(fd, bytes, len, 0));
}

int descriptor_reopen(int fd)
{
	(void)fd;
	return -EOPNOTSUPP;
}
