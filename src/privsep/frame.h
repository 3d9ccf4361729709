/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed frames between the monitor and a role: one datagram of a SOCK_SEQPACKET socketpair each,
 * so that a frame arrives whole or not at all and nothing has to be reassembled with privilege.
 *
 * A frame is one byte of type and a payload. What the types mean is defined by their users.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* Largest payload: one Secure Boot variable of 64 KiB and a little around it. */
#define FRAME_PAYLOAD_MAX (64 * 1024 + 256)

struct frame {
	uint8_t type;
	size_t len;
	uint8_t payload[FRAME_PAYLOAD_MAX];
};

/* Positive results of frame_receive(). */
enum {
	FRAME_E_END = 1, /* the other process closed its end */
};

/*
 * Sends one frame and never raises SIGPIPE. @type: 0 to 255. -EAGAIN when the socket is
 * non-blocking and full, -EPIPE when the other process is gone, -E2BIG beyond FRAME_PAYLOAD_MAX.
 */
int frame_send(
	int fd, unsigned type, const void *payload, size_t len, struct error *error) MUST_CHECK;

/* The same, with a descriptor: borrowed; the other process gets its own (unix(7) SCM_RIGHTS). */
int frame_send_fd(int fd, unsigned type, const void *payload, size_t len, int passed_fd,
	struct error *error) MUST_CHECK;

/*
 * Takes one frame. A descriptor that came with it is dropped. Waits if the socket is blocking, else
 * -EAGAIN when there is none. A datagram without type or beyond FRAME_PAYLOAD_MAX is -EPROTO.
 */
int frame_receive(int fd, struct frame *ret, struct error *error) MUST_CHECK;

/* The same, and the descriptor that came with it: owned by the caller, -1 if none came. */
int frame_receive_fd(int fd, struct frame *ret, int *ret_passed_fd, struct error *error) MUST_CHECK;
