/* SPDX-License-Identifier: BSD-2-Clause */
/* The signals that end a program, and a descriptor that is readable when one came. */
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

/* Whether one of signals_ending() is blocked and pending. Does not take it. */
bool signals_pending(void);

/*
 * Blocks the signals of signals_ending(), so that none interrupts a change, and opens a descriptor
 * (signalfd(2), non-blocking) that is readable when one is pending. The caller closes it.
 */
int signals_open(int *ret_fd, struct error *error) MUST_CHECK;
