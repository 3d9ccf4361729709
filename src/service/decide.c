/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's decision: see decide.h. */
#include "service/decide.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "base/clock.h"
#include "base/text.h"
#include "machine/machine.h"
#include "service/ask.h"
#include "service/attempts.h"
#include "service/files.h"
#include "service/keys.h"
#include "service/report.h"
#include "service/review.h"
#include "service/seal.h"
#include "service/storing.h"
#include "service/waiting.h"
#include "service/write.h"

/* -- asking ---------------------------------------------------------------------------------- */

static void abort_without_console(struct monitor *monitor)
{
	decide_abort(monitor, "the console cannot be written");
}

void decide_check_console(struct monitor *monitor)
{
	if (monitor->stage < STAGE_FAREWELL && journal_has_failed(&monitor->journal))
		abort_without_console(monitor);
	if (monitor->stage < STAGE_FAREWELL && report_has_failed(monitor))
		decide_abort(monitor, "the reader of --json does not read, or is gone");
}

void decide_put_question(struct monitor *monitor)
{
	if (monitor->stage != STAGE_ASKING)
		return;
	if (ask_is_outdated(monitor))
		ask_close_outdated(monitor);
	if (journal_is_behind(&monitor->journal))
		return;
	if (!monitor->console.question)
		ask_open(monitor);
	if (!question_is_put(&monitor->console) && clock_until(monitor->console.retry_ms) == 0) {
		int r = question_put(&monitor->console);
		if (r < 0 && r != -EAGAIN) {
			abort_without_console(monitor);
			return;
		}
	}
	monitor->asked = question_is_put(&monitor->console);
}

static void ask_v0(struct monitor *monitor, const struct provision_entropy *entropy)
{
	monitor_stop_listening(monitor);
	journal_wait_end(&monitor->journal);
	review_show_v0(monitor, entropy);
	ask_begin(monitor);
}

static void ask_v1(struct monitor *monitor, struct monitor_session *session)
{
	monitor->asking = session;
	session->phase = PHASE_WAITING;
	review_show_v1(monitor, session);
	report_review(monitor, session);
	ask_begin(monitor);
}

static int refuse_late(struct error *text)
{
	return error_set(text, API_E_CONFLICT, "the platform accepts no more requests");
}

/* v1: 0 while a client may ask what a commit would store, or for the commit. */
static int check_serving(const struct monitor *monitor, struct error *text)
{
	if (monitor->stage == STAGE_ASKING)
		return error_set(text, API_E_CONFLICT,
			"the operator is asked about another client: try again later");
	if (monitor->stage == STAGE_STORING)
		return error_set(text, API_E_CONFLICT,
			"another client's host key is being stored: try again later");
	return monitor->stage == STAGE_SERVING ? 0 : refuse_late(text);
}

/*
 * For the host name and beside the host key that are there now. @offer: what the client was told
 * by `prepare`, or nothing yet; its key becomes the commit's. @ret: the answer.
 */
static int take_commit(struct monitor *monitor, const struct provision_entropy *entropy,
	struct provision_offer *offer, struct api_commit *ret, struct error *text)
{
	bool changed;
	int r = provision_check_open(&monitor->provision, text);

	if (r != 0)
		return r;
	if (provision_look(&monitor->provision, &changed, text) < 0)
		return API_E_FAILED;
	if (!offer->made)
		r = provision_make_offer(&monitor->provision, entropy, offer, text);
	if (r != 0)
		return r;
	*ret = offer->answer;
	return provision_commit(&monitor->provision, offer, text);
}

static int make_offer(struct monitor *monitor, struct monitor_session *session, struct error *text)
{
	struct provision *provision = &monitor->provision;
	struct api_commit *answer = &session->offer.answer;
	bool changed;
	int r = check_serving(monitor, text);

	if (r != 0)
		return r;
	if (provision_look(provision, &changed, text) < 0)
		return API_E_FAILED;
	if (!session->offer.made) {
		/* Of a key of this connection whose commit was withdrawn. */
		monitor_drop_certificate(session);
		return provision_make_offer(provision, &session->entropy, &session->offer, text);
	}
	/* The key is made once for a connection; the name is the one of now. */
	snprintf(answer->hostname, sizeof(answer->hostname), "%s", provision->facts.hostname);
	return 0;
}

int decide_on_prepare(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct error text = ERROR_INIT;
	uint8_t payload[IPC_SMALL_MAX];
	int r = make_offer(monitor, session, &text);

	if (r != 0)
		return monitor_answer(session, r, &text, error);
	session->told = true;
	/* The values that are for the end are not told yet. */
	struct api_commit told = session->offer.answer;
	told.authentication[0] = told.identity[0] = '\0';
	size_t len = session_ipc_encode_committed(&told, payload);
	return frame_send(session->role.frame_fd, IPC_PREPARED, payload, len, error);
}

