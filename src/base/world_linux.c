/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process inherits, on Linux: see world.h. Failures are ignored: what is relied on fails
 * later.
 */
#include "base/world.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/macros.h"

/* Descriptors that are closed one by one where close_range(2) is missing (before Linux 5.11). */
#define DESCRIPTORS_TRIED 4096
/* Enough for every command, and few enough that loops over descriptors stay short. */
#define DESCRIPTORS_WANTED 1024

/* Not less than the kernel's struct sigaction of any architecture (Linux uapi asm/signal.h). */
#define KERNEL_SIGACTION_MAX 64

static void unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Of the kernel itself: libc refuses the signals that it uses for threads (32 and 33), although
 * they can be inherited as ignored. A structure of zeros is SIG_DFL, whatever its layout is.
 */
static void reset_signal(int number)
{
	static const char zeros[KERNEL_SIGACTION_MAX];

	(void)!syscall(SYS_rt_sigaction, number, zeros, NULL, (NSIG - 1) / 8);
}

void world_reset_signals(void)
{
	for (int i = 1; i < NSIG; i++)
		reset_signal(i);
	unblock_all();
}

/* execve(2) keeps them; one that fires would end the program in the middle of a change. */
static void disarm_timers(void)
{
	static const struct itimerval none;

	setitimer(ITIMER_REAL, &none, NULL);
	setitimer(ITIMER_VIRTUAL, &none, NULL);
	setitimer(ITIMER_PROF, &none, NULL);
}

static void raise_limits(void)
{
	static const __rlimit_resource_t resources[] = { RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_AS,
		RLIMIT_CPU, RLIMIT_NPROC, RLIMIT_SIGPENDING };
	struct rlimit limit;

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++)
		if (getrlimit(resources[i], &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
			limit.rlim_cur = limit.rlim_max;
			setrlimit(resources[i], &limit);
		}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
		limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)DESCRIPTORS_WANTED);
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void end_descriptors(bool now)
{
	if (close_range(3U, ~0U, now ? 0 : CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = 3; fd < DESCRIPTORS_TRIED; fd++) {
		if (now)
			close(fd);
		else
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
}

void world_make(void)
{
	signal(SIGCHLD, SIG_DFL);
	/* A failed write must give an error, not a silent death in the middle of a change. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	unblock_all();
	disarm_timers();
	raise_limits();
	end_descriptors(false);
}

void world_make_private(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	end_descriptors(true);
	umask(077);
	if (geteuid() != 0)
		return;
	(void)!setgroups(0, NULL);
	(void)setrlimit(RLIMIT_FSIZE, &unlimited);
}

bool world_end_with(int fd)
{
	(void)fd;
	return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0;
}
