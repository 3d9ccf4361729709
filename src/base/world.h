/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process inherits from the one that started it, and that execve(2) keeps: signal
 * dispositions and masks, timers, resource limits, descriptors, groups, the umask. Each is set to
 * what this program relies on.
 */
#pragma once

#include <stdbool.h>

/*
 * For every command, first thing in main(): SIGCHLD has its default action, no signal is blocked,
 * SIGPIPE and SIGXFSZ are ignored so that a write fails instead (EPIPE, EFBIG), no timer is armed,
 * soft resource limits are raised to the hard ones, and descriptors from 3 on are closed by an
 * exec. Signals that nohup(1), a shell's `&` or trap had ignored (SIGHUP, SIGINT, SIGQUIT, SIGTERM)
 * stay ignored: signals.h leaves them out.
 */
void world_make(void);

/*
 * For the commands of the platform, which run as root: closes descriptors from 3 on, drops
 * supplementary groups, sets the umask to 077, and as root removes the limit on file sizes. (A
 * laptop's command may be given files as /dev/fd/63.) Linux only.
 */
void world_make_private(void);

/*
 * In a child that is about to execute another program, or become a role: every signal has its
 * default action and none is blocked. Plain system calls only.
 */
void world_reset_signals(void);

/*
 * In a child that does not execute another program: SIGTERM comes when the parent ends. @fd: a
 * socket whose other end is held by the parent alone; where no system call of the kernel does this,
 * a thread waits for the end of that socket. False: it could not be arranged.
 */
bool world_end_with(int fd);
