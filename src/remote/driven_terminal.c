/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw mode: see driven_terminal.h. */
#include "remote/driven_terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/terminal.h"
#include "base/clock.h"
#include "base/output.h"

/* For the last frames to leave a slow line. */
#define DRAIN_MS 2000

int driven_terminal_open(struct driven_terminal *terminal, struct error *error)
{
	struct termios raw;

	terminal->raw = false;
	if (!isatty(STDIN_FILENO))
		return 0;
	if (tcgetattr(STDIN_FILENO, &terminal->before) < 0)
		return error_set_errno(error, -errno, "the terminal");
	raw = terminal->before;
	terminal_make_raw(&raw);
	/* terminal_make_raw() leaves IXOFF; busybox init sets both. */
	raw.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
	/* What was typed before is not for this program. */
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return error_set_errno(error, -errno, "the terminal cannot be made raw");
	terminal->raw = true;
	return 0;
}

/* TCSADRAIN would wait without limit for a terminal that does not take it. */
static void wait_for_output(void)
{
	int64_t until_ms = clock_now_ms() + DRAIN_MS;
	int left = 0;

	while (ioctl(STDIN_FILENO, TIOCOUTQ, &left) == 0 && left > 0 && clock_now_ms() < until_ms)
		(void)poll(NULL, 0, OUTPUT_PAUSE_MS);
}

void driven_terminal_close(struct driven_terminal *terminal)
{
	if (terminal->raw) {
		wait_for_output();
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal->before);
	}
	terminal->raw = false;
}
