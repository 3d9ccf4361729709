/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream with deadlines over a socket: see stream.h. */
#include "base/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"

int stream_wait(int fd, short events, int64_t deadline_ms, struct error *error)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int left = clock_until(deadline_ms);
		/* Also if bytes are ready: otherwise a peer that sends single bytes would never
		 * time out. */
		int n = left == 0 ? 0 : poll(&p, 1, left);
		if (n > 0)
			return 0;
		if (n == 0)
			return error_set(error, -ETIMEDOUT, "no answer in time");
		if (errno != EINTR)
			return error_set_errno(error, -errno, "poll");
	}
}

static int socket_read(struct stream *stream, void *buf, size_t cap, int64_t deadline_ms,
	size_t *ret_n, struct error *error)
{
	struct stream_socket *s = (struct stream_socket *)stream;

	for (;;) {
		int r = stream_wait(s->fd, POLLIN, deadline_ms, error);
		if (r < 0)
			return r;
		ssize_t n = read(s->fd, buf, cap);
		if (n >= 0) {
			*ret_n = (size_t)n;
			return 0;
		}
		if (errno != EINTR && errno != EAGAIN)
			return error_set_errno(error, -errno, "read");
	}
}

static int socket_write(struct stream *stream, const void *buf, size_t len, int64_t deadline_ms,
	struct error *error)
{
	struct stream_socket *s = (struct stream_socket *)stream;
	const uint8_t *p = buf;

	while (len > 0) {
		int r = stream_wait(s->fd, POLLOUT, deadline_ms, error);
		if (r < 0)
			return r;
		ssize_t n = send(s->fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return error_set_errno(error, -errno, "write");
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

void stream_socket_init(struct stream_socket *s, int fd)
{
	*s = (struct stream_socket){
		.stream = { .read = socket_read, .write = socket_write },
		.fd = fd,
	};
}
