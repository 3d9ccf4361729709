/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A two-way stream of bytes with deadlines, so that http/ does not depend on TLS.
 *
 * This file has streams on a connected socket; crypto/tls.h has streams with TLS.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

struct stream {
	/*
	 * Reads at least one byte and at most @cap. 0 with *ret_n = 0 at a clean end of the
	 * stream; -ETIMEDOUT when @deadline_ms (clock_now_ms()) passes first; another negative
	 * errno with its text otherwise.
	 */
	int (*read)(struct stream *s, void *buf, size_t cap, int64_t deadline_ms, size_t *ret_n,
		struct error *error);
	/* Writes all bytes, or fails like read. */
	int (*write)(struct stream *s, const void *buf, size_t len, int64_t deadline_ms,
		struct error *error);
};

/* A stream on a non-blocking socket; the descriptor is borrowed. */
struct stream_socket {
	struct stream stream;
	int fd;
};

void stream_socket_init(struct stream_socket *s, int fd);

/* Waits for @events (POLLIN, POLLOUT) on @fd; 0, -ETIMEDOUT or another negative errno. */
int stream_wait(int fd, short events, int64_t deadline_ms, struct error *error);
