/* SPDX-License-Identifier: BSD-2-Clause */
/* One turn of the monitor's loop: see monitor_loop.h. */
#include "service/monitor_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/tcp.h"
#include "service/attempts.h"
#include "service/chip.h"
#include "service/decide.h"
#include "service/places.h"
#include "service/report.h"
#include "service/requests.h"
#include "service/spare.h"
#include "service/storing.h"
#include "service/waiting.h"

/* After a failed accept(2) the next try is this much later. */
#define ACCEPT_PAUSE_MS 200
/* After a frame was not received for lack of memory the next try is this much later. */
#define NO_MEMORY_PAUSE_MS 200

/* TLS 1.2's record of a fatal alert, internal_error (RFC 5246 sections 6.2.1 and 7.2). */
static const uint8_t tls_refusal[] = { 0x15, 3, 3, 0, 2, 2, 80 };
#define TLS_HANDSHAKE 0x16

/*
 * The platform has no process or descriptor for this connection: its client is told `busy, try
 * again`, so that it does not look for the reason in the allowed networks. Of what it sent one byte
 * is compared, to answer in its protocol. What it sent is dropped first: closing a socket with
 * unread bytes resets the connection, and the answer might be lost. @why: NULL if it was logged.
 */
static void turn_away(struct monitor *monitor, int fd, const char *peer, const char *why)
{
	const uint8_t busy = OPENING_BUSY;
	uint8_t first = 0, waste[256];

	(void)!recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);
	if (first == TLS_HANDSHAKE)
		(void)!send(fd, tls_refusal, sizeof(tls_refusal), MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		(void)!send(fd, &busy, sizeof(busy), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 4 && recv(fd, waste, sizeof(waste), MSG_DONTWAIT) > 0; i++)
		;
	if (why && !monitor_hush(monitor))
		journal_line(&monitor->journal, "%s: turned away: cannot start a session: %s", peer,
			why);
}

/* Ends a session, and carries out what follows from its end. */
static void end_session(struct monitor *monitor, struct monitor_session *session)
{
	/* Its process did not come as far as its sandbox: the connection is still here. */
	_cleanup_close_ int fd = TAKE_FD(session->connection_fd);
	const struct session_end ended = monitor_end_session(monitor, session);

	if (fd >= 0)
		turn_away(monitor, fd, ended.peer, NULL);
	if (ended.asking || ended.storing)
		decide_client_left(monitor, ended.peer);
	/* Its operator may have found out that the connection is intercepted. */
	if (ended.phase == PHASE_OPENED && monitor->stage == STAGE_SERVING &&
		!monitor_hush_client(monitor))
		journal_line(&monitor->journal,
			"%s: the client has gone: nothing was written for it", ended.peer);
	attempts_session_ended(monitor, &ended);
}

/* When the monitor ends a session that did not end itself by its own deadlines. */
static int64_t session_deadline(const struct monitor_session *session)
{
	switch (session->phase) {
	case PHASE_WAITING:
		return CLOCK_NEVER;
	case PHASE_OPENED:
		return session->started_ms + OPENED_LIFE_MS;
	case PHASE_AUTHENTICATED:
		return session->started_ms + SESSION_LIFE_MS;
	default:
		return session->started_ms + SESSION_REQUEST_MS + SESSION_GRACE_MS;
	}
}

void loop_start_session(
	struct monitor *monitor, int taken, const struct net_addr *source, const char *peer)
{
	_cleanup_close_ int fd = taken;
	struct monitor_session *session = places_take(monitor);
	struct error error = ERROR_INIT;

	if (!session) {
		if (!monitor_hush(monitor))
			journal_line(&monitor->journal, "%s: refused: too many connections", peer);
		turn_away(monitor, fd, peer, NULL);
		return;
	}
	if (!spare_take(monitor, session)) {
		if (spare_start_session(monitor, &session->role, &error) < 0) {
			turn_away(monitor, fd, peer, error.text);
			return;
		}
		session->phase = PHASE_STARTING;
	}
	session->started_ms = clock_now_ms();
	session->source = *source;
	snprintf(session->peer, sizeof(session->peer), "%s", peer);
	session->connection_fd = TAKE_FD(fd);
	/* One that is not in its sandbox yet is given the connection when it is. */
	if (session->phase == PHASE_READY && monitor_give_connection(session, &error) < 0)
		end_session(monitor, session);
}

