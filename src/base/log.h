/*
 * Lines for the operator, on stderr. Only local/, remote/ and main.c may print: everyone below
 * them returns an error with its text (tests/lint holds them to it).
 */
#pragma once

#include "base/macros.h"

/* Longest log line in bytes, without its newline; longer ones are cut. */
#define LOG_LINE_MAX 1024

/*
 * Writes one line with one write(2), so that lines of two processes never mix. Bytes that are
 * not printable ASCII are written as \xNN: nothing a peer sent can move the cursor.
 */
void log_line(const char *format, ...) PRINTF_LIKE(1, 2);
