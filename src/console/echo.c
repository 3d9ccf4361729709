/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal's echo, off while a row counts: see echo.h. */
#include "console/echo.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <termios.h>
#include <unistd.h>

#include "base/macros.h"

/* By which a process is ended or stopped from outside. */
static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1, SIGUSR2, SIGALRM,
	SIGVTALRM, SIGPROF, SIGXCPU };

/* Of the one terminal: written before a handler may run. */
static struct termios loud, quiet;
static struct sigaction before[ARRAY_SIZE(handled)];
static volatile sig_atomic_t is_off;

/*
 * In the background the terminal is the shell's, which has set it for itself, and a process that
 * changes it is stopped (SIGTTOU).
 */
static void set_terminal(const struct termios *to)
{
	if (tcgetpgrp(STDERR_FILENO) == getpgrp())
		(void)tcsetattr(STDERR_FILENO, TCSANOW, to);
}

/* With the default action that the signal has after SA_RESETHAND. tcsetattr(3) is safe here. */
static void on_signal(int number)
{
	int saved = errno;
	struct sigaction again = { .sa_handler = on_signal };

	set_terminal(&loud);
	(void)raise(number);
	/* A stopped process goes on here. */
	again.sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_RESTART);
	(void)sigaction(number, &again, NULL);
	if (is_off)
		set_terminal(&quiet);
	errno = saved;
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_RESTART);
	for (size_t i = 0; i < ARRAY_SIZE(handled); i++) {
		(void)sigaction(handled[i], NULL, &before[i]);
		/* What the parent had ignored stays ignored. */
		if (before[i].sa_handler != SIG_IGN)
			(void)sigaction(handled[i], &action, NULL);
	}
}

void echo_off(void)
{
	if (is_off || !isatty(STDERR_FILENO) || tcgetpgrp(STDERR_FILENO) != getpgrp() ||
		tcgetattr(STDERR_FILENO, &loud) < 0 || !(loud.c_lflag & ECHO))
		return;
	quiet = loud;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	handle_signals();
	is_off = true;
	(void)tcsetattr(STDERR_FILENO, TCSANOW, &quiet);
}

void echo_on(void)
{
	if (!is_off)
		return;
	is_off = false;
	set_terminal(&loud);
	for (size_t i = 0; i < ARRAY_SIZE(handled); i++)
		(void)sigaction(handled[i], &before[i], NULL);
}
