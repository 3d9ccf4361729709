/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a message of fixed size: see exact.h. */
#include "opening/exact.h"

#include <errno.h>

#include "opening/opening.h"

int opening_read(
	struct stream *stream, uint8_t *buf, size_t len, int64_t deadline_ms, struct error *error)
{
	while (len > 0) {
		size_t n = 0;
		int r = stream->read(stream, buf, len, deadline_ms, &n, error);
		if (r == -ECONNRESET || (r == 0 && n == 0))
			return error_set(
				error, OPENING_E_CLOSED, "connection closed in the opening");
		if (r < 0)
			return r;
		buf += n;
		len -= n;
	}
	return 0;
}
