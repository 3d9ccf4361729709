/* SPDX-License-Identifier: BSD-2-Clause */
/* A pseudo terminal of our own, the width of a terminal, and raw mode. */
#pragma once

#include <stddef.h>
#include <termios.h>

#include "base/macros.h"

#define TERMINAL_ROWS 24
#define TERMINAL_COLUMNS 80

/* A pseudo terminal's two ends, closed by an exec. Members are -1 if not open. */
struct terminal {
	int master, slave;
};

/*
 * Opens one in raw mode, so that nothing is changed or echoed on its way; the master is
 * non-blocking. On Linux it has TERMINAL_ROWS and TERMINAL_COLUMNS. A negative errno without a
 * text.
 */
int terminal_open(struct terminal *ret) MUST_CHECK;

/* In a child that has called setsid(2): makes it its controlling terminal. Best effort. */
void terminal_control(int slave);

/* Sets the flags for bytes without any meaning: the cfmakeraw(3) of the BSDs and Linux. */
void terminal_make_raw(struct termios *termios);

/* The columns of a terminal; 0 if @fd is not one, or its width is not known (serial lines). */
size_t terminal_columns(int fd);
