/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading one line from a terminal or a pipe, byte by byte, so that nothing after the line is
 * taken: it belongs to the program that reads stdin next.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

enum line_event {
	LINE_WAITING, /* nothing to read yet */
	LINE_BYTE,    /* a byte of the line */
	LINE_BREAK,   /* the end of the line: a newline or carriage return */
	LINE_END,     /* the end of input */
	LINE_FAILED,  /* read(2) failed: errno says why */
	LINE_FULL,    /* take() refused a byte */
	LINE_SIGNAL,  /* the signal descriptor is readable */
};

/* Reads one byte. LINE_WAITING, LINE_BYTE with *ret, LINE_BREAK, LINE_END or LINE_FAILED. */
enum line_event line_next(int fd, char *ret);

/*
 * Waits without limit until @fd is readable: 0. LINE_SIGNAL if @signal_fd is (a signalfd, not read
 * here; it goes first). -1 to @signal_fd: none. A negative errno with its text: poll(2) failed.
 */
int line_wait(int fd, int signal_fd, struct error *error) MUST_CHECK;

/*
 * Waits for a line and gives each byte of it to @take, until it returns false. LINE_BREAK,
 * LINE_END, LINE_FAILED with its text, LINE_FULL or LINE_SIGNAL; negative as line_wait().
 */
int line_read(int fd, int signal_fd, bool (*take)(void *context, char c), void *context,
	struct error *error) MUST_CHECK;
