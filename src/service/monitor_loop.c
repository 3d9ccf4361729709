/* SPDX-License-Identifier: BSD-2-Clause */
/* One turn of the monitor's loop: see monitor_loop.h. */
#include "service/monitor_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/clock.h"
#include "net/tcp.h"
#include "service/attempts.h"
#include "service/decide.h"
#include "service/places.h"
#include "service/requests.h"

/* After a failed accept(2) the next try is this much later. */
#define ACCEPT_PAUSE_MS 200

int loop_send_start(const struct monitor *monitor, const struct role *role, bool trial,
	int64_t deadline_ms, struct error *error)
{
	const struct monitor_config *config = monitor->config;
	struct ipc_start start = { .verifier = config->verifier,
		.deadline_ms = deadline_ms,
		.compat = config->compat,
		.trial = trial };
	uint8_t payload[IPC_SMALL_MAX];

	if (config->compat)
		memcpy(start.seed, config->seed.bytes, sizeof(start.seed));
	size_t len = session_ipc_encode_start(&start, payload);
	int r = frame_send(role->frame_fd, IPC_START, payload, len, error);
	secret_wipe_bytes(payload, sizeof(payload));
	secret_wipe_bytes(&start, sizeof(start));
	return r;
}

/* Ends a session, and carries out what follows from its end. */
static void end_session(struct monitor *monitor, struct monitor_session *session)
{
	const struct session_end ended = monitor_end_session(monitor, session);

	if (ended.asking)
		decide_client_left(monitor, ended.peer);
	attempts_session_ended(monitor, &ended);
}

/* When the monitor ends a session that did not end itself by its own deadlines. */
static int64_t session_deadline(const struct monitor_session *session)
{
	if (session->phase == PHASE_WAITING)
		return CLOCK_NEVER;
	return session->started_ms + (session->phase & (PHASE_AUTHENTICATED | PHASE_OPENED)
						     ? SESSION_LIFE_MS
						     : SESSION_REQUEST_MS + SESSION_GRACE_MS);
}

void loop_start_session(
	struct monitor *monitor, int fd, const struct net_addr *source, const char *peer)
{
	struct monitor_session *session = places_take(monitor);
	struct error error = ERROR_INIT;
	int64_t now = clock_now_ms();

	if (!session) {
		if (!monitor_hush(monitor))
			journal_line(&monitor->journal, "%s: refused: too many connections", peer);
		return;
	}
	int r = monitor->roles->start(monitor, fd, &session->role, &error);
	if (r < 0) {
		journal_line(&monitor->journal, "%s: cannot start a session: %s", peer, error.text);
		return;
	}
	session->phase = PHASE_STARTING;
	session->started_ms = now;
	session->source = *source;
	snprintf(session->peer, sizeof(session->peer), "%s", peer);
	if (loop_send_start(monitor, &session->role, false, now + SESSION_REQUEST_MS, &error) < 0) {
		journal_line(&monitor->journal, "%s: %s", peer, error.text);
		end_session(monitor, session);
	}
}

static void accept_connection(struct monitor *monitor)
{
	_cleanup_close_ int fd = -1;
	struct net_addr addr;
	uint16_t port;
	char peer[NET_ENDPOINT_TEXT_MAX];
	struct error error = ERROR_INIT;

	int r = net_accept(monitor->listen_fd, &fd, &addr, &port, &error);
	if (r == -EAGAIN)
		return;
	if (r < 0) {
		journal_line(&monitor->journal, "cannot accept a connection: %s", error.text);
		monitor->accept_after_ms = clock_now_ms() + ACCEPT_PAUSE_MS;
		return;
	}
	net_endpoint_format(&addr, port, peer);
	if (!net_allow_contains(&monitor->config->allow, &addr)) {
		if (!monitor_hush(monitor))
			journal_line(&monitor->journal,
				"%s: refused: the address is not in an allowed network (-a)", peer);
		return;
	}
	loop_start_session(monitor, fd, &addr, peer);
}