/* For the laptop's inventory. */
static void tell_machine(struct api_commit *commit)
{
	struct machine machine;
	size_t len = 0;

	machine_read(MACHINE_SYSFS, &machine);
	snprintf(commit->serial, sizeof(commit->serial), "%s", machine.serial);
	snprintf(commit->uuid, sizeof(commit->uuid), "%s", machine.uuid);
	for (size_t i = 0; i < machine.macs_n; i++)
		len += (size_t)snprintf(commit->macs + len, sizeof(commit->macs) - len, "%s%s",
			i > 0 ? " " : "", machine.macs[i]);
}

static int commit_v1(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct api_believed believed;
	struct api_commit commit;
	struct error text = ERROR_INIT;

	if (!session_ipc_decode_commit(&monitor->frame, &believed))
		return error_set(error, -EPROTO, "sent a malformed commit");
	int r = check_serving(monitor, &text);
	if (r == 0)
		r = seal_check_required(monitor, session, &text);
	if (r == 0)
		r = write_check_believed(session, &believed, &text);
	if (r == 0)
		r = files_plan(monitor, session, believed.keep_files, &text);
	if (r == 0)
		r = take_commit(monitor, &session->entropy, &session->offer, &commit, &text);
	if (r != 0)
		return monitor_answer(session, r, &text, error);
	r = write_check_room(monitor, session, &text);
	if (r != 0) {
		provision_withdraw(&monitor->provision);
		return monitor_answer(session, r, &text, error);
	}
	tell_machine(&commit);
	monitor->commit = commit;
	ask_v1(monitor, session);
	return 0;
}

static int commit_v0(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct provision_offer offer = { .made = false };
	struct api_commit commit;
	struct error text = ERROR_INIT;
	uint8_t payload[IPC_SMALL_MAX];

	int r = monitor->stage == STAGE_FAREWELL ? refuse_late(&text)
						 : provision_check_open(&monitor->provision, &text);
	if (r == 0)
		r = files_plan(monitor, NULL, true, &text);
	if (r == 0)
		r = take_commit(monitor, monitor_entropy(monitor, session), &offer, &commit, &text);
	provision_offer_deinit(&offer);
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
	/* From here on lines are not hushed. */
	monitor->stage = STAGE_SERVING;
	question_close(&monitor->console);
	if (monitor->unshown > 0)
		journal_line(&monitor->journal, "meanwhile %u %s not shown", monitor->unshown,
			text_plural(monitor->unshown, "line about other connections was",
				"lines about other connections were"));
	monitor->shown = monitor->unshown = 0;
	if (session) {
		session->phase = PHASE_OPENED;
		session->started_ms = clock_now_ms();
	}
	return session;
}

void decide_client_left(struct monitor *monitor, const char *peer)
{
	bool storing = monitor->stage == STAGE_STORING;

	if (storing && !storing_client_left(monitor)) {
		journal_line(&monitor->journal, "%s: the client left before it received the answer",
			peer);
		return;
	}
	if (!storing)
		end_question(monitor);
	provision_withdraw(&monitor->provision);
	monitor->withdrawn = true;
	journal_line(&monitor->journal, "%s: the client left before %s: nothing was written", peer,
		storing ? "the host key was sealed" : "Enter");
	secret_wipe_bytes(&monitor->commit, sizeof(monitor->commit));
	if (!storing)
		journal_line(&monitor->journal, "the question is withdrawn: do not press Enter; "
						"waiting for another client");
	waiting_show_words(monitor, false);
	waiting_begin(monitor, "waiting for another client");
	/* Attempts that failed meanwhile count now. */
	attempts_check_limit(monitor);
}

void decide_abort(struct monitor *monitor, const char *why)
{
	struct error error;

	if (monitor->stage == STAGE_STORING) {
		storing_abort(monitor, why);
		return;
	}
	struct monitor_session *session = end_question(monitor);
	(void)error_set(&error, 0, "%s: %s", why,
		monitor->variables_touched
			? "the host key was not written; the lines above show what happened to the "
			  "Secure Boot variables"
			: "nothing was written");
	if (session) {
		storing_conclude(monitor, session, API_E_CONFLICT, -ECANCELED, &error);
		return;
	}
	monitor_finish(monitor, -ECANCELED, &error);
	/* v0.0.1's client may still be reading the answer to its commit. */
	if (!monitor->provision.committed)
		monitor->stage = STAGE_OVER;
}

