/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for people in two columns, a label and its value, no wider than a console:
 *
 *	network      static
 *	DNS          9.9.9.9, 149.112.112.112, 2620:fe::fe, 2620:fe::9,
 *	             198.51.100.53
 *
 * A value goes on in the next line where it gets too long. Written into the FILE that is given;
 * failures stay in it (ferror(3)).
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/macros.h"

/* The widest line, in characters. */
#define COLUMNS_WIDTH 80
/* Where values begin. A longer label stands on a line of its own. */
#define COLUMNS_VALUE 13

struct columns {
	FILE *out;
	size_t column;
	bool has_words;
};

/* Begins a line. @label: "" for one that goes on with the value of the line above. */
struct columns columns_begin(FILE *out, const char *label);
/* Appends printable text of @len characters, which is broken only if no line has room for it. */
void columns_word(struct columns *columns, const char *word, size_t len);
void columns_end(struct columns *columns);

/* A whole line or lines of printable text, whose words are separated by blanks. */
void columns_text(FILE *out, const char *label, const char *text);

/* Longest text of columns_format(), in bytes; it is cut there. */
#define COLUMNS_FORMAT_MAX 1024

/* The same, formatted; what is not printable ASCII becomes \xNN. */
void columns_format(FILE *out, const char *label, const char *format, ...) PRINTF_LIKE(3, 4);
