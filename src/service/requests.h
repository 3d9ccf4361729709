/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of requests that a session may make: type, when permitted, handler. A request that is
 * not in the table, or not permitted in the session's phase, ends the session
 * (openssh-portable's monitor.c has the idea).
 */
#pragma once

#include "service/monitor_state.h"

/*
 * Handles the session's request in monitor->frame. Negative: it broke the rules (-EPROTO, -EACCES),
 * left, or does not take its answer; the text says which, and the session is to be ended.
 */
int requests_handle(
	struct monitor *monitor, struct monitor_session *session, struct error *error) MUST_CHECK;