/* -- after Enter ---------------------------------------------------------------------------------
 */

/* Of which the review cannot tell: the answer to v0.0.1's client is out, with the old name. */
static int check_name_v0(
	const struct provision *provision, const char *answered, struct error *error)
{
	if (strcmp(provision->facts.hostname, answered) == 0)
		return 0;
	return error_set(error, -ECANCELED,
		"the host name was changed to %.100s, and the laptop was told %.100s: nothing was "
		"written",
		provision->facts.hostname, answered);
}

/* What the review named is read again: 0, and @ret_changed if it differs. */
static int look_again(struct monitor *monitor, bool *ret_changed, struct error *error)
{
	bool files_changed = false;
	int r = provision_look(&monitor->provision, ret_changed, error);

	if (r == 0 && files_plan_again(monitor, monitor->asking, &files_changed, error) != 0)
		r = -EIO;
	*ret_changed |= files_changed;
	return r < 0 ? error_prefix(error, r, "nothing was written to STHostKey") : 0;
}

static void tell_changed(struct monitor *monitor)
{
	end_question(monitor);
	journal_make_room(&monitor->journal);
	journal_line(&monitor->journal,
		"host name, host key or files were changed meanwhile: nothing was written");
}

/* The same question with the new facts. */
static void ask_again_v0(struct monitor *monitor)
{
	tell_changed(monitor);
	ask_v0(monitor, &monitor->entropy);
}

static void ask_again_v1(struct monitor *monitor)
{
	struct monitor_session *session = monitor->asking;

	tell_changed(monitor);
	snprintf(monitor->commit.hostname, sizeof(monitor->commit.hostname), "%s",
		monitor->provision.facts.hostname);
	ask_v1(monitor, session);
}

static void store_v0(struct monitor *monitor)
{
	struct error error = ERROR_INIT;
	char answered[NET_HOSTNAME_MAX];
	bool changed = false;

	memcpy(answered, monitor->provision.facts.hostname, sizeof(answered));
	int r = look_again(monitor, &changed, &error);
	if (r == 0)
		r = check_name_v0(&monitor->provision, answered, &error);
	if (r == 0 && changed) {
		ask_again_v0(monitor);
		return;
	}
	end_question(monitor);
	if (r < 0)
		monitor_finish(monitor, r, &error);
	else
		storing_begin(monitor, NULL);
}

/* The laptop has checked its known_hosts for the name that `prepare` told. */
static bool was_told_otherwise(const struct monitor *monitor)
{
	return monitor->asking->told &&
	       strcmp(monitor->commit.hostname, monitor->provision.facts.hostname) != 0;
}

/* Nothing is written; the client may prepare and commit again. */
static void withdraw_for_name(struct monitor *monitor)
{
	struct monitor_session *session = end_question(monitor);
	struct error text, ignored;

	(void)error_set(&text, 0,
		"the host name was changed to %.100s, and the laptop was told %.100s: nothing was "
		"written",
		monitor->provision.facts.hostname, monitor->commit.hostname);
	provision_withdraw(&monitor->provision);
	secret_wipe_bytes(&monitor->commit, sizeof(monitor->commit));
	monitor->withdrawn = true;
	journal_line(&monitor->journal, "%s: %s", session->peer, text.text);
	waiting_begin(monitor, "waiting for another client");
	waiting_show_words(monitor, false);
	/* If the client left at this moment, its session logs that. */
	(void)!monitor_answer(session, API_E_CONFLICT, &text, &ignored);
	attempts_check_limit(monitor);
}

static void store_v1(struct monitor *monitor)
{
	struct error error = ERROR_INIT;
	bool changed = false;

	int r = look_again(monitor, &changed, &error);
	if (r == 0 && changed && was_told_otherwise(monitor)) {
		withdraw_for_name(monitor);
		return;
	}
	if (r == 0 && changed) {
		ask_again_v1(monitor);
		return;
	}
	struct monitor_session *session = end_question(monitor);
	if (r < 0)
		storing_conclude(monitor, session, API_E_FAILED, r, &error);
	else
		storing_begin(monitor, session);
}

void decide_take_answer(struct monitor *monitor)
{
	assert(monitor->stage == STAGE_ASKING && monitor->asked);
	/* What was typed before is dropped when the question is put again. */
	if (ask_is_outdated(monitor))
		return;
	switch (question_read(&monitor->console)) {
	case QUESTION_WAITING:
		/* An answer that is none is asked again. */
		monitor->asked = question_is_put(&monitor->console);
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
