/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may try the code: see attempts.h. An attempt is what message 4 of v1's opening makes
 * possible. It is permitted here, before that message is sent, so that a session that was taken
 * over gives no more guesses than any other.
 */
#include "service/attempts.h"

#include <errno.h>
#include <string.h>

#include "api/server.h"
#include "base/clock.h"
#include "service/report.h"
#include "service/waiting.h"

/* Not after too many failures or openings, and not once the result is known. */
static bool may_try(const struct monitor *monitor)
{
	return !monitor_is_closed(monitor) && monitor->openings < OPENINGS_MAX &&
	       monitor->stage < STAGE_FAREWELL;
}

static int deny_attempt(struct monitor_session *session, struct error *error)
{
	struct error text;

	session->phase = PHASE_OPENING;
	(void)error_set(&text, 0, "no more attempts are permitted");
	return monitor_answer(session, API_E_DENIED, &text, error);
}

/* Permits the next queued attempt, or denies all of them. A session that is gone is ended later. */
static void let_next(struct monitor *monitor)
{
	struct monitor_session *next;
	struct error ignored;

	while ((next = monitor_find_phase(monitor, PHASE_QUEUED))) {
		if (!may_try(monitor)) {
			(void)!deny_attempt(next, &ignored);
			continue;
		}
		if (monitor_find_phase(monitor, PHASE_ATTEMPT))
			return;
		next->phase = PHASE_ATTEMPT;
		(void)!monitor_answer(next, 0, NULL, &ignored);
		return;
	}
}

void attempts_failed(struct monitor *monitor, const char *peer, const char *what)
{
	/* One that was under way when the last one failed. */
	bool beyond = monitor_is_closed(monitor);

	monitor->failed_attempts++;
	if (beyond)
		journal_line(&monitor->journal, "%s: %s, after the last attempt", peer, what);
	else
		journal_line(&monitor->journal, "%s: %s, failed attempt %u of %d", peer, what,
			monitor->failed_attempts, FAILED_ATTEMPTS_MAX);
	attempts_check_limit(monitor);
}

void attempts_check_limit(struct monitor *monitor)
{
	struct error text;

	/* While the question is open its client is served to the end. */
	if (!monitor_is_closed(monitor) || monitor->stage != STAGE_SERVING)
		return;
	(void)error_set(&text, 0, "%d failed attempts: closed, no more connections are accepted",
		FAILED_ATTEMPTS_MAX);
	monitor_finish(monitor, -EACCES, &text);
}

int attempts_on_hello(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	uint8_t status = OPENING_GO_ON;

	if (monitor_is_closed(monitor))
		status = OPENING_CLOSED;
	else if (monitor->stage == STAGE_FAREWELL)
		status = OPENING_COMMITTED;
	else if (monitor_find_phase(monitor, PHASE_ATTEMPT))
		status = OPENING_BUSY;
	return frame_send(session->role.frame_fd, IPC_STATUS, &status, 1, error);
}

/* Ends the service. While a question is open no more attempts are permitted, and that is all. */
static void too_many_openings(struct monitor *monitor)
{
	struct error text;

	if (monitor->stage != STAGE_SERVING)
		return;
	(void)error_set(&text, 0,
		"%d connections have shown the code, and nothing was committed: closed",
		OPENINGS_MAX);
	monitor_finish(monitor, -EACCES, &text);
}

int attempts_on_attempt(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	if (monitor->openings >= OPENINGS_MAX)
		too_many_openings(monitor);
	if (!may_try(monitor))
		return deny_attempt(session, error);
	session->phase = PHASE_QUEUED;
	session->queued = monitor->queued++;
	let_next(monitor);
	return 0;
}

/*
 * The words are to be typed on the laptop, before it sends anything. While a question is open they
 * are on one row, so that the question stays on the screen; rows beyond that come later.
 */
static void show_opened(struct monitor *monitor, struct monitor_session *session)
{
	char words[CODE_TEXT_MAX];

	if (monitor_hush_client(monitor))
		return;
	if (monitor->stage != STAGE_ASKING) {
		waiting_show_words(monitor, false);
		return;
	}
	code_format(session->words, ' ', words);
	journal_line(
		&monitor->journal, "%s: has shown the code; its words: %s", session->peer, words);
	session->words_shown = true;
}

int attempts_on_opened(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;

	assert(session->phase == PHASE_ATTEMPT);
	if (frame->len != sizeof(session->words))
		return error_set(error, -EPROTO, "sent malformed comparison words");
	memcpy(session->words, frame->payload, sizeof(session->words));
	session->phase = PHASE_OPENED;
	monitor->openings++;
	session->started_ms = clock_now_ms();
	show_opened(monitor, session);
	report_opened(monitor, session);
	let_next(monitor);
	return monitor_answer(session, 0, NULL, error);
}

int attempts_on_not_opened(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;

	assert(session->phase == PHASE_ATTEMPT);
	if (frame->len != 1)
		return error_set(error, -EPROTO, "sent a malformed failure");
	session->phase = PHASE_OPENING;
	attempts_failed(
		monitor, session->peer, frame->payload[0] ? "wrong code" : "did not show the code");
	let_next(monitor);
	return 0;
}

void attempts_session_ended(struct monitor *monitor, const struct session_end *ended)
{
	/*
	 * Also if the session was killed: its peer may have received message 4. Sessions closed by
	 * our own shutdown do not count.
	 */
	if (ended->phase != PHASE_ATTEMPT || monitor->stage >= STAGE_FAREWELL)
		return;
	attempts_failed(monitor, ended->peer, "did not show the code");
	let_next(monitor);
}
