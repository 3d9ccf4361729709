/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM shows its keys, and quotes: see attest.h. */
#include "service/attest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "base/file.h"
#include "service/chip.h"

/* What a quote's purpose begins with (docs/protocol.md). */
#define QUOTE_PREFIX "stprov/v1 quote"

/* -- requests -------------------------------------------------------------------------------- */

int attest_on_attest(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct error text = ERROR_INIT;

	monitor_drop_attest(session);
	int r = chip_look(monitor, session, true, &text);
	return r == 0 ? 0 : monitor_answer(session, r, &text, error);
}

int attest_on_more(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct staged_attest *attest = &session->attest;
	size_t len = MIN(attest->len - attest->given, (size_t)IPC_PIECE_MAX);
	const uint8_t *piece = len > 0 ? attest->bytes + attest->given : NULL;
	int r = frame_send(session->role.frame_fd, IPC_ATTEST_PIECE, piece, len, error);

	attest->given += len;
	if (attest->given == attest->len) {
		free(attest->bytes);
		attest->bytes = NULL;
		attest->given = attest->len = 0;
	}
	return r;
}

static int begin_prove(struct monitor *monitor, struct monitor_session *session,
	const struct ipc_prove *request, struct error *text)
{
	struct tpm_prove_order order = { .ek = session->attest.ek };

	if (!session->attest.attested)
		return error_set(text, API_E_CONFLICT, "attest comes before attest-prove");
	int r = chip_take(monitor, session, text);
	if (r != 0)
		return r;
	if (!tpm_blob_set(&order.credential, request->credential, request->credential_len) ||
		!tpm_blob_set(&order.secret, request->secret, request->secret_len))
		return error_set(text, API_E_REFUSED, "the credential is too long");
	r = chip_hash_purpose(QUOTE_PREFIX, &request->purpose, NULL, order.qualifying, text);
	if (r == 0)
		r = tpm_client_prove(&monitor->seal.client, &order, text);
	return chip_sent(monitor, SEAL_PROVING, r) < 0 ? API_E_UNABLE : 0;
}

int attest_on_prove(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct ipc_prove request;
	struct error text = ERROR_INIT;

	if (!session_ipc_decode_prove(&monitor->frame, &request))
		return error_set(error, -EPROTO, "sent a malformed credential");
	session->attest.proved = false;
	int r = begin_prove(monitor, session, &request, &text);
	return r == 0 ? 0 : monitor_answer(session, r, &text, error);
}

/* -- answers --------------------------------------------------------------------------------- */

/* A text about the TPM; it fits. */
#define SET_TEXT(to, from)                                                                         \
	do {                                                                                       \
		static_assert(sizeof(from) <= sizeof(to), "room");                                 \
		memcpy(to, from, sizeof(from));                                                    \
	} while (0)

static void describe(const struct tpm_look *look, struct api_attest *ret)
{
	SET_TEXT(ret->manufacturer, look->manufacturer);
	SET_TEXT(ret->vendor, look->vendor);
	SET_TEXT(ret->firmware, look->firmware);
	static_assert(
		TPM_BANKS_MAX <= API_BANKS_MAX && TPM_HASH_NAME_MAX <= API_BANK_TEXT_MAX, "room");
	for (size_t i = 0; i < look->n_banks; i++)
		tpm_hash_name(look->banks[i].hash, ret->banks[i]);
	ret->banks_n = look->n_banks;
	ret->in_lockout = look->in_lockout;
}

/* Read to its end and not parsed. One that is too long is as one that is not there. */
static uint8_t *read_log(struct monitor *monitor, size_t *ret_len)
{
	struct error error;
	uint8_t *log = NULL;
	int r = file_read(AT_FDCWD, monitor->config->boot_log, API_LOG_MAX, &log, ret_len, &error);

	if (r == 0)
		return log;
	*ret_len = 0;
	if (r == -EFBIG && !monitor_hush_client(monitor))
		journal_line(&monitor->journal,
			"warning: the firmware's boot log is larger than %d KiB, and is not sent",
			API_LOG_MAX / 1024);
	return NULL;
}

