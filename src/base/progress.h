/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A row on a terminal that says how a wait goes on: `  waiting for links, 3 s left`. It is written
 * over as time passes, by a carriage return and blanks, since a serial console may know no more,
 * and is gone before any other line comes. What is not a terminal gets none: there a line at the
 * beginning of a step has said it all.
 *
 * Pure: whoever prints asks for the bytes. log.h has log_progress() for who may wait for stderr.
 */
#pragma once

#include <stdint.h>

#include "base/macros.h"

/* Longest row, in columns; and bytes that change or wipe it, with a NUL. */
#define PROGRESS_COLUMNS 79
#define PROGRESS_BYTES_MAX (2 * PROGRESS_COLUMNS + 8)

struct progress {
	const char *what; /* borrowed: `waiting for links`; NULL: nothing is waited for */
	int64_t since_ms, until_ms;
	int64_t due_ms; /* when the number in the row is another */
	/* What stands on the terminal; empty: nothing. */
	char row[PROGRESS_COLUMNS + 1];
};

#define PROGRESS_INIT ((struct progress){ .what = NULL })

/*
 * A wait begins; what stood there goes on standing until it is changed or wiped. @what: printable
 * ASCII. @until_ms: when it is over, so that what is left is counted; CLOCK_NEVER: there is no
 * limit, and what has passed is counted. Times are of clock_now_ms().
 */
void progress_begin(struct progress *progress, const char *what, int64_t until_ms, int64_t now_ms);

/* When the row changes next; CLOCK_NEVER: nothing is waited for. */
int64_t progress_next_ms(const struct progress *progress, int64_t now_ms);

/*
 * The bytes that make the row as it is to be now, if it is time for that; their number, without a
 * NUL, or 0.
 */
size_t progress_change(struct progress *progress, int64_t now_ms, char out[PROGRESS_BYTES_MAX]);

/* The bytes that leave an empty row, with the cursor at its beginning; 0: nothing stands there. */
size_t progress_wipe(struct progress *progress, char out[PROGRESS_BYTES_MAX]);
