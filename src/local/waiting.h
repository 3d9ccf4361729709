/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits of `stprov local run`, with a row that counts on a terminal (base/progress.h). Nothing is
 * waited for in another way than without it.
 */
#pragma once

#include "base/progress.h"
#include "base/stream.h"
#include "net/addr.h"

/* A stream that lets another one read, and shows meanwhile what is waited for. */
struct waiting_stream {
	struct stream stream;
	struct stream *below; /* borrowed */
	struct progress progress;
};

void waiting_stream_init(struct waiting_stream *waiting, struct stream *below);
/* What reads wait for now, borrowed; NULL: no row. @until_ms: as progress_begin() has it. */
void waiting_for(struct waiting_stream *waiting, const char *what, int64_t until_ms);

/* net_connect(), with a row. */
int waiting_connect(const struct net_addr *addr, uint16_t port, int64_t deadline_ms, int *ret_fd,
	struct error *error) MUST_CHECK;
