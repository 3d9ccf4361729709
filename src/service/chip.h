/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform's TPM: opened when a laptop asks for something of it, used by a role of its own
 * (tpm/client.h) whose answers the loop takes (seal_take()), and closed with the connection that
 * asked. One connection has it at a time.
 */
#pragma once

#include "service/monitor_state.h"

/* The sentence of API_E_CONFLICT for a second connection. */
#define CHIP_IN_USE "the TPM is in use by another connection"

/* Whether there is a role: tpm_client_fd() of monitor->seal.client. */
bool chip_is_open(const struct monitor *monitor);
/* When the role's answer is late; CLOCK_NEVER. */
int64_t chip_deadline(const struct monitor *monitor);
/* Whether @session waits for the role's answer to a request: it can ask for nothing else then. */
bool chip_is_awaited(const struct monitor *monitor, const struct monitor_session *session);

/* Opens the TPM and starts the role; there is none. Negative errnos with a text. */
int chip_open(struct monitor *monitor, struct error *error) MUST_CHECK;
/* The same, unless there is a role that waits. */
int chip_need(struct monitor *monitor, struct error *error) MUST_CHECK;
/*
 * What follows a request to the role, whose result was @r: it is at @step now, or, if the request
 * was not sent, of no use. Returns @r.
 */
int chip_sent(struct monitor *monitor, enum seal_step step, int r) MUST_CHECK;

/*
 * Gives the TPM to @session, at the request of its client. 0; API_E_CONFLICT: another connection
 * has it; API_E_UNABLE: it cannot be opened; with the text for the peer.
 */
int chip_take(
	struct monitor *monitor, struct monitor_session *session, struct error *text) MUST_CHECK;
/* The same, and asks for tpm_client_look(). @attests: for attest, not for seal. */
int chip_look(struct monitor *monitor, struct monitor_session *session, bool attests,
	struct error *text) MUST_CHECK;

/*
 * What a TPM's statement is made for: @prefix with its NUL (docs/protocol.md), the connection, the
 * client's nonce, and @more, the hash of something or NULL. So no session has statements with
 * another beginning. Negative errnos with a text.
 */
int chip_hash_purpose(const char *prefix, const struct ipc_purpose *purpose, const uint8_t *more,
	uint8_t out[TPM_HASH_SIZE], struct error *error) MUST_CHECK;

/* What a TPM said, for the client. */
void chip_copy(struct api_tpm *ret, const struct tpm_blob *blob);
