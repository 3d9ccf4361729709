/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors with Linux's flags: see descriptor.h. */
#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

int descriptor_pipe(int ret_fds[2])
{
	return pipe2(ret_fds, O_CLOEXEC) < 0 ? -errno : 0;
}

int descriptor_pair(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

int descriptor_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

int descriptor_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int descriptor_temporary(void)
{
	int fd = memfd_create("stprov", MFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

ssize_t descriptor_send_now(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t descriptor_recv_now(int fd, void *bytes, size_t len)
{
	return recv(fd, bytes, len, MSG_DONTWAIT);
}

int descriptor_reopen(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own < 0 ? -errno : own;
}
