/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing without waiting: see output.h. */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/descriptor.h"

static bool may_wait(mode_t mode)
{
	return S_ISCHR(mode) || S_ISFIFO(mode);
}

void output_open(int fd, struct output *ret)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	*ret = (struct output){ .fd = fd, .kind = OUTPUT_PLAIN };
	/* Opened for reading only it must not become writable by a second open. */
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(fd, &st) < 0)
		return;
	if (S_ISSOCK(st.st_mode))
		ret->kind = OUTPUT_SOCKET;
	if (!may_wait(st.st_mode) || (flags & O_NONBLOCK))
		return;
	int own = descriptor_reopen(fd);
	if (own >= 0)
		*ret = (struct output){ .fd = own, .kind = OUTPUT_REOPENED };
	else
		*ret = (struct output){ .fd = fd, .kind = OUTPUT_SHARED, .flags = flags };
}

void output_close(struct output *output)
{
	if (output->kind == OUTPUT_REOPENED)
		close(output->fd);
	*output = (struct output){ .fd = -1, .kind = OUTPUT_PLAIN };
}

static ssize_t write_once(const struct output *output, const void *bytes, size_t len)
{
	if (output->kind == OUTPUT_SOCKET)
		return descriptor_send_now(output->fd, bytes, len);
	if (output->kind != OUTPUT_SHARED)
		return write(output->fd, bytes, len);
	if (fcntl(output->fd, F_SETFL, output->flags | O_NONBLOCK) < 0)
		return -1;
	ssize_t n = write(output->fd, bytes, len);
	int code = errno;
	(void)fcntl(output->fd, F_SETFL, output->flags);
	errno = code;
	return n;
}

ssize_t output_write(const struct output *output, const void *bytes, size_t len)
{
	ssize_t n;

	if (len == 0)
		return 0;
	do
		n = write_once(output, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	/* Nothing of something is no progress and no reason to try again at once. */
	return n > 0 ? n : -EIO;
}
