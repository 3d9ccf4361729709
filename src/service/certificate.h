/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A certificate of the host key that a session offers: staged for its commit. The session has read
 * it; here it is bytes.
 */
#pragma once

#include "service/monitor_state.h"

/* IPC_CERTIFICATE: a handler like those of requests.h. */
int certificate_on_certificate(
	struct monitor *monitor, struct monitor_session *session, struct error *error);

/* Whether the client believes this one to be staged: 0, or API_E_CONFLICT with its text. */
int certificate_check_believed(const struct monitor_session *session,
	const struct api_believed *believed, struct error *text);

/* The lines of the review. @replaces: there is one now. */
void certificate_show(
	struct monitor *monitor, const struct monitor_session *session, bool replaces);
