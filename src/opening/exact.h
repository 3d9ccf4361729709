/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a message of fixed size; for client.c and server.c only. */
#pragma once

#include "base/stream.h"

/* Exactly @len bytes, and none beyond them. OPENING_E_CLOSED, or a negative errno. */
int opening_read(struct stream *stream, uint8_t *buf, size_t len, int64_t deadline_ms,
	struct error *error) MUST_CHECK;
