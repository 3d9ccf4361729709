/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal of `remote console` as a line that changes no byte, and back. */
#pragma once

#include <stdbool.h>
#include <termios.h>

#include "base/error.h"

struct driven_terminal {
	bool raw;
	struct termios before;
};

/*
 * Raw mode on standard input, without echo and without flow control. Nothing if it is not a
 * terminal. A negative errno with its text.
 */
int driven_terminal_open(struct driven_terminal *terminal, struct error *error) MUST_CHECK;
/* Back to what it was, once what was written is out. */
void driven_terminal_close(struct driven_terminal *terminal);
