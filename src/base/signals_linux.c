/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals by signalfd(2): see signals.h. */
#include <errno.h>
#include <sys/signalfd.h>

#include "base/signals.h"

bool signals_pending(void)
{
	return signals_are_blocked_and_pending();
}

int signals_watch(const sigset_t *set, struct signals_watch *ret, struct error *error)
{
	int fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return error_set_errno(error, -errno, "signalfd");
	ret->fd = fd;
	sigprocmask(SIG_BLOCK, set, &ret->old);
	return 0;
}

void signals_unwatch(struct signals_watch *watch)
{
	cleanup_close(&watch->fd);
	watch->fd = -1;
	sigprocmask(SIG_SETMASK, &watch->old, NULL);
}

int signals_take(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

int signals_wait(const sigset_t *set, int timeout_ms)
{
	const struct timespec timeout = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L };
	int number = timeout_ms < 0 ? sigwaitinfo(set, NULL) : sigtimedwait(set, NULL, &timeout);

	return number > 0 ? number : 0;
}
