/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits of `stprov local run`, with a progress row on a terminal (base/progress.h). The row does
 * not change the wait itself.
 */
#pragma once

#include "base/progress.h"
#include "base/stream.h"
#include "net/addr.h"

/* A stream that reads from another one, and shows a row during the wait. */
struct waiting_stream {
	struct stream stream;
	struct stream *below; /* borrowed */
	struct progress progress;
};

void waiting_stream_init(struct waiting_stream *waiting, struct stream *below);
/* The text of the row for reads, borrowed; NULL: no row. @until_ms: as for progress_begin(). */
void waiting_for(struct waiting_stream *waiting, const char *what, int64_t until_ms);

/* No more rows; also if nothing was read since waiting_for(). */
void waiting_end(struct waiting_stream *waiting);

/* Waits until @until_ms, with a row. @what: its text, borrowed; @row_until_ms: as above. */
void waiting_pause(const char *what, int64_t row_until_ms, int64_t until_ms);

/* net_connect(), with a row. */
int waiting_connect(const struct net_addr *addr, uint16_t port, int64_t deadline_ms, int *ret_fd,
	struct error *error) MUST_CHECK;
