/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stprov with a TPM role that was taken over: it passes frames of its parent to what should be its
 * TPM, a socket of the test, and frames of the test to its parent, each after its length as 4
 * bytes, big endian. So tests/integration/test_attest.py can act as such a role. It does not test
 * the sandbox; test_tpm_role.py does.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "privsep/frame.h"
#include "privsep/role.h"
#include "tpm/role.h"

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

static void pass_down(void)
{
	uint8_t head[5];
	struct bytes_writer w = bytes_writer(head, sizeof(head));
	struct error error;

	if (frame_receive(ROLE_FRAME_FD, &frame, &error) != 0)
		exit(0);
	bytes_write_be32(&w, (uint32_t)frame.len + 1);
	bytes_write_u8(&w, frame.type);
	write_all(head, sizeof(head));
	write_all(frame.payload, frame.len);
}

int tpm_role_main(void)
{
	struct pollfd fds[] = {
		{ .fd = ROLE_FRAME_FD, .events = POLLIN },
		{ .fd = ROLE_WORK_FD, .events = POLLIN },
	};

	if (fcntl(ROLE_WORK_FD, F_SETFL, 0) < 0)
		return 1;
	while (poll(fds, ARRAY_SIZE(fds), -1) > 0) {
		if (fds[0].revents)
			pass_down();
		if (fds[1].revents)
			pass_up();
	}
	return 0;
}
