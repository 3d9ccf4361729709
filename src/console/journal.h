/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the monitor tells the operator as things happen. The console may be a slow serial line or
 * a terminal that nobody reads, and peers decide how much there is to tell: the monitor must not
 * be made to wait for it. So lines that do not go out at once are kept, up to a bound; what is
 * beyond is counted, and the count is said.
 */
#pragma once

#include <stdbool.h>

#include "base/log.h"

/* Bytes that are kept; at 9600 baud a serial line needs four seconds for them. */
#define JOURNAL_KEPT_MAX 4096

#define JOURNAL_DRAIN_MS 5000

struct journal {
	char kept[JOURNAL_KEPT_MAX];
	size_t len;
	unsigned lost; /* lines */
	struct progress progress;
};

void journal_init(struct journal *journal);

/* One line on stderr as log_line() writes it, now or later, or counted. Never waits. */
void journal_line(struct journal *journal, const char *format, ...) PRINTF_LIKE(2, 3);

/* Whether journal_flush() is to be called when poll(2) says that stderr is writable. */
bool journal_is_behind(const struct journal *journal);
/* Writes what goes out without waiting. */
void journal_flush(struct journal *journal);

/*
 * Writes all of it, and waits, JOURNAL_DRAIN_MS at most: before something that must come behind
 * it. What does not go out in that time is counted as lost, so that there is room for more; but a
 * line that is half written stays.
 */
void journal_drain(struct journal *journal);

/*
 * Something is waited for, without limit: a row on a terminal says so (progress.h) until it is
 * over. Lines that come meanwhile take its place. @what is borrowed.
 */
void journal_wait_begin(struct journal *journal, const char *what);
void journal_wait_end(struct journal *journal);
/* Brings that row up to date, unless the console is behind. Returns when to do so next. */
int64_t journal_wait_tick(struct journal *journal);
