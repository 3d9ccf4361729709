/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor's log for the operator. The console may be a slow serial line or a stopped terminal,
 * and peers cause most of the lines: the monitor must not wait for the console. So lines that
 * cannot be written at once are kept, up to a bound; further lines are counted, and the count is
 * printed.
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
/* Writes what can be written without waiting. */
void journal_flush(struct journal *journal);

/*
 * Writes all lines that are kept, and waits for that, JOURNAL_DRAIN_MS at most. To be called before
 * output that must come after them. Lines that are not written in that time are counted as lost, so
 * that there is room for more; a line that is half written stays.
 */
void journal_drain(struct journal *journal);

/*
 * The service waits for something, without limit: on a terminal a row shows that (progress.h) until
 * journal_wait_end(). A line that is written meanwhile replaces the row. @what is borrowed.
 */
void journal_wait_begin(struct journal *journal, const char *what);
void journal_wait_end(struct journal *journal);
/* Updates that row, unless lines are still kept. Returns when to do so next, as clock_now_ms(). */
int64_t journal_wait_tick(struct journal *journal);
