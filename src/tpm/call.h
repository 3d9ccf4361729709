/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command sent to a TPM, with its authorizations, and sent again where the TPM asks for that;
 * and what was made in the TPM, flushed again.
 */
#pragma once

#include "tpm/session.h"
#include "tpm/transport.h"

/* A command that is to be sent again: after so many milliseconds, so many times. */
#define TPM_RETRY_MS 20
#define TPM_RETRIES 50

struct tpm {
	struct tpm_transport *transport; /* borrowed */
	int64_t deadline_ms; /* of clock_now_ms(), for all that is done until it is set anew */
	struct tpm_request request; /* the last command; wiped after it */
	struct tpm_answer answer;   /* its answer, for its decoder; tpm_done() wipes it */
	uint8_t message[TPM_MESSAGE_MAX];
};

/*
 * Sends @tpm->request and sets @tpm->answer. The request is wiped.
 *
 * 0; a negative errno with a text (-EBADMSG: the answer was altered, -EPROTO: it is malformed); or,
 * positive, the TPM's response code (0x100 and above), with the text `TPM command NAME: response
 * code 0x...`, or for a TPM in failure mode the sentence that says what to do.
 */
int tpm_call(
	struct tpm *tpm, const struct tpm_auth *auths, size_t n, struct error *error) MUST_CHECK;

/* The result of a command whose answer its decoder has taken, or not: then -EPROTO. */
int tpm_decoded(struct tpm *tpm, bool is_wellformed, enum tpm_command command,
	struct error *error) MUST_CHECK;

/* Wipes the answer. */
void tpm_done(struct tpm *tpm);

/*
 * Flushes a transient object or a session; *handle is then 0, as if there was none before. Best
 * effort: the error that led here counts, and /dev/tpmrm0 flushes what is left when it is closed.
 */
void tpm_flush(struct tpm *tpm, uint32_t *handle);

/*
 * Starts a session salted with a P-256 key of the TPM, whose public area the caller has checked,
 * or, if @key is NULL, one without. Results as of tpm_call(). The caller ends it with
 * tpm_session_end().
 */
int tpm_session_start(struct tpm *tpm, enum tpm_session_type type, const struct tpm_entity *key,
	const struct tpm_blob *key_public, struct tpm_session *ret, struct error *error) MUST_CHECK;

/* Flushes and wipes it; one that was not started is left. */
void tpm_session_end(struct tpm *tpm, struct tpm_session *session);
