/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the console shows besides frames, as lines that an operator can read: printable, and not
 * more than DRIVE_SHOWN_LINES of them. A colon may begin a frame, or be a part of any text. Inside
 * `stprov local console` only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* A longer line is shown in parts. */
#define DRIVE_SHOWN_MAX 160
/* Then only the last ones are kept, for an error. */
#define DRIVE_SHOWN_LINES 200
#define DRIVE_LAST_LINES 5
/* A line without an end, such as a prompt, is shown after this long. */
#define DRIVE_SHOWN_PAUSE_MS 1000

/* Where in a control sequence of a terminal (ECMA-48) the console's text is. */
enum drive_escape {
	DRIVE_TEXT,
	DRIVE_ESCAPE,   /* after ESC */
	DRIVE_SEQUENCE, /* after ESC and [, up to a byte from @ to ~ */
	DRIVE_CHARSET,  /* after ESC and (, one byte */
	DRIVE_STRING,   /* after ESC and ], up to BEL or another ESC */
};

struct drive_shown {
	enum drive_escape escape;
	char line[DRIVE_SHOWN_MAX + 1];
	size_t len;
	size_t mark;      /* where a frame may begin: after the last colon; 0: nowhere */
	int64_t since_ms; /* of its last byte */
	unsigned lines;
	char last[DRIVE_LAST_LINES][DRIVE_SHOWN_MAX + 1]; /* a ring */
};

/*
 * Takes a byte; @is_frame: it has ended a frame. A line, printable and borrowed until the next
 * call, if one is to be shown.
 */
const char *drive_shown_take(
	struct drive_shown *shown, uint8_t byte, bool is_frame, int64_t now_ms);
/* The same for a line without an end; @ret_next_ms: when to call it again. */
const char *drive_shown_pause(struct drive_shown *shown, int64_t now_ms, int64_t *ret_next_ms);
/* At the end: the last line that is not empty, printable; NULL: there was none. */
const char *drive_shown_last(struct drive_shown *shown);
