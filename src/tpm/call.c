/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands sent to a TPM: see call.h. */
#include "tpm/call.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

/* The text for a response code that the caller does not know better. Returns the code. */
static int refuse(enum tpm_command command, uint32_t code, struct error *error)
{
	/* Below 0x100 are those of TPM 1.2, and no result of this program's. */
	if (code > INT32_MAX || code < TPM_RC_INITIALIZE)
		return error_set(error, -EPROTO, "TPM command %s: response code 0x%x",
			tpm_command_name(command), code);
	if (code == TPM_RC_INITIALIZE || code == TPM_RC_FAILURE)
		return error_set(error, (int)code,
			"the TPM is in failure mode: switch the machine off and on");
	return error_set(error, (int)code, "TPM command %s: response code 0x%x",
		tpm_command_name(command), code);
}

static bool is_to_be_sent_again(uint32_t code)
{
	return code == TPM_RC_RETRY || code == TPM_RC_TESTING || code == TPM_RC_YIELDED;
}

static void sleep_ms(int64_t ms, int64_t deadline_ms)
{
	const int64_t end = MIN(clock_now_ms() + ms, deadline_ms);
	int left;

	while ((left = clock_until(end)) > 0)
		(void)poll(NULL, 0, left);
}

static int malformed(enum tpm_command command, struct error *error)
{
	return error_set(
		error, -EPROTO, "the TPM's answer to %s is malformed", tpm_command_name(command));
}

/* Exchanges the message, again where the TPM asks for it. */
static int exchange(struct tpm *tpm, const uint8_t *command, size_t len, size_t n_auths,
	struct tpm_authorization *got, struct error *error)
{
	const enum tpm_command code = tpm->request.command;

	for (int left = TPM_RETRIES;; left--) {
		uint32_t response = 0;
		size_t n = 0;
		int r = tpm->transport->exchange(tpm->transport, command, len, tpm->message,
			sizeof(tpm->message), tpm->deadline_ms, &n, error);
		if (r < 0)
			return error_prefix(error, r, "TPM command %s", tpm_command_name(code));
		if (!tpm_message_read(
			    tpm->message, n, &tpm->request, n_auths, &response, &tpm->answer, got))
			return malformed(code, error);
		if (response == 0)
			return 0;
		if (!is_to_be_sent_again(response) || left == 0)
			return refuse(code, response, error);
		sleep_ms(TPM_RETRY_MS, tpm->deadline_ms);
	}
}

int tpm_call(struct tpm *tpm, const struct tpm_auth *auths, size_t n, struct error *error)
{
	struct tpm_authorization authorizations[TPM_AUTHS_MAX], got[TPM_AUTHS_MAX];
	uint8_t command[TPM_MESSAGE_MAX];
	int r = tpm_session_protect(&tpm->request, auths, n, authorizations, error);

	if (r == 0) {
		size_t len = tpm_message_write(&tpm->request, authorizations, n, command);
		r = exchange(tpm, command, len, n, got, error);
	}
	if (r == 0)
		r = tpm_session_check(&tpm->request, &tpm->answer, auths, got, n, error);
	tpm_request_wipe(&tpm->request);
	secret_wipe_bytes(command, sizeof(command));
	secret_wipe_bytes(tpm->message, sizeof(tpm->message));
	if (r != 0)
		tpm_answer_wipe(&tpm->answer);
	return r;
}

int tpm_decoded(struct tpm *tpm, bool is_wellformed, enum tpm_command command, struct error *error)
{
	tpm_done(tpm);
	return is_wellformed ? 0 : malformed(command, error);
}

void tpm_done(struct tpm *tpm)
{
	tpm_answer_wipe(&tpm->answer);
}

void tpm_flush(struct tpm *tpm, uint32_t *handle)
{
	struct error ignored;

	if (*handle == 0)
		return;
	tpm_encode_flush_context(&tpm->request, *handle);
	(void)!tpm_call(tpm, NULL, 0, &ignored);
	*handle = 0;
}

int tpm_session_start(struct tpm *tpm, enum tpm_session_type type, const struct tpm_entity *key,
	const struct tpm_blob *key_public, struct tpm_session *ret, struct error *error)
{
	_cleanup_ecdh_ struct crypto_ecdh_key ephemeral = { .curve = CRYPTO_CURVE_P256 };
	_cleanup_(tpm_salt_wipe) struct tpm_salt salt = { .encrypted = { .len = 0 } };
	_cleanup_(tpm_session_wipe) struct tpm_session session = { .salted = key != NULL };
	struct tpm_public public;
	int r = random_bytes(session.nonce_caller, TPM_NONCE_SIZE, error);

	if (r == 0 && key) {
		if (!tpm_public_read(key_public, &public))
			return error_set(error, -EINVAL, "the TPM's key is of an unknown kind");
		r = crypto_ecdh_generate(CRYPTO_CURVE_P256, &ephemeral, error);
		if (r == 0)
			r = tpm_salt_make(&public, &ephemeral, &salt, error);
	}
	if (r < 0)
		return r;
	tpm_encode_start_auth_session(
		&tpm->request, key, &salt.encrypted, type, session.nonce_caller);
	r = tpm_call(tpm, NULL, 0, error);
	if (r != 0)
		return r;
	session.handle = tpm->answer.handle;
	r = tpm_decoded(tpm, tpm_decode_start_auth_session(&tpm->answer, session.nonce_tpm),
		TPM_CC_START_AUTH_SESSION, error);
	if (r == 0 && key)
		r = tpm_session_derive(&session, salt.salt, error);
	if (r < 0) {
		tpm_flush(tpm, &session.handle);
		return r;
	}
	*ret = session;
	return 0;
}

void tpm_session_end(struct tpm *tpm, struct tpm_session *session)
{
	tpm_flush(tpm, &session->handle);
	tpm_session_wipe(session);
}
