/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals by handlers that write into a pipe: see signals.h. A handler has no argument of ours, so
 * the pipe of the innermost watch is the one variable of this program that outlives a function.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "base/descriptor.h"
#include "base/signals.h"

/* How often a signal is looked for, and how long at most in one call. */
#define LOOK_MS 10
#define WAIT_MS 100

static volatile sig_atomic_t pipe_read = -1, pipe_write = -1;

static void note_signal(int number)
{
	int code = errno;
	unsigned char byte = (unsigned char)number;

	/* A full pipe is readable, which is enough. */
	(void)!write((int)pipe_write, &byte, 1);
	errno = code;
}

bool signals_pending(void)
{
	struct pollfd p = { .fd = (int)pipe_read, .events = POLLIN };

	return signals_are_blocked_and_pending() ||
	       (p.fd >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0);
}

static void use_pipe(int read_fd, int write_fd)
{
	pipe_read = read_fd;
	pipe_write = write_fd;
}

/* Calls @use for each signal that can be watched and is in the set. */
static void for_each(struct signals_watch *watch, void (*use)(struct signals_watch *, int))
{
	for (int number = 1; number < SIGNALS_WATCHED_MAX; number++)
		if (sigismember(&watch->set, number) == 1)
			use(watch, number);
}

static void install(struct signals_watch *watch, int number)
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	(void)!sigaction(number, &action, &watch->before[number]);
}

static void restore(struct signals_watch *watch, int number)
{
	(void)!sigaction(number, &watch->before[number], NULL);
}

int signals_watch(const sigset_t *set, struct signals_watch *ret, struct error *error)
{
	int fds[2];
	int r = descriptor_pipe(fds);

	if (r == 0)
		r = descriptor_set_nonblocking(fds[0]);
	if (r == 0)
		r = descriptor_set_nonblocking(fds[1]);
	if (r < 0)
		return error_set_errno(error, r, "a pipe for signals");
	ret->fd = fds[0];
	ret->write_fd = fds[1];
	ret->outer_read = (int)pipe_read;
	ret->outer_write = (int)pipe_write;
	ret->set = *set;
	/* None may come between the handlers and the pipe. */
	sigprocmask(SIG_BLOCK, set, &ret->old);
	for_each(ret, install);
	use_pipe(fds[0], fds[1]);
	sigprocmask(SIG_UNBLOCK, set, NULL);
	return 0;
}

void signals_unwatch(struct signals_watch *watch)
{
	int number;

	sigprocmask(SIG_BLOCK, &watch->set, NULL);
	for_each(watch, restore);
	use_pipe(watch->outer_read, watch->outer_write);
	/* What was not taken comes again, to what was there before. */
	while ((number = signals_take(watch->fd)) > 0)
		(void)raise(number);
	close(watch->fd);
	close(watch->write_fd);
	watch->fd = -1;
	sigprocmask(SIG_SETMASK, &watch->old, NULL);
}

int signals_take(int fd)
{
	unsigned char number;
	ssize_t n;

	do
		n = read(fd, &number, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? number : 0;
}

/* sigtimedwait(2) is not on every system; and some drop a SIGCHLD for which there is no handler. */
int signals_wait(const sigset_t *set, int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	sigset_t pending;
	int number;

	for (int ms = 0; ms <= WAIT_MS && (timeout_ms < 0 || ms <= timeout_ms); ms += LOOK_MS) {
		sigemptyset(&pending);
		(void)sigpending(&pending);
		for (number = 1; number < SIGNALS_WATCHED_MAX; number++)
			if (sigismember(set, number) == 1 && sigismember(&pending, number) == 1)
				return sigwait(set, &number) == 0 ? number : 0;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}
