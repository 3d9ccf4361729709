/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's decision: see decide.h. */
#include "service/decide.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "base/clock.h"
#include "base/text.h"
#include "crypto/kdf.h"
#include "efi/secureboot.h"
#include "service/attempts.h"
#include "service/keys.h"

#define QUESTION "Press Enter to commit changes, ctrl+c to abort"
/* After a question was withdrawn, the next Enter may be meant for that one. */
#define QUESTION_AGAIN "Type yes and press Enter to commit changes, ctrl+c to abort"

/* -- asking ---------------------------------------------------------------------------------- */

/*
 * From now on no other commit is accepted. The question itself is asked once a slow or stopped
 * console has shown the review: the operator must not answer without it. While the question is open
 * no row that shows progress is printed below it.
 */
static void begin_question(struct monitor *monitor)
{
	assert(monitor->stage == STAGE_SERVING);
	journal_wait_end(&monitor->journal);
	monitor->stage = STAGE_ASKING;
	monitor->asked = false;
}

void decide_put_question(struct monitor *monitor)
{
	if (monitor->stage != STAGE_ASKING || monitor->asked ||
		journal_is_behind(&monitor->journal))
		return;
	question_ask(&monitor->console, monitor->withdrawn ? QUESTION_AGAIN : QUESTION);
	monitor->console.enter_confirms = !monitor->withdrawn;
	monitor->asked = true;
}

static void ask_v0(struct monitor *monitor, const struct provision_entropy *entropy)
{
	const struct provision *p = &monitor->provision;
	_cleanup_free_ char *dump = text_format_dump(entropy->bytes, sizeof(entropy->bytes));

	monitor_stop_listening(monitor);
	journal_wait_end(&monitor->journal);
	journal_drain(&monitor->journal);
	fprintf(stderr, "received entropy\n\n%s\n", dump ? dump : "(no memory to show it)\n");
	if (dump)
		secret_wipe_bytes(dump, strlen(dump));
	journal_line(
		&monitor->journal, "will write STHostKey, the SSH host key of %s:", p->hostname);
	journal_line(&monitor->journal, "  %s", p->key.fingerprint);
	begin_question(monitor);
}

static void show_keys(struct monitor *monitor, const struct monitor_session *session)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	char hex[2 * CRYPTO_SHA256_SIZE + 1];
	struct error error;

	for (size_t i = 0; i < EFI_SB_N; i++) {
		const char *name = efi_sb_variables[i].name->name;
		const struct api_blob *blob = &session->blobs[i];
		if (!blob->data)
			continue;
		if (crypto_sha256(blob->data, blob->len, hash, &error) < 0) {
			journal_line(&monitor->journal, "  %s: %s", name, error.text);
			continue;
		}
		text_format_hex(hash, sizeof(hash), hex);
		journal_line(&monitor->journal, "  %s%s, with the SHA-256", name,
			session->findings.append[i] ? " (appended)" : "");
		journal_line(&monitor->journal, "    %s", hex);
	}
	if (session->findings.menu)
		journal_line(&monitor->journal,
			"  OsIndications, for the firmware's menu at the next boot");
	keys_log_boot(monitor, session, "");
}

static void show_review(struct monitor *monitor, const struct monitor_session *session)
{
	const struct provision *p = &monitor->provision;
	char words[CODE_TEXT_MAX];

	code_format(session->words, ' ', words);
	/* Makes room: not a line of the review may be left out. */
	journal_drain(&monitor->journal);
	journal_line(&monitor->journal, "%s asks to commit", session->peer);
	journal_line(&monitor->journal, "host name: %s", p->hostname);
	journal_line(&monitor->journal, "will write:");
	journal_line(&monitor->journal, "  STHostKey, the SSH host key");
	journal_line(&monitor->journal, "    %s", p->key.fingerprint);
	if (session->has_keys)
		show_keys(monitor, session);
	/* Next to the question, so that later lines do not push the words off a small screen. */
	journal_line(&monitor->journal, "comparison words: %s", words);
	journal_line(&monitor->journal,
		"  if the laptop shows other words, the connection is intercepted: abort");
}

