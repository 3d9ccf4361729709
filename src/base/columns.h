/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for people in two columns, a label and its value, no wider than a console:
 *
 *	network      static
 *	DNS          9.9.9.9, 149.112.112.112, 2620:fe::fe, 2620:fe::9,
 *	             198.51.100.53
 *
 * A long value continues on the next line. The text is written to the given FILE, which keeps the
 * failures (ferror(3)).
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/macros.h"

/* The widest line, in characters; on a narrower terminal it is that one's width, but not less than
 * the least. */
#define COLUMNS_WIDTH 80
#define COLUMNS_WIDTH_MIN 24
/* Column where values begin. A longer label has a line of its own. */
#define COLUMNS_VALUE 13

struct columns {
	FILE *out;
	size_t width, column;
	bool has_words;
};

/* Begins a line. @label: "" for a line that continues the value above. */
struct columns columns_begin(FILE *out, const char *label);
/* Appends printable text of @len characters, which is broken only if it is longer than a line. */
void columns_word(struct columns *columns, const char *word, size_t len);
void columns_end(struct columns *columns);

/* A whole line or lines of printable text, whose words are separated by blanks. */
void columns_text(FILE *out, const char *label, const char *text);

/* Longest text of columns_format(), in bytes; longer text is truncated. */
#define COLUMNS_FORMAT_MAX 1024

/* The same, formatted; other bytes than printable ASCII become \xNN. */
void columns_format(FILE *out, const char *label, const char *format, ...) PRINTF_LIKE(3, 4);
