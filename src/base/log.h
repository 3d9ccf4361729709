/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for the operator, on stderr. Only the folders that docs/architecture.md names may print:
 * all others return an error with its text (tests/lint checks this).
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "base/progress.h"

/* Longest log line in bytes, without its newline; longer ones are truncated. */
#define LOG_LINE_MAX 1024
/* Longest output of one line: every byte as \xNN, folded, with its newline. */
#define LOG_FORMATTED_MAX (LOG_LINE_MAX * 4 * 2)
/* Where the width of the terminal is not known: one less than a console's 80, so that no console
 * wraps on its own. */
#define LOG_COLUMNS 79
/* The columns of a line on stderr: one less than the terminal has, or LOG_COLUMNS. */
size_t log_columns(void);

/*
 * Writes one line with one write(2), so that lines of two processes never mix. Bytes that are
 * not printable ASCII are written as \xNN: no bytes from a peer can move the cursor. On a terminal
 * the line is folded to log_columns() (text_fold); elsewhere, where programs read, it is never
 * folded. Waits for room as long as stderr has none; if a signal that ends the program is blocked
 * and pending, a moment only.
 */
void log_line(const char *format, ...) PRINTF_LIKE(1, 2);

/*
 * Lines that scripts of the released program look for, and that an operator at a terminal does not
 * need, are written unless stdin, stdout and stderr are all terminals.
 */
bool log_is_for_scripts(void);
/* Such a line. */
void log_script_line(const char *format, ...) PRINTF_LIKE(1, 2);

/* Whether a line could not be written: stderr is closed, full or gone. Then nothing can be asked.
 */
bool log_has_failed(void);

/* The same line with its newline, for callers that write it; returns its length. */
size_t log_format(char line[LOG_FORMATTED_MAX], const char *format, va_list args) PRINTF_LIKE(2, 0);

/*
 * Whether rows may be overwritten on stderr: it is a terminal, and TERM is not `dumb` (with which
 * users of a screen reader ask for plain lines).
 */
bool log_has_rows(void);

/*
 * Updates the row if it is due and stderr is a terminal. Bytes that the terminal does not accept at
 * once are dropped. To be called about once a second.
 */
void log_progress(struct progress *progress);
/* Wipes the row: before any line, and at the end of the wait. */
void log_progress_wipe(struct progress *progress);
