/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call: the byte by which `stprov local console` asks for stprov on a console, where it must not
 * press Enter. While a question is open, the terminal passes it on without waiting for the end of
 * the line: it is made the terminal's second end of line (VEOL, termios(3)).
 */
#pragma once

#include <stdbool.h>
#include <termios.h>

/* ctrl+t. */
#define CALL_BYTE 0x14

struct call {
	bool listening;
	cc_t before;
};

/* If standard input is a terminal that has no other second end of line. */
void call_listen(struct call *call);
/* Gives the terminal its own one back. */
void call_ignore(struct call *call);
