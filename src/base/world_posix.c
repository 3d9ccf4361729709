/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process inherits, by POSIX alone: see world.h. Failures are ignored: what is relied on
 * fails later.
 */
#include "base/world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/macros.h"

/* At most so many descriptors are looked at. */
#define DESCRIPTORS_TRIED 4096
/* Enough for every command, and few enough that loops over descriptors stay short. */
#define DESCRIPTORS_WANTED 1024
/* Not less than the signals of any system. sigaction(2) refuses a number that is not one. */
#define SIGNALS_TRIED 128

void world_reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&action.sa_mask);
	for (int i = 1; i < SIGNALS_TRIED; i++)
		(void)!sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void set_signal(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	(void)!sigaction(number, &action, NULL);
}

/* A macro, because the type of a resource is an enumeration here and a number there. */
#define RAISE(resource, limit)                                                                     \
	do {                                                                                       \
		if (getrlimit(resource, limit) == 0) {                                             \
			(limit)->rlim_cur = (limit)->rlim_max;                                     \
			(void)!setrlimit(resource, limit);                                         \
		}                                                                                  \
	} while (0)

static void raise_limits(void)
{
	struct rlimit limit;

	RAISE(RLIMIT_FSIZE, &limit);
	RAISE(RLIMIT_DATA, &limit);
	RAISE(RLIMIT_AS, &limit);
	RAISE(RLIMIT_CPU, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
		limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)DESCRIPTORS_WANTED);
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void world_make(void)
{
	sigset_t none;

	set_signal(SIGCHLD, SIG_DFL);
	/* A failed write must give an error, not a silent death in the middle of a change. */
	set_signal(SIGPIPE, SIG_IGN);
	set_signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The one timer of POSIX that execve(2) keeps and that ends a program. */
	(void)alarm(0);
	raise_limits();
	for (int fd = 3; fd < DESCRIPTORS_TRIED; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* The parent's end of the socket is closed when the parent ends. */
static void *wait_for_parent(void *context)
{
	struct pollfd p = { .fd = (int)(intptr_t)context };

	do
		(void)poll(&p, 1, -1);
	while (!(p.revents & (POLLHUP | POLLERR | POLLNVAL)));
	(void)kill(getpid(), SIGTERM);
	return NULL;
}

bool world_end_with(int fd)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, wait_for_parent, (void *)(intptr_t)fd) == 0 &&
	       pthread_detach(thread) == 0;
}
