/* SPDX-License-Identifier: BSD-2-Clause */
/* The signals that end a program: see signals.h. */
#include "base/signals.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/signalfd.h>

/* A signal that is blocked is delivered to a signalfd(2) even if it is ignored. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void signals_ending(sigset_t *ret)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

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

bool signals_pending(void)
{
	sigset_t pending, ending;

	signals_ending(&ending);
	return sigpending(&pending) == 0 && sigandset(&pending, &pending, &ending) == 0 &&
	       !sigisemptyset(&pending);
}

int signals_open(int *ret_fd, struct error *error)
{
	sigset_t signals;

	signals_ending(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return error_set_errno(error, -errno, "signalfd");
	*ret_fd = fd;
	return 0;
}
