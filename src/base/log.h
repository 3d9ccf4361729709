/*
 * Lines for the operator, on stderr. Only local/, remote/ and main.c may print: everyone below
 * them returns an error with its text (tests/lint holds them to it).
 */
#pragma once

#include <stdarg.h>

#include "base/macros.h"

/* Longest log line in bytes, without its newline; longer ones are cut. */
#define LOG_LINE_MAX 1024
/* Room for one as it is written, with its newline. */
#define LOG_FORMATTED_MAX (LOG_LINE_MAX * 4 + 2)

/*
 * Writes one line with one write(2), so that lines of two processes never mix. Bytes that are
 * not printable ASCII are written as \xNN: nothing a peer sent can move the cursor. Waits as
 * long as stderr does.
 */
void log_line(const char *format, ...) PRINTF_LIKE(1, 2);

/* A terminal's width in characters, as far as we know. */
#define LOG_COLUMNS 80

/*
 * The same for a person at a terminal: longer lines than LOG_COLUMNS are broken at blanks, and
 * what follows is indented. Elsewhere it stays one line, for programs to find things in.
 */
void log_folded(const char *format, ...) PRINTF_LIKE(1, 2);

/* The same line with its newline, for who writes it himself; returns its length. */
size_t log_format(char line[LOG_FORMATTED_MAX], const char *format, va_list args) PRINTF_LIKE(2, 0);