int loop_take_reserve(struct monitor *monitor, struct error *error)
{
	if (monitor->reserve_fd < 0)
		monitor->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return monitor->reserve_fd < 0 ? error_set_errno(error, -errno, "/dev/null") : 0;
}

/*
 * No descriptor is left for the next connection. Its client would wait until it gives up, so the
 * one in reserve is given up for it.
 */
static void accept_on_reserve(struct monitor *monitor, const char *why)
{
	_cleanup_close_ int fd = -1;
	struct net_addr addr;
	uint16_t port;
	char peer[NET_ENDPOINT_TEXT_MAX];
	struct error ignored;

	cleanup_close(&monitor->reserve_fd);
	monitor->reserve_fd = -1;
	if (net_accept(monitor->listen_fd, &fd, &addr, &port, &ignored) == 0 &&
		net_allow_contains(&monitor->config->allow, &addr)) {
		net_endpoint_format(&addr, port, peer);
		turn_away(monitor, fd, peer, why);
	}
	cleanup_close(&fd);
	fd = -1;
	/* If it is gone meanwhile, the next client waits as it would without a reserve. */
	(void)!loop_take_reserve(monitor, &ignored);
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
		if (!monitor_hush(monitor))
			journal_line(
				&monitor->journal, "cannot accept a connection: %s", error.text);
		if (r == -EMFILE || r == -ENFILE)
			accept_on_reserve(monitor, error.text);
		monitor->accept_after_ms = clock_now_ms() + ACCEPT_PAUSE_MS;
		return;
	}
	net_endpoint_format(&addr, port, peer);
	if (!net_allow_contains(&monitor->config->allow, &addr)) {
		waiting_refused(monitor, &addr, peer);
		return;
	}
	loop_start_session(monitor, TAKE_FD(fd), &addr, peer);
}

