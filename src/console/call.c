/* SPDX-License-Identifier: BSD-2-Clause */
/* A call on the console: see call.h. */
#include "console/call.h"

#include <unistd.h>

void call_listen(struct call *call)
{
	struct termios modes;

	if (call->listening || tcgetattr(STDIN_FILENO, &modes) < 0 || !(modes.c_lflag & ICANON) ||
		modes.c_cc[VEOL] != _POSIX_VDISABLE)
		return;
	call->before = modes.c_cc[VEOL];
	modes.c_cc[VEOL] = CALL_BYTE;
	call->listening = tcsetattr(STDIN_FILENO, TCSANOW, &modes) == 0;
}

void call_ignore(struct call *call)
{
	struct termios modes;

	if (call->listening && tcgetattr(STDIN_FILENO, &modes) == 0) {
		modes.c_cc[VEOL] = call->before;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	}
	call->listening = false;
}
