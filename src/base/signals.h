/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signals that end a program, and a descriptor that is readable when one came.
 *
 * On Linux this is signalfd(2): watched signals are blocked. By POSIX alone they have a handler
 * that writes into a pipe, so that system calls may return EINTR for them.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT: by which an operator or a closed terminal ends a program.
 * Without those that are ignored: the parent of this process asked for that (nohup(1)).
 */
void signals_ending(sigset_t *ret);
/* The same and SIGTSTP, by which an operator stops one. */
void signals_ending_or_stopping(sigset_t *ret);

/* Whether one of signals_ending() came and was not taken: it is blocked, or watched. */
bool signals_pending(void);
/* A part of it. */
bool signals_are_blocked_and_pending(void);

/*
 * Keeps the signals of signals_ending() from ending this process or interrupting a change, and
 * opens a descriptor (non-blocking) that is readable when one came. For the rest of the process's
 * life. The caller closes it.
 */
int signals_open(int *ret_fd, struct error *error) MUST_CHECK;

/*
 * Takes one signal of a descriptor of signals_open() or signals_watch(): its number, and it is not
 * pending any more. 0: there is none. Does not wait.
 */
int signals_take(int fd);

/* Larger than the number of each signal that may be watched or waited for. */
#define SIGNALS_WATCHED_MAX 32

/* Members after `fd` are for signals_unwatch(). */
struct signals_watch {
	int fd; /* readable when a signal came */
	sigset_t old;
	/* By POSIX alone. */
	sigset_t set;
	int write_fd, outer_read, outer_write;
	struct sigaction before[SIGNALS_WATCHED_MAX];
};

/*
 * The same as signals_open() for the signals in @set, until signals_unwatch(). Watches may be
 * nested; the innermost has the signals. One that came and was not taken comes again after
 * signals_unwatch(), as if it had come then.
 */
int signals_watch(const sigset_t *set, struct signals_watch *ret, struct error *error) MUST_CHECK;
void signals_unwatch(struct signals_watch *watch);

/*
 * Waits for one of the signals in @set, which the caller has blocked, and takes it.
 * @timeout_ms: at most so long; -1: without limit. The number; 0: none came (also earlier than
 * that).
 */
int signals_wait(const sigset_t *set, int timeout_ms);
