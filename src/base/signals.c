/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals by a descriptor: see signals.h. */
#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

int signals_open(int *ret_fd, struct error *error)
{
	static const int stopping[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_SIZE(stopping); i++)
		sigaddset(&signals, stopping[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return error_set_errno(error, -errno, "signalfd");
	*ret_fd = fd;
	return 0;
}
