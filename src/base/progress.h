/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A row on a terminal that shows the progress of a wait: `  waiting for links, 3 s left`. It is
 * overwritten as time passes, with a carriage return and blanks, because a serial console may
 * support no more, and is wiped before any other line. Without a terminal there is no row: a line
 * at the beginning of the step is enough there.
 *
 * Pure: the caller gets the bytes and prints them. log.h has log_progress() for callers that may
 * block on stderr.
 */
#pragma once

#include <stdint.h>

#include "base/macros.h"

/* Longest row, in columns; longest sequence of bytes that changes or wipes it, with a NUL. */
#define PROGRESS_COLUMNS 79
#define PROGRESS_BYTES_MAX (2 * PROGRESS_COLUMNS + 8)

struct progress {
	const char *what; /* borrowed: `waiting for links`; NULL: no wait */
	int64_t since_ms, until_ms;
	int64_t due_ms; /* when the number in the row changes */
	size_t columns; /* that the row may have, PROGRESS_COLUMNS at most; 0: that many */
	/* The row that the terminal shows; empty: none. */
	char row[PROGRESS_COLUMNS + 1];
};

#define PROGRESS_INIT ((struct progress){ .what = NULL })

/*
 * Begins a wait; an old row remains until it is changed or wiped. @what: printable ASCII.
 * @until_ms: the end of the wait, and the row counts the time left; CLOCK_NEVER: no limit, and the
 * row counts the time passed. Times are of clock_now_ms().
 */
void progress_begin(struct progress *progress, const char *what, int64_t until_ms, int64_t now_ms);

/* When the row changes next; CLOCK_NEVER: no wait. */
int64_t progress_next_ms(const struct progress *progress, int64_t now_ms);

/*
 * The bytes that update the row, if an update is due; returns their number, without a NUL, or 0.
 */
size_t progress_change(struct progress *progress, int64_t now_ms, char out[PROGRESS_BYTES_MAX]);

/* The terminal does not take an update that is due: the next one is due a second later. */
void progress_postpone(struct progress *progress, int64_t now_ms);

/* The bytes that wipe the row and move the cursor to its beginning; 0: there is no row. */
size_t progress_wipe(struct progress *progress, char out[PROGRESS_BYTES_MAX]);
