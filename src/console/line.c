/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading one line: see line.h. */
#include "console/line.h"

#include <errno.h>
#include <poll.h>

enum line_event line_next(int fd, char *ret)
{
	ssize_t n = read(fd, ret, 1);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? LINE_WAITING : LINE_FAILED;
	if (n == 0)
		return LINE_END;
	return *ret == '\n' || *ret == '\r' ? LINE_BREAK : LINE_BYTE;
}

int line_wait(int fd, int signal_fd, struct error *error)
{
	struct pollfd fds[] = { { .fd = signal_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };

	while (!fds[0].revents && !fds[1].revents)
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return error_set_errno(error, -errno, "poll");
	return fds[0].revents ? LINE_SIGNAL : 0;
}

int line_read(int fd, int signal_fd, bool (*take)(void *context, char c), void *context,
	struct error *error)
{
	assert(take);
	for (;;) {
		char c;
		int r = line_wait(fd, signal_fd, error);
		if (r != 0)
			return r;
		enum line_event event = line_next(fd, &c);
		if (event == LINE_FAILED)
			(void)error_set_errno(error, -errno, "read");
		if (event == LINE_BYTE && !take(context, c))
			return LINE_FULL;
		if (event != LINE_BYTE && event != LINE_WAITING)
			return (int)event;
	}
}