static int commit_v1(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct api_commit commit;
	struct error text = ERROR_INIT;
	int r;

	if (monitor->stage == STAGE_ASKING)
		r = error_set(&text, API_E_CONFLICT,
			"the operator is asked about another client: try again later");
	else if (monitor->stage != STAGE_SERVING)
		r = error_set(&text, API_E_CONFLICT, "the platform accepts no more requests");
	else
		r = provision_commit(
			&monitor->provision, monitor_entropy(monitor, session), &commit, &text);
	if (r != 0)
		return monitor_answer(session, r, &text, error);
	monitor->commit = commit;
	monitor->asking = session;
	session->phase = PHASE_WAITING;
	show_review(monitor, session);
	begin_question(monitor);
	return 0;
}

static int commit_v0(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct api_commit commit;
	struct error text = ERROR_INIT;
	uint8_t payload[IPC_SMALL_MAX];

	int r = monitor->stage == STAGE_FAREWELL
			? error_set(&text, API_E_CONFLICT, "the platform accepts no more requests")
			: provision_commit(&monitor->provision, monitor_entropy(monitor, session),
				  &commit, &text);
	if (r != 0)
		return monitor_answer(session, r, &text, error);
	journal_line(&monitor->journal, "%s: committed", session->peer);
	size_t len = session_ipc_encode_committed(&commit, payload);
	r = frame_send(session->role.frame_fd, IPC_COMMITTED, payload, len, error);
	/* Also if the client was lost meanwhile: the operator decides whether to go on. */
	ask_v0(monitor, monitor_entropy(monitor, session));
	return r;
}

int decide_on_commit(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	return session->phase == PHASE_OPENED ? commit_v1(monitor, session, error)
					      : commit_v0(monitor, session, error);
}

/* -- the question's end ---------------------------------------------------------------------- */

/* Returns v1's session that asked, whose deadline starts again; NULL: v0.0.1, or it is gone. */
static struct monitor_session *end_question(struct monitor *monitor)
{
	struct monitor_session *session = monitor->asking;

	monitor->asking = NULL;
	monitor->asked = false;
	if (monitor->unshown > 0)
		journal_line(&monitor->journal,
			"meanwhile %u lines about other connections were not shown",
			monitor->unshown);
	monitor->shown = monitor->unshown = 0;
	if (session) {
		session->phase = PHASE_OPENED;
		session->started_ms = clock_now_ms();
	}
	return session;
}

/* One client is to be answered; the service does not wait for the others. */
static void end_others(struct monitor *monitor, const struct monitor_session *but)
{
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (monitor->sessions[i].role.pid != 0 && &monitor->sessions[i] != but)
			(void)monitor_end_session(monitor, &monitor->sessions[i]);
}

/* Ends the service with @result, and answers the client with @client_result. */
static void conclude_question(struct monitor *monitor, struct monitor_session *session,
	int client_result, int result, const struct error *text)
{
	struct error ignored;

	monitor_finish(monitor, result, text);
	end_others(monitor, session);
	/* If the client left at this moment, its session logs that. */
	(void)!monitor_answer(session, client_result, text, &ignored);
}

void decide_client_left(struct monitor *monitor, const char *peer)
{
	assert(monitor->stage == STAGE_ASKING);
	end_question(monitor);
	provision_withdraw(&monitor->provision);
	monitor->withdrawn = true;
	monitor->stage = STAGE_SERVING;
	journal_line(
		&monitor->journal, "%s: the client left before Enter: nothing was written", peer);
	journal_line(&monitor->journal, "do not press Enter; waiting for another client");
	journal_wait_begin(&monitor->journal, "waiting for another client");
	/* Attempts that failed meanwhile count now. */
	attempts_check_limit(monitor);
}