static void serve_session(struct monitor *monitor, struct monitor_session *session)
{
	struct error error = ERROR_INIT;
	int r = frame_receive(session->role.frame_fd, &monitor->frame, &error);

	if (r == -EAGAIN)
		return;
	if (r == -ENOMEM || r == -ENOBUFS) {
		if (!monitor_hush_session(monitor, session))
			journal_line(&monitor->journal, "%s: %s; trying again", session->peer,
				error.text);
		monitor->frames_after_ms = clock_now_ms() + NO_MEMORY_PAUSE_MS;
		return;
	}
	if (r == 0) {
		r = requests_handle(monitor, session, &error);
		secret_wipe_bytes(monitor->frame.payload, monitor->frame.len);
	}
	if (r == 0)
		return;
	if ((r == -EPROTO || r == -E2BIG) && !monitor_hush_session(monitor, session))
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
	monitor->interrupted = (int)info.ssi_signo;
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
			if (!monitor_hush_session(monitor, s))
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

/* For a descriptor that had no room. Returns when to try again without asking poll(2). */
static int64_t poll_output(struct pollfd *p, int fd, int64_t retry_ms)
{
	bool paused = retry_ms > clock_now_ms();

	if (!paused)
		*p = (struct pollfd){ .fd = fd, .events = POLLOUT };
	return paused ? retry_ms : CLOCK_NEVER;
}

/*
 * The places of poll(2), which refuses more of them than there may be descriptors.
 */
enum {
	POLL_SIGNAL,
	POLL_LISTEN,
	POLL_STDIN,
	POLL_OUTPUT, /* stderr, or stdout for the question, which comes after all lines */
	POLL_REPORT, /* --json */
	POLL_SPARE,
	POLL_TPM,
	POLL_SESSIONS,
	POLL_N = POLL_SESSIONS + SESSIONS_MAX,
};

/* Fills in @fds; returns when to wake up without an event. */
static int64_t prepare_poll(struct monitor *monitor, struct pollfd fds[POLL_N])
{
	int64_t now = clock_now_ms(), next = journal_wait_tick(&monitor->journal);
	bool accepting = monitor->listen_fd >= 0 && places_next_accept_ms(monitor) <= now;
	bool frames = monitor->frames_after_ms <= now;
	const struct console *console = &monitor->console;

	fds[POLL_OUTPUT] = fds[POLL_REPORT] = (struct pollfd){ .fd = -1 };
	fds[POLL_SIGNAL] = (struct pollfd){ .fd = monitor->signal_fd, .events = POLLIN };
	fds[POLL_LISTEN] =
		(struct pollfd){ .fd = accepting ? monitor->listen_fd : -1, .events = POLLIN };
	bool keys = monitor->asked || waiting_reads_keys(monitor);
	fds[POLL_STDIN] = (struct pollfd){ .fd = keys ? STDIN_FILENO : -1, .events = POLLIN };
	if (journal_is_behind(&monitor->journal))
		next = MIN(next,
			poll_output(&fds[POLL_OUTPUT], STDERR_FILENO, monitor->journal.retry_ms));
	else if (console->text_len > 0)
		next = MIN(next, poll_output(&fds[POLL_OUTPUT], STDOUT_FILENO, console->retry_ms));
	if (report_is_behind(monitor))
		next = MIN(next, poll_output(&fds[POLL_REPORT], monitor->config->report_fd,
					 monitor->report.retry_ms));
	fds[POLL_SPARE] =
		(struct pollfd){ .fd = frames ? monitor->spare.frame_fd : -1, .events = POLLIN };
	fds[POLL_TPM] = (struct pollfd){ .events = POLLIN,
		.fd = chip_is_open(monitor) ? tpm_client_fd(&monitor->seal.client) : -1 };
	next = MIN(next, chip_deadline(monitor));
	for (int i = 0; i < SESSIONS_MAX; i++)
		fds[POLL_SESSIONS + i] =
			(struct pollfd){ .fd = frames ? monitor->sessions[i].role.frame_fd : -1,
				.events = POLLIN };
	return frames ? next : MIN(next, monitor->frames_after_ms);
}

static void handle_events(struct monitor *monitor, const struct pollfd fds[POLL_N])
{
	if (fds[POLL_OUTPUT].revents && journal_is_behind(&monitor->journal))
		journal_flush(&monitor->journal);
	if (fds[POLL_REPORT].revents)
		report_flush(monitor);
	if (fds[POLL_SIGNAL].revents)
		handle_signal(monitor);
	/* Before the console, so that Enter does not count for a client that has left. */
	for (int i = 0; i < SESSIONS_MAX && monitor->stage != STAGE_OVER; i++)
		if (fds[POLL_SESSIONS + i].revents && monitor->sessions[i].role.pid != 0)
			serve_session(monitor, &monitor->sessions[i]);
	if (fds[POLL_SPARE].revents)
		spare_serve(monitor);
	if (chip_is_open(monitor) &&
		(fds[POLL_TPM].revents || chip_deadline(monitor) <= clock_now_ms()))
		storing_take_tpm(monitor);
	/* If a session withdrew the question, the next one is asked in the next turn. */
	if (fds[POLL_STDIN].revents && monitor->asked)
		decide_take_answer(monitor);
	else if (fds[POLL_STDIN].revents)
		waiting_read_key(monitor);
	/* Last, since it may give a place in the table to another connection. */
	if (fds[POLL_LISTEN].revents && monitor->listen_fd >= 0)
		accept_connection(monitor);
}

int loop_turn(struct monitor *monitor, int64_t until_ms, struct error *error)
{
	struct pollfd fds[POLL_N];
	int64_t next = end_overdue(monitor);

	next = MIN(next, spare_keep(monitor));
	decide_check_console(monitor);
	decide_put_question(monitor);
	if (monitor->stage == STAGE_OVER)
		return 0;
	next = MIN(MIN(next, until_ms), prepare_poll(monitor, fds));
	if (poll(fds, ARRAY_SIZE(fds), clock_until(next)) < 0)
		return errno == EINTR ? 0 : error_set_errno(error, -errno, "poll");
	handle_events(monitor, fds);
	return 0;
}
