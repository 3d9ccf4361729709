/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a role: the same program, executed again in a fresh process, so that it inherits
 * nothing of its parent's memory. It finds an empty environment, /dev/null as descriptors 0 to
 * 2, its end of the frame socket as ROLE_FRAME_FD, and what it works on from ROLE_WORK_FD on. What
 * it works on may also come later, with a frame: see frame_receive_fd().
 *
 * The role then loads what it needs and calls sandbox_enter() before it reads a foreign byte.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

enum {
	ROLE_FRAME_FD = 3,
	ROLE_WORK_FD = 4,
};

/* Descriptors that a role can be given to work on. */
#define ROLE_WORK_FDS_MAX 64

/* What is needed to start roles; opened before anything else, kept for all of them. */
struct role_launcher {
	int exe_fd;  /* this program, by /proc/self/exe: also when its file was replaced since */
	int null_fd; /* /dev/null */
};

#define ROLE_LAUNCHER_INIT ((struct role_launcher){ .exe_fd = -1, .null_fd = -1 })

/* Errors say what is missing (/proc not mounted, no /dev/null). */
int role_launcher_init(struct role_launcher *ret, struct error *error) MUST_CHECK;
void role_launcher_deinit(struct role_launcher *launcher);

/* A running role, seen from its parent. */
struct role {
	pid_t pid;    /* 0: none */
	int frame_fd; /* the parent's end; non-blocking */
};

#define ROLE_INIT ((struct role){ .frame_fd = -1 })

/*
 * Starts the role that main() knows by argv[0] = @name. @work_fds: @n_work_fds descriptors, at
 * most ROLE_WORK_FDS_MAX, borrowed, duplicated for the child as ROLE_WORK_FD and up. The child
 * leads a process group of its own, so that ctrl+c on the terminal does not reach it, and dies
 * with its parent. -E2BIG: too many descriptors.
 */
int role_start(const struct role_launcher *launcher, const char *name, const int *work_fds,
	size_t n_work_fds, struct role *ret, struct error *error) MUST_CHECK;

/* How a role ended. */
struct role_end {
	bool ours;  /* it still ran, and role_stop() ended it */
	bool hung;  /* and it had closed its socket: it neither answered nor ended */
	int signal; /* that killed it (SIGSYS: it broke its sandbox's rules), or 0 */
	int code;   /* its exit code otherwise */
};

/*
 * Ends a role that still runs (SIGKILL), waits for it, closes its socket. A role that has closed
 * its socket gets a moment to end by itself, so that its exit code or signal is known.
 */
struct role_end role_stop(struct role *role);

/*
 * Sets the text for a role that ended before it was done: `WHAT broke the rules of its sandbox and
 * was killed`. Returns -EPERM for that, else -EPIPE.
 */
int role_explain_end(const struct role_end *end, const char *what, struct error *error);

/*
 * Whether an unexpected end should be reported: a signal or exit code that is not our own doing, or
 * a process that had to be killed after it had closed its socket.
 */
bool role_ended_badly(const struct role_end *end);

/* In the child: whether ROLE_FRAME_FD is what role_start() makes. False: started by hand. */
bool role_is_child(void);