void decide_abort(struct monitor *monitor, const char *why)
{
	struct monitor_session *session = end_question(monitor);
	struct error error;

	(void)error_set(&error, 0, "%s: %s", why,
		monitor->variables_touched
			? "the host key was not written; the lines above show what happened to the "
			  "Secure Boot variables"
			: "nothing was written");
	if (session) {
		conclude_question(monitor, session, API_E_CONFLICT, -ECANCELED, &error);
		return;
	}
	monitor_finish(monitor, -ECANCELED, &error);
	/* v0.0.1's client may still be reading the answer to its commit. */
	if (!monitor->provision.committed)
		monitor->stage = STAGE_OVER;
}

/* -- writing --------------------------------------------------------------------------------- */

static void store_v0(struct monitor *monitor)
{
	struct error error = ERROR_INIT;
	int r = provision_store(&monitor->provision, &error);

	end_question(monitor);
	if (r < 0) {
		monitor_finish(monitor, r, &error);
		return;
	}
	journal_line(&monitor->journal, "host key stored in STHostKey and read back: %s",
		monitor->provision.key.fingerprint);
	monitor_finish(monitor, 0, &ERROR_INIT);
}

/* SetupMode may have changed while the question was open. */
static int still_in_setup_mode(
	struct monitor *monitor, const struct monitor_session *session, struct error *error)
{
	struct error why = ERROR_INIT;

	if (keys_check_setup_mode(monitor, session, &why) == 0)
		return 0;
	return error_set(error, -EPERM, "%s; nothing was changed", why.text);
}

/*
 * Writes host key and Secure Boot keys as one decision. The host key comes first, since it can
 * always be put back; a PK that was written ends Setup Mode, and perhaps cannot be removed.
 */
static int write_commit(
	struct monitor *monitor, const struct monitor_session *session, struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;
	const struct secret *pem = &monitor->provision.key.pem;

	efi_txn_init(&txn, monitor->config->efi);
	int r = session->has_keys ? still_in_setup_mode(monitor, session, error) : 0;
	if (r == 0)
		r = efi_txn_add(&txn, &efi_host_key, pem->bytes, pem->len, error);
	if (r == 0 && session->has_keys)
		r = keys_add(session, &txn, error);
	return r == 0 ? efi_txn_commit(&txn, error) : r;
}

static void store_v1(struct monitor *monitor)
{
	struct monitor_session *session = end_question(monitor);
	struct error error = ERROR_INIT, ignored;
	uint8_t payload[IPC_SMALL_MAX];

	monitor_stop_listening(monitor);
	int r = write_commit(monitor, session, &error);
	if (r < 0) {
		conclude_question(monitor, session, API_E_FAILED, r, &error);
		return;
	}
	journal_line(&monitor->journal, "host key stored in STHostKey and read back: %s",
		monitor->provision.key.fingerprint);
	if (session->has_keys)
		keys_log_written(monitor, session, "");
	if (session->findings.menu)
		keys_request_menu(monitor);
	monitor_finish(monitor, 0, &ERROR_INIT);
	end_others(monitor, session);
	size_t len = session_ipc_encode_committed(&monitor->commit, payload);
	/* If the client left at this moment, its session logs that. */
	(void)!frame_send(session->role.frame_fd, IPC_COMMITTED, payload, len, &ignored);
}

void decide_take_answer(struct monitor *monitor)
{
	assert(monitor->stage == STAGE_ASKING && monitor->asked);
	switch (question_read(&monitor->console)) {
	case QUESTION_WAITING:
		break;
	case QUESTION_CONFIRMED:
		if (monitor->asking)
			store_v1(monitor);
		else
			store_v0(monitor);
		break;
	case QUESTION_ABORTED:
		decide_abort(monitor, "aborted");
		break;
	case QUESTION_ENDED:
		decide_abort(monitor, "aborted at the end of input");
		break;
	}
}
