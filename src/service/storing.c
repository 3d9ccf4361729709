/* SPDX-License-Identifier: BSD-2-Clause */
/* From the operator's Enter to the result: see storing.h. */
#include "service/storing.h"

#include <errno.h>

#include "api/server.h"
#include "service/files.h"
#include "service/keys.h"
#include "service/seal.h"
#include "service/write.h"

/* -- the end --------------------------------------------------------------------------------- */

/* One client is to be answered; the service does not wait for the others. */
static void end_others(struct monitor *monitor, const struct monitor_session *but)
{
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (monitor->sessions[i].role.pid != 0 && &monitor->sessions[i] != but)
			(void)monitor_end_session(monitor, &monitor->sessions[i]);
}

void storing_conclude(struct monitor *monitor, struct monitor_session *session, int client_result,
	int result, const struct error *text)
{
	struct error ignored;

	/* It may still be at work, which is of no use any more. */
	monitor_close_tpm(monitor);
	monitor_finish(monitor, result, text);
	end_others(monitor, session);
	if (!session)
		return;
	session->phase = PHASE_OPENED;
	/* The console has the sentence already. */
	session->silent = true;
	/* If the client left at this moment, its session logs that. */
	(void)!monitor_answer(session, client_result, text, &ignored);
}

/* Nothing was written. */
static void fail(struct monitor *monitor, int client_result, int result, const struct error *text)
{
	/* v0.0.1's client may still be reading the answer to its commit. */
	if (!monitor->storing.v1)
		monitor_finish(monitor, result, text);
	else
		storing_conclude(monitor, monitor->storing.session, client_result, result, text);
}

/* Everything is written. */
static void succeed(struct monitor *monitor)
{
	struct monitor_session *session = monitor->storing.session;
	uint8_t payload[IPC_SMALL_MAX];
	struct error ignored;

	monitor_close_tpm(monitor);
	monitor_finish(monitor, 0, &ERROR_INIT);
	if (monitor->storing.v1)
		end_others(monitor, session);
	if (!session)
		return;
	session->phase = PHASE_OPENED;
	size_t len = session_ipc_encode_committed(&monitor->commit, payload);
	/* If the client left at this moment, its session logs that. */
	(void)!frame_send(session->role.frame_fd, IPC_COMMITTED, payload, len, &ignored);
}

/* -- writing, and what follows in the TPM ---------------------------------------------------- */

static bool is_sealed(const struct monitor *monitor)
{
	return monitor->storing.session && monitor->storing.session->seal.wanted;
}

/* The key that is stored works; what is left is a key that should be gone. */
static void tell_left_over(struct monitor *monitor, const char *why)
{
	journal_line(&monitor->journal,
		"warning: the TPM key of the old sealed host key was not removed, so that TPM may "
		"still open old copies of it: %s",
		why);
}

/* The new key was not stored: its TPM key goes. */
static void withdraw_key(struct monitor *monitor, int result, const struct error *why)
{
	struct error ignored;

	monitor->storing.why = *why;
	if (!is_sealed(monitor) || seal_drop(monitor, &ignored) != 0)
		fail(monitor, API_E_FAILED, result, why);
}

/* What the review named is still so: sealing takes a while. */
static int check_unchanged(struct monitor *monitor, struct error *error)
{
	bool changed = false, files_changed = false;
	int r = provision_look(&monitor->provision, &changed, error);

	if (r == 0 &&
		files_plan_again(monitor, monitor->storing.session, &files_changed, error) != 0)
		r = -EIO;
	if (r < 0)
		return error_prefix(error, r, "nothing was written");
	return changed || files_changed
		       ? error_set(error, -ECANCELED,
				 "host name, host key or files were changed while the host key was "
				 "sealed: nothing was written")
		       : 0;
}

static void store(struct monitor *monitor)
{
	struct monitor_session *session = monitor->storing.session;
	bool sealed = is_sealed(monitor), had_sealed = monitor->files.had_sealed;
	struct error error = ERROR_INIT;

	monitor_stop_listening(monitor);
	if (!sealed && had_sealed)
		seal_note_parents(monitor);
	int r = sealed ? check_unchanged(monitor, &error) : 0;
	if (r == 0)
		r = write_commit(monitor, session, &error);
	if (r < 0) {
		withdraw_key(monitor, r, &error);
		return;
	}
	monitor->storing.written = true;
	write_log(monitor, session);
	if (session && session->findings.menu)
		keys_request_menu(monitor);
	r = sealed       ? seal_keep(monitor, &error)
	    : had_sealed ? seal_forget(monitor, &error)
			 : SEAL_E_NOTHING;
	if (r == 0) {
		journal_wait_begin(&monitor->journal, "removing the TPM key of the old host key");
		return;
	}
	if (r < 0)
		tell_left_over(monitor, error.text);
	succeed(monitor);
}

void storing_begin(struct monitor *monitor, struct monitor_session *session)
{
	struct error error = ERROR_INIT;

	monitor->storing = (struct monitor_storing){ .session = session, .v1 = session != NULL };
	monitor->stage = STAGE_STORING;
	if (session)
		session->phase = PHASE_WAITING;
	if (!is_sealed(monitor)) {
		store(monitor);
		return;
	}
	int r = seal_begin(monitor, session, &error);
	if (r < 0)
		fail(monitor, API_E_UNABLE, r, &error);
	else
		journal_wait_begin(&monitor->journal, "sealing the host key to the TPM");
}

/* -- what happens meanwhile ------------------------------------------------------------------ */

static void end_sealing(struct monitor *monitor, int result, const struct error *error)
{
	struct error text = *error;

	if (result == 0) {
		store(monitor);
		return;
	}
	(void)error_set(&text, 0, "%s; nothing was written", error->text);
	fail(monitor, API_E_UNABLE, result, &text);
}

void storing_take_tpm(struct monitor *monitor)
{
	struct error error = ERROR_INIT;
	int result = 0;
	enum seal_step step = seal_take(monitor, &result, &error);

	if (step == SEAL_CLOSED || step == SEAL_OPEN)
		return;
	assert(monitor->stage == STAGE_STORING);
	journal_wait_end(&monitor->journal);
	if (step == SEAL_SEALING) {
		end_sealing(monitor, result, &error);
		return;
	}
	if (step == SEAL_DROPPING) {
		/* If it failed, the next key that is sealed takes its place. */
		fail(monitor, API_E_FAILED, -EIO, &monitor->storing.why);
		return;
	}
	if (result < 0)
		tell_left_over(monitor, error.text);
	else if (step == SEAL_FORGETTING)
		journal_line(&monitor->journal,
			"old copies of the sealed host key can no longer be opened");
	succeed(monitor);
}

bool storing_client_left(struct monitor *monitor)
{
	assert(monitor->stage == STAGE_STORING && !monitor->storing.session);
	/* Its TPM key is removed as soon as it is there: seal_take(). */
	if (monitor->seal.abandoned) {
		journal_wait_end(&monitor->journal);
		monitor->stage = STAGE_SERVING;
		return true;
	}
	return false;
}

void storing_abort(struct monitor *monitor, const char *why)
{
	struct error error;

	assert(monitor->stage == STAGE_STORING);
	if (monitor->storing.written) {
		/* Too late: it is stored. */
		monitor->interrupted = 0;
		tell_left_over(monitor, why);
		succeed(monitor);
		return;
	}
	(void)error_set(&error, 0, "%s: nothing was written", why);
	fail(monitor, API_E_CONFLICT, -ECANCELED, &error);
}
