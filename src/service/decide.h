/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's decision: the review and the question, and what follows from the answer.
 *
 * v1 is a commit in two phases. A client asks; everything that is to be written is shown; after
 * Enter it is written as one decision and read back; only then the client gets its answer. Until
 * Enter either side may leave, and nothing was written. v0.0.1's client has its answer before the
 * operator is asked, as the released server does it.
 */
#pragma once

#include "service/monitor_state.h"

/* Handlers like those of requests.h: v1's IPC_PREPARE, and IPC_COMMIT of either protocol. */
int decide_on_prepare(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int decide_on_commit(struct monitor *monitor, struct monitor_session *session, struct error *error);
/*
 * The client that the open question is about has left before the decision, or, in STAGE_STORING,
 * after it: nothing is written, and other clients may come, unless something is written already.
 */
void decide_client_left(struct monitor *monitor, const char *peer);
/* Ends the service if stderr cannot be written: what cannot be shown is not asked. */
void decide_check_console(struct monitor *monitor);
/* Asks the question, once the console has taken the review before it. */
void decide_put_question(struct monitor *monitor);
/* Handles what was typed; to be called when stdin is readable and monitor->asked. */
void decide_take_answer(struct monitor *monitor);
/* Ends the service without writing the host key, unless it is written. @why: `interrupted` and the
 * like. */
void decide_abort(struct monitor *monitor, const char *why);
