/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A role that was taken over, for liar.c and puppet.c: bytes of the test, which is at the other end
 * of the role's work, go to the role's parent as frames, and the parent's frames go back, each
 * after its length as 4 bytes, big endian.
 */
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "privsep/frame.h"
#include "privsep/role.h"

static struct frame frame;

static void read_all(void *buf, size_t len)
{
	for (uint8_t *p = buf; len > 0;) {
		ssize_t n = read(ROLE_WORK_FD, p, len);
		if (n <= 0)
			exit(0);
		p += n;
		len -= (size_t)n;
	}
}

static void write_all(const void *buf, size_t len)
{
	for (const uint8_t *p = buf; len > 0;) {
		ssize_t n = send(ROLE_WORK_FD, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			exit(0);
		p += n;
		len -= (size_t)n;
	}
}

/* From the test to the parent. */
static void pass_up(void)
{
	uint8_t head[4];
	struct error error;

	read_all(head, sizeof(head));
	struct bytes_reader r = bytes_reader(head, sizeof(head));
	size_t len = bytes_read_be32(&r);
	if (len < 1 || len > 1 + FRAME_PAYLOAD_MAX)
		exit(0);
	read_all(&frame.type, 1);
	read_all(frame.payload, len - 1);
	if (frame_send(ROLE_FRAME_FD, frame.type, frame.payload, len - 1, &error) < 0)
		exit(0);
}

/* From the parent, which is in `frame`, to the test. */
static void pass_down(void)
{
	uint8_t head[5];
	struct bytes_writer w = bytes_writer(head, sizeof(head));

	bytes_write_be32(&w, (uint32_t)frame.len + 1);
	bytes_write_u8(&w, frame.type);
	write_all(head, sizeof(head));
	write_all(frame.payload, frame.len);
}

/* Until one of the two ends. */
static void pass_both_ways(void)
{
	struct pollfd fds[] = {
		{ .fd = ROLE_FRAME_FD, .events = POLLIN },
		{ .fd = ROLE_WORK_FD, .events = POLLIN },
	};
	struct error error;

	while (poll(fds, ARRAY_SIZE(fds), -1) > 0) {
		if (fds[0].revents && frame_receive(ROLE_FRAME_FD, &frame, &error) != 0)
			return;
		if (fds[0].revents)
			pass_down();
		if (fds[1].revents)
			pass_up();
	}
}