/* Certificates and log, one after the other, for attest_on_more(). */
static int keep_bytes(struct monitor *monitor, struct staged_attest *attest, struct api_attest *ret,
	struct error *text)
{
	const struct tpm_attest *shown = &monitor->seal.client.answer.attest;
	_cleanup_free_ uint8_t *log = read_log(monitor, &ret->log_len);

	static_assert(TPM_CHAIN_PARTS_MAX == API_CHAIN_PARTS_MAX &&
			      TPM_CHAIN_MAX == API_CHAIN_MAX &&
			      TPM_CERTIFICATE_MAX == API_CERTIFICATE_MAX,
		"the same");
	ret->certificate_len = shown->certificate_len;
	ret->chain_n = shown->n_chain;
	memcpy(ret->chain_len, shown->chain_len, sizeof(ret->chain_len));
	size_t len = api_attest_bytes_len(ret), chain = len - ret->certificate_len - ret->log_len;
	if (len == 0)
		return 0;
	uint8_t *p = malloc(len);
	if (!p)
		return error_set(text, -ENOMEM, "no memory");
	attest->bytes = p;
	attest->len = len;
	memcpy(p, shown->certificate, ret->certificate_len);
	memcpy(p + ret->certificate_len, shown->chain, chain);
	if (log)
		memcpy(p + ret->certificate_len + chain, log, ret->log_len);
	return 0;
}

static int answer_attested(
	struct monitor *monitor, struct monitor_session *session, struct error *text)
{
	const struct tpm_attest *shown = &monitor->seal.client.answer.attest;
	struct api_attest answer = { .bytes = NULL };
	uint8_t payload[IPC_SMALL_MAX];
	struct error ignored;

	int r = keep_bytes(monitor, &session->attest, &answer, text);
	if (r < 0)
		return r;
	describe(&monitor->seal.look, &answer);
	snprintf(answer.ek_template, sizeof(answer.ek_template), "%s", tpm_ek_name(shown->ek));
	chip_copy(&answer.ek, &shown->ek_public);
	chip_copy(&answer.ak, &shown->ak_public);
	session->attest.ek = shown->ek;
	session->attest.attested = true;
	if (!monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: asked for this machine's attestation",
			session->peer);
	size_t len = session_ipc_encode_attested(&answer, payload);
	/* A session that has gone ends by itself. */
	(void)!frame_send(session->role.frame_fd, IPC_ATTESTED, payload, len, &ignored);
	return 0;
}

static void answer_proved(struct monitor *monitor, struct monitor_session *session)
{
	const struct tpm_proof *proof = &monitor->seal.client.answer.proof;
	struct api_proof answer;
	uint8_t payload[IPC_SMALL_MAX];
	struct error ignored;

	static_assert(sizeof(answer.pcrs) == sizeof(proof->pcrs) &&
			      sizeof(answer.credential) == sizeof(proof->credential),
		"the same");
	memcpy(answer.credential, proof->credential, sizeof(answer.credential));
	memcpy(answer.pcrs, proof->pcrs, sizeof(answer.pcrs));
	chip_copy(&answer.quote, &proof->quote);
	chip_copy(&answer.signature, &proof->signature);
	session->attest.proved = true;
	size_t len = session_ipc_encode_proved(&answer, payload);
	/* A session that has gone ends by itself. */
	(void)!frame_send(session->role.frame_fd, IPC_PROVED, payload, len, &ignored);
}

void attest_take(struct monitor *monitor, enum seal_step step, int r, struct error *text)
{
	struct monitor_seal *seal = &monitor->seal;
	struct monitor_session *session = seal->user;
	struct error ignored;

	if (r == 0 && step == SEAL_LOOKING) {
		seal->look = seal->client.answer.look;
		r = chip_sent(monitor, SEAL_ATTESTING, tpm_client_attest(&seal->client, text));
	} else if (r == 0 && step == SEAL_ATTESTING) {
		r = answer_attested(monitor, session, text);
	} else if (r == 0) {
		answer_proved(monitor, session);
	}
	if (r == 0)
		return;
	monitor_close_tpm(monitor);
	/* A session that has gone ends by itself. */
	(void)!monitor_answer(session, API_E_UNABLE, text, &ignored);
}
