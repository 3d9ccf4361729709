/* SPDX-License-Identifier: BSD-2-Clause */
/* Typed frames: see frame.h. */
#include "privsep/frame.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The kernel may be out of memory for a moment: this many tries, and milliseconds between them. */
#define NO_MEMORY_TRIES 8
#define NO_MEMORY_PAUSE_MS 5

/* Room for one descriptor beside a frame, aligned as cmsg(3) asks for. */
union passed {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int frame_send(int fd, unsigned type, const void *payload, size_t len, struct error *error)
{
	return frame_send_fd(fd, type, payload, len, -1, error);
}

static void attach(struct msghdr *message, union passed *passed, int passed_fd)
{
	memset(passed, 0, sizeof(*passed));
	message->msg_control = passed;
	message->msg_controllen = sizeof(*passed);
	passed->header.cmsg_level = SOL_SOCKET;
	passed->header.cmsg_type = SCM_RIGHTS;
	passed->header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&passed->header), &passed_fd, sizeof(int));
}

int frame_send_fd(
	int fd, unsigned type, const void *payload, size_t len, int passed_fd, struct error *error)
{
	uint8_t byte = (uint8_t)type;
	struct iovec parts[2] = {
		{ .iov_base = &byte, .iov_len = 1 },
		/* sendmsg() only reads; struct iovec has no const form. */
		{ .iov_base = (void *)(uintptr_t)payload, .iov_len = len },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	union passed passed;

	assert(payload || len == 0);
	if (passed_fd >= 0)
		attach(&message, &passed, passed_fd);
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

static int detach(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(int));
	return fd;
}

static int receive(int fd, struct frame *ret, struct msghdr *message, struct error *error)
{
	uint8_t type;
	struct iovec parts[2] = {
		{ .iov_base = &type, .iov_len = 1 },
		{ .iov_base = ret->payload, .iov_len = sizeof(ret->payload) },
	};
	ssize_t n;

	message->msg_iov = parts;
	message->msg_iovlen = 2;
	n = receive_once(fd, message);
	for (int i = 1; n < 0 && is_no_memory(errno) && i < NO_MEMORY_TRIES; i++) {
		(void)poll(NULL, 0, NO_MEMORY_PAUSE_MS);
		n = receive_once(fd, message);
	}
	/* A process that was killed with unread frames resets the socket. */
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return error_set(error, FRAME_E_END, "the other process ended");
	if (n < 0)
		return error_set_errno(error, -errno, "receive from the other process");
	if (message->msg_flags & MSG_TRUNC)
		return error_set(error, -EPROTO, "the other process sent an oversized frame");
	ret->type = type;
	ret->len = (size_t)n - 1;
	return 0;
}

int frame_receive(int fd, struct frame *ret, struct error *error)
{
	struct msghdr message = { .msg_control = NULL };

	return receive(fd, ret, &message, error);
}

int frame_receive_fd(int fd, struct frame *ret, int *ret_passed_fd, struct error *error)
{
	union passed passed = { .bytes = { 0 } };
	struct msghdr message = { .msg_control = &passed, .msg_controllen = sizeof(passed) };
	int r = receive(fd, ret, &message, error);

	*ret_passed_fd = r == 0 ? detach(&message) : -1;
	return r;
}