static void serve_session(struct monitor *monitor, struct monitor_session *session)
{
	struct error error = ERROR_INIT;
	int r = frame_receive(session->role.frame_fd, &monitor->frame, &error);

	if (r == -EAGAIN)
		return;
	if (r == 0) {
		r = requests_handle(monitor, session, &error);
		secret_wipe_bytes(monitor->frame.payload, monitor->frame.len);
	}
	if (r == 0)
		return;
	if ((r == -EPROTO || r == -E2BIG) && !monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: the session %s, and was ended", session->peer,
			error.text);
	end_session(monitor, session);
}

static void handle_signal(struct monitor *monitor)
{
	struct signalfd_siginfo info;

	if (read(monitor->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	/* Too late to abort: the result is known. This ends the wait for the last answers. */
	if (monitor->stage == STAGE_FAREWELL) {
		monitor->farewell_ms = clock_now_ms();
		return;
	}
	monitor->interrupted = true;
	decide_abort(monitor, "interrupted");
}

/* Ends what is overdue; returns when something is due next. */
static int64_t end_overdue(struct monitor *monitor)
{
	int64_t next = CLOCK_NEVER;
	int64_t now = clock_now_ms();
	bool any = false;

	for (int i = 0; i < SESSIONS_MAX; i++) {
		struct monitor_session *s = &monitor->sessions[i];
		if (s->role.pid == 0)
			continue;
		if (session_deadline(s) <= now) {
			if (!monitor_hush_client(monitor))
				journal_line(&monitor->journal, "%s: closed: timed out", s->peer);
			end_session(monitor, s);
			continue;
		}
		any = true;
		next = MIN(next, session_deadline(s));
	}
	if (monitor->stage == STAGE_FAREWELL) {
		if (!any || monitor->farewell_ms <= now)
			monitor->stage = STAGE_OVER;
		next = MIN(next, monitor->farewell_ms);
	}
	if (monitor->listen_fd >= 0 && places_next_accept_ms(monitor) > now)
		next = MIN(next, places_next_accept_ms(monitor));
	return next;
}

int loop_turn(struct monitor *monitor, int64_t until_ms, struct error *error)
{
	struct pollfd fds[4 + SESSIONS_MAX];
	int64_t next = end_overdue(monitor);
	bool accepting =
		monitor->listen_fd >= 0 && places_next_accept_ms(monitor) <= clock_now_ms();

	decide_put_question(monitor);
	if (monitor->stage == STAGE_OVER)
		return 0;
	next = MIN(MIN(next, until_ms), journal_wait_tick(&monitor->journal));
	fds[0] = (struct pollfd){ .fd = monitor->signal_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = accepting ? monitor->listen_fd : -1, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = monitor->asked ? STDIN_FILENO : -1, .events = POLLIN };
	fds[3] = (struct pollfd){ .fd = journal_is_behind(&monitor->journal) ? STDERR_FILENO : -1,
		.events = POLLOUT };
	for (int i = 0; i < SESSIONS_MAX; i++)
		fds[4 + i] = (struct pollfd){ .fd = monitor->sessions[i].role.frame_fd,
			.events = POLLIN };
	if (poll(fds, ARRAY_SIZE(fds), clock_until(next)) < 0)
		return errno == EINTR ? 0 : error_set_errno(error, -errno, "poll");
	if (fds[3].revents)
		journal_flush(&monitor->journal);
	if (fds[0].revents)
		handle_signal(monitor);
	/* Before the console, so that Enter does not count for a client that has left. */
	for (int i = 0; i < SESSIONS_MAX && monitor->stage != STAGE_OVER; i++)
		if (fds[4 + i].revents && monitor->sessions[i].role.pid != 0)
			serve_session(monitor, &monitor->sessions[i]);
	/* If a session withdrew the question, the next one is asked in the next turn. */
	if (fds[2].revents && monitor->asked)
		decide_take_answer(monitor);
	/* Last, since it may give a place in the table to another connection. */
	if (fds[1].revents && monitor->listen_fd >= 0)
		accept_connection(monitor);
	return 0;
}
