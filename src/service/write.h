/* SPDX-License-Identifier: BSD-2-Clause */
/* What a commit writes, as one transaction: the host key, files, Secure Boot keys. */
#pragma once

#include "service/monitor_state.h"

/*
 * Whether the client believes exactly what is staged to be staged. 0, or API_E_CONFLICT with its
 * text.
 */
int write_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text);

/*
 * Whether there is room for all of it: the operator is not asked for what cannot be done. @session:
 * NULL: of v0.0.1. 0, or API_E_FAILED with the numbers; nothing was written.
 */
int write_check_room(
	struct monitor *monitor, const struct monitor_session *session, struct error *text);
/* Writes it and reads it back. A negative errno with what was put back. */
int write_commit(
	struct monitor *monitor, const struct monitor_session *session, struct error *error);
/* Logs what was written and removed. @session: NULL: of v0.0.1. */
void write_log(struct monitor *monitor, const struct monitor_session *session);
