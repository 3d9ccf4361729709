/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the operator's Enter to the result: the host key is sealed if that was asked for, everything
 * is written as one decision, and the TPM key of the old host key is removed. What the TPM does
 * takes a while, in which the loop goes on (STAGE_STORING).
 */
#pragma once

#include "service/monitor_state.h"

/*
 * The operator has confirmed what is committed, and nothing has changed since the review. The
 * question has ended. @session: NULL: of v0.0.1.
 */
void storing_begin(struct monitor *monitor, struct monitor_session *session);
/* The TPM's role has an answer, has ended, or is late. Also when nothing is being stored. */
void storing_take_tpm(struct monitor *monitor);
/*
 * The client of STAGE_STORING has left. True: nothing was written, nor will be, and the stage is
 * STAGE_SERVING. False: it is too late, and the result will be known.
 */
bool storing_client_left(struct monitor *monitor);
/* Ends STAGE_STORING and the service; what is written stays. @why: `interrupted` and the like. */
void storing_abort(struct monitor *monitor, const char *why);

/* Ends the service with @result, and answers the client, if there is one, with @client_result. */
void storing_conclude(struct monitor *monitor, struct monitor_session *session, int client_result,
	int result, const struct error *text);
