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
/* More bytes that are kept of what must not be left out: see journal_make_room(). */
#define JOURNAL_REVIEW_MAX (32 * 1024)
/* Bytes of the count of lost lines. */
#define JOURNAL_COUNT_MAX 96

/* How long journal_drain() usually waits; and after a signal, which is to end the program now. */
#define JOURNAL_DRAIN_MS 5000
#define JOURNAL_HURRY_MS 250

struct journal {
	char kept[JOURNAL_KEPT_MAX + JOURNAL_REVIEW_MAX + JOURNAL_COUNT_MAX];
	size_t len, room; /* used, and to be used: all of it after journal_make_room() */
	unsigned lost;    /* lines */
	bool failed;      /* stderr cannot be written */
	int64_t retry_ms; /* when to write again after there was no room, as clock_now_ms() */
	struct progress progress;
};

void journal_init(struct journal *journal);

/* One line on stderr as log_line() writes it, now or later, or counted. Never waits. */
void journal_line(struct journal *journal, const char *format, ...) PRINTF_LIKE(2, 3);

/* A text as it is, printable and with its line ends: kept or left out as a whole. */
void journal_text(struct journal *journal, const char *text);

/* Whether stderr cannot be written: closed, full or gone. Then lines are dropped. */
bool journal_has_failed(const struct journal *journal);

/*
 * Whether journal_flush() is to be called when poll(2) says that stderr is writable; that is not
 * worth asking before journal->retry_ms, since readiness is not room.
 */
bool journal_is_behind(const struct journal *journal);
/* Writes what can be written without waiting. */
void journal_flush(struct journal *journal);

/*
 * The next JOURNAL_REVIEW_MAX bytes, with their line ends, will be kept. If lines that are kept
 * already leave no room for them, those are counted as lost; one that is half written stays.
 */
void journal_make_room(struct journal *journal);

/*
 * Writes all lines that are kept, and waits for that, @wait_ms at most. To be called before
 * output that must come after them. Lines that are not written in that time are counted as lost, so
 * that there is room for more; a line that is half written stays.
 */
void journal_drain(struct journal *journal, int64_t wait_ms);

/*
 * The service waits for something, without limit: on a terminal a row shows that (progress.h) until
 * journal_wait_end(). A line that is written meanwhile replaces the row. @what is borrowed.
 */
void journal_wait_begin(struct journal *journal, const char *what);
void journal_wait_end(struct journal *journal);
/* Updates that row, unless lines are still kept. Returns when to do so next, as clock_now_ms(). */
int64_t journal_wait_tick(struct journal *journal);
