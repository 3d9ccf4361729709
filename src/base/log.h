/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for the operator, on stderr. Only local/, remote/ and main.c may print: everyone below
 * them returns an error with its text (tests/lint holds them to it).
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "base/progress.h"

/* Longest log line in bytes, without its newline; longer ones are cut. */
#define LOG_LINE_MAX 1024
/* Room for one as it is written: every byte as \xNN, folded, with its newline. */
#define LOG_FORMATTED_MAX (LOG_LINE_MAX * 4 * 2)
/* One less than a console's 80, so that no console wraps on its own. */
#define LOG_COLUMNS 79

/*
 * Writes one line with one write(2), so that lines of two processes never mix. Bytes that are
 * not printable ASCII are written as \xNN: nothing a peer sent can move the cursor. On a terminal
 * it is folded to LOG_COLUMNS (text_fold); elsewhere, where programs read, it is one line however
 * long it is. Waits as long as stderr does.
 */
void log_line(const char *format, ...) PRINTF_LIKE(1, 2);

/* The same line with its newline, for who writes it himself; returns its length. */
size_t log_format(char line[LOG_FORMATTED_MAX], const char *format, va_list args) PRINTF_LIKE(2, 0);

/*
 * Whether rows may be written over on stderr: it is a terminal, and TERM is not `dumb` (which is
 * how somebody whose screen is read to him asks for plain lines).
 */
bool log_has_rows(void);

/*
 * Brings the row up to date, if it is time and there is a terminal that is not behind: what it
 * does not take at once is left out. To be called about once a second.
 */
void log_progress(struct progress *progress);
/* Takes the row away: before any line, and at the end of the wait. */
void log_progress_wipe(struct progress *progress);
