/* SPDX-License-Identifier: BSD-2-Clause */
/* Typed frames: see frame.h. */
#include "privsep/frame.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The kernel may be out of memory for a moment: this many tries, and milliseconds between them. */
#define NO_MEMORY_TRIES 8
#define NO_MEMORY_PAUSE_MS 5

int frame_send(int fd, unsigned type, const void *payload, size_t len, struct error *error)
{
	uint8_t byte = (uint8_t)type;
	struct iovec parts[2] = {
		{ .iov_base = &byte, .iov_len = 1 },
		/* sendmsg() only reads; struct iovec has no const form. */
		{ .iov_base = (void *)(uintptr_t)payload, .iov_len = len },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	assert(payload || len == 0);
	if (len > FRAME_PAYLOAD_MAX)
		return error_set(error, -E2BIG, "frame of %zu bytes is too large", len);
	for (;;) {
		if (sendmsg(fd, &message, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != EINTR)
			return error_set_errno(error, -errno, "send to the other process");
	}
}

static bool is_no_memory(int code)
{
	return code == ENOMEM || code == ENOBUFS;
}

static ssize_t receive_once(int fd, struct msghdr *message)
{
	ssize_t n;

	do
		n = recvmsg(fd, message, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

int frame_receive(int fd, struct frame *ret, struct error *error)
{
	uint8_t type;
	struct iovec parts[2] = {
		{ .iov_base = &type, .iov_len = 1 },
		{ .iov_base = ret->payload, .iov_len = sizeof(ret->payload) },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	n = receive_once(fd, &message);
	for (int i = 1; n < 0 && is_no_memory(errno) && i < NO_MEMORY_TRIES; i++) {
		(void)poll(NULL, 0, NO_MEMORY_PAUSE_MS);
		n = receive_once(fd, &message);
	}
	/* A process that was killed with unread frames resets the socket. */
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return error_set(error, FRAME_E_END, "the other process ended");
	if (n < 0)
		return error_set_errno(error, -errno, "receive from the other process");
	if (message.msg_flags & MSG_TRUNC)
		return error_set(error, -EPROTO, "the other process sent an oversized frame");
	ret->type = type;
	ret->len = (size_t)n - 1;
	return 0;
}
