/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may try the code: one attempt at a time, and FAILED_ATTEMPTS_MAX that fail in all. The
 * handlers of the opening's requests are like those of requests.h.
 */
#pragma once

#include "service/monitor_state.h"

int attempts_on_hello(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int attempts_on_attempt(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int attempts_on_opened(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int attempts_on_not_opened(
	struct monitor *monitor, struct monitor_session *session, struct error *error);

/*
 * Counts and logs a failed attempt of either protocol; the last one ends the service.
 * @what: what failed, for the operator.
 */
void attempts_failed(struct monitor *monitor, const char *peer, const char *what);
/* Ends the service if the last attempt has failed and no question is open. */
void attempts_check_limit(struct monitor *monitor);
/* A session has ended: counts its attempt if one was under way, and lets the next one try. */
void attempts_session_ended(struct monitor *monitor, const struct session_end *ended);
