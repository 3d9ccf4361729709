/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The spare session: one that has no connection yet, started and locked in ahead of time, so that
 * a client does not wait for a program to start. Each session still serves one connection, in an
 * address space of its own: a spare that was taken is followed by a new one.
 */
#pragma once

#include "service/monitor_state.h"

/*
 * Starts a session and tells it what all sessions are told. @ret: owned by the caller, who ends it
 * by monitor->roles->stop(). It reports IPC_READY when it is in its sandbox.
 */
int spare_start_session(struct monitor *monitor, struct role *ret, struct error *error) MUST_CHECK;

/*
 * Starts the first spare and waits until it is in its sandbox: if no session can be, on this
 * machine, the service does not start. -EPERM with the reason.
 */
int spare_try(struct monitor *monitor, struct error *error) MUST_CHECK;

/*
 * Starts a spare if there is none and the service accepts connections. One that cannot be started
 * is tried again later, and nothing is logged: the session of the next connection is then started
 * for it, and shows the reason. Returns when to call it again, as clock_now_ms().
 */
int64_t spare_keep(struct monitor *monitor);

/* What a spare says: that it is in its sandbox, or why not; then, or if it has ended, it goes. */
void spare_serve(struct monitor *monitor);

/* Gives the spare to a session, with whether it is in its sandbox. False: there is none. */
bool spare_take(struct monitor *monitor, struct monitor_session *session);
