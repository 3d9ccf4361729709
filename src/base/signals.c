/* SPDX-License-Identifier: BSD-2-Clause */
/* Which signals end a program: see signals.h. */
#include "base/signals.h"

#include <stdbool.h>

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* A signal that is blocked, or has a handler of ours, comes even if it was ignored. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void signals_ending(sigset_t *ret)
{
	sigemptyset(ret);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		if (!is_ignored(ending[i]))
			sigaddset(ret, ending[i]);
}

void signals_ending_or_stopping(sigset_t *ret)
{
	signals_ending(ret);
	sigaddset(ret, SIGTSTP);
}

bool signals_are_blocked_and_pending(void)
{
	sigset_t pending, wanted;

	signals_ending(&wanted);
	if (sigpending(&pending) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		if (sigismember(&wanted, ending[i]) == 1 && sigismember(&pending, ending[i]) == 1)
			return true;
	return false;
}

int signals_open(int *ret_fd, struct error *error)
{
	struct signals_watch watch;
	sigset_t signals;

	signals_ending(&signals);
	int r = signals_watch(&signals, &watch, error);
	if (r == 0)
		*ret_fd = watch.fd;
	return r;
}
