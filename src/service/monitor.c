/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's loop: see monitor.h. One thread, one poll(2), no byte of the network. */
#include "service/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/stream.h"
#include "net/tcp.h"
#include "service/monitor_state.h"
#include "service/session.h"

/*
 * Connections that the kernel keeps for us meanwhile. Many: those that are refused at once must not
 * fill it, or the legitimate client's first packet is dropped, and the next one comes a second
 * later.
 */
#define LISTEN_BACKLOG 1024
/* How long a trial session may take to lock itself in. */
#define TRIAL_MS 5000
/* After accept(2) failed for want of something, this long until the next try. */
#define ACCEPT_PAUSE_MS 200

void monitor_stop_listening(struct monitor *monitor)
{
	cleanup_close(&monitor->listen_fd);
	monitor->listen_fd = -1;
}

void monitor_finish(struct monitor *monitor, int result, const struct error *error)
{
	monitor_stop_listening(monitor);
	journal_wait_end(&monitor->journal);
	monitor->stage = STAGE_FAREWELL;
	monitor->farewell_ms = clock_now_ms() + FAREWELL_MS;
	monitor->result = result;
	monitor->text = *error;
}

static int send_start(const struct monitor *monitor, const struct role *role, bool trial,
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

/*
 * A session without a connection: if it cannot be locked in on this machine, that is known
 * before anybody can connect, and the service refuses to start.
 */
static int try_sandbox(struct monitor *monitor, struct error *error)
{
	struct role role = ROLE_INIT;
	/* In the place of a connection, so that there are as many descriptors as there will be. */
	int r = role_start(
		&monitor->launcher, SESSION_ROLE_NAME, &monitor->launcher.null_fd, 1, &role, error);

	if (r < 0)
		return r;
	r = send_start(monitor, &role, true, CLOCK_NEVER, error);
	if (r == 0)
		r = stream_wait(role.frame_fd, POLLIN, clock_now_ms() + TRIAL_MS, error);
	if (r == 0)
		r = frame_receive(role.frame_fd, &monitor->frame, error);
	struct role_end end = role_stop(&role);
	if (r == 0 && monitor->frame.type == IPC_FAILED)
		return error_set(error, -EPERM, "sandbox: %.*s", (int)monitor->frame.len,
			(const char *)monitor->frame.payload);
	if (r == 0)
		return 0;
	if (role_ended_badly(&end))
		role_explain_end(&end, "the trial session", error);
	return error_prefix(error, -EPERM, "sandbox");
}

bool monitor_hush(struct monitor *monitor)
{
	if (monitor->stage != STAGE_ASKING)
		return false;
	monitor->unshown++;
	return true;
}

bool monitor_hush_client(struct monitor *monitor)
{
	if (monitor->stage == STAGE_ASKING && monitor->shown < QUESTION_LINES_MAX) {
		monitor->shown++;
		return false;
	}
	return monitor_hush(monitor);
}

void monitor_end_session(struct monitor *monitor, struct monitor_session *session)
{
	char peer[sizeof(session->peer)];
	enum session_phase phase = session->phase;
	struct role_end end = role_stop(&session->role);
	struct error error;

	if (role_ended_badly(&end) && !monitor_hush_client(monitor)) {
		role_explain_end(&end, "the session", &error);
		journal_line(&monitor->journal, "%s: %s", session->peer, error.text);
	}
	/* While it is still there to be named; it may only do what needs no session behind it. */
	if (monitor->asking == session && monitor->stage == STAGE_ASKING)
		decide_client_left(monitor);
	for (int i = 0; i < IPC_BLOB_N; i++)
		free(session->blobs[i].data);
	memcpy(peer, session->peer, sizeof(peer));
	secret_wipe_bytes(session, sizeof(*session));
	session->role = ROLE_INIT;
	attempts_session_ended(monitor, peer, phase);
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

/* A free place, or NULL. */
static struct monitor_session *free_place(struct monitor *monitor)
{
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (monitor->sessions[i].role.pid == 0)
			return &monitor->sessions[i];
	return NULL;
}

/*
 * Whether a newcomer may have its place: its peer has shown neither code nor password. Not one
 * whose attempt is under way, which would count as failed, or comes next: the queue moves on,
 * and each that holds a place in it pays with an attempt.
 */
static bool is_stranger(const struct monitor_session *session)
{
	return session->role.pid != 0 &&
	       (session->phase & (PHASE_STARTING | PHASE_READY | PHASE_GUESSING | PHASE_OPENING));
}

static int count_strangers(const struct monitor *monitor, const struct net_addr *source)
{
	int n = 0;

	for (int i = 0; i < SESSIONS_MAX; i++)
		n += is_stranger(&monitor->sessions[i]) &&
		     net_addr_equal(&monitor->sessions[i].source, source);
	return n;
}

/*
 * The stranger who gives way to a newcomer, or NULL: of those whose address has the most
 * connections the oldest. So who floods from one address takes the places from himself.
 */
static struct monitor_session *find_stranger(struct monitor *monitor)
{
	struct monitor_session *found = NULL;
	int most = 0;

	for (int i = 0; i < SESSIONS_MAX; i++) {
		struct monitor_session *s = &monitor->sessions[i];
		if (!is_stranger(s))
			continue;
		int n = count_strangers(monitor, &s->source);
		if (n > most || (n == most && s->started_ms < found->started_ms)) {
			found = s;
			most = n;
		}
	}
	return found;
}

/*
 * When the next connection can be taken: now, if there is a place; else once a stranger has had
 * SESSION_PLACE_MS, in which a client that knows the password is through. Until then connections
 * wait in the kernel's queue, first come first served: idle ones do not keep the legitimate
 * client out, and a flood makes it wait, but not lose the place that it got.
 */
static int64_t next_accept_ms(struct monitor *monitor)
{
	int64_t next = monitor->accept_after_ms;

	if (free_place(monitor))
		return next;
	const struct monitor_session *stranger = find_stranger(monitor);
	return stranger ? MAX(next, stranger->started_ms + SESSION_PLACE_MS) : CLOCK_NEVER;
}

static struct monitor_session *find_place(struct monitor *monitor)
{
	struct monitor_session *place = free_place(monitor);

	if (place)
		return place;
	place = find_stranger(monitor);
	if (place) {
		if (!monitor_hush(monitor))
			journal_line(&monitor->journal,
				"%s: closed to make room: more than %d connections", place->peer,
				SESSIONS_MAX);
		monitor_end_session(monitor, place);
	}
	return place;
}

static void start_session(
	struct monitor *monitor, int fd, const struct net_addr *source, const char *peer)
{
	struct monitor_session *session = find_place(monitor);
	struct error error = ERROR_INIT;
	int64_t now = clock_now_ms();

	if (!session) {
		if (!monitor_hush(monitor))
			journal_line(&monitor->journal, "%s: refused: too many connections", peer);
		return;
	}
	int r = role_start(&monitor->launcher, SESSION_ROLE_NAME, &fd, 1, &session->role, &error);
	if (r < 0) {
		journal_line(
			&monitor->journal, "%s: no session could be started: %s", peer, error.text);
		return;
	}
	session->phase = PHASE_STARTING;
	session->started_ms = now;
	session->source = *source;
	snprintf(session->peer, sizeof(session->peer), "%s", peer);
	if (send_start(monitor, &session->role, false, now + SESSION_REQUEST_MS, &error) < 0) {
		journal_line(&monitor->journal, "%s: %s", peer, error.text);
		monitor_end_session(monitor, session);
	}
}

static void take_connection(struct monitor *monitor)
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
		journal_line(&monitor->journal, "a connection could not be taken: %s", error.text);
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
	start_session(monitor, fd, &addr, peer);
}

static void serve_session(struct monitor *monitor, struct monitor_session *session)
{
	struct error error = ERROR_INIT;
	int r = frame_receive(session->role.frame_fd, &monitor->frame, &error);

	if (r == -EAGAIN)
		return;
	if (r == 0) {
		r = monitor_handle_request(monitor, session, &error);
		secret_wipe_bytes(monitor->frame.payload, monitor->frame.len);
	}
	if (r == 0)
		return;
	if ((r == -EPROTO || r == -E2BIG) && !monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: the session %s, and was ended", session->peer,
			error.text);
	monitor_end_session(monitor, session);
}

static void take_signal(struct monitor *monitor)
{
	struct signalfd_siginfo info;

	if (read(monitor->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	/* Too late to abort: what was stored is stored, and this is about to end anyway. */
	if (monitor->stage == STAGE_FAREWELL) {
		monitor->farewell_ms = clock_now_ms();
		return;
	}
	monitor->interrupted = true;
	decide_abort(monitor, "interrupted");
}

/* Ends what is overdue; returns when something is due next. */
static int64_t take_time(struct monitor *monitor)
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
				journal_line(
					&monitor->journal, "%s: ended: it took too long", s->peer);
			monitor_end_session(monitor, s);
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
	if (monitor->listen_fd >= 0 && next_accept_ms(monitor) > now)
		next = MIN(next, next_accept_ms(monitor));
	return next;
}

/* Waits once and serves what is there. */
static int turn(struct monitor *monitor, struct error *error)
{
	struct pollfd fds[4 + SESSIONS_MAX];
	int64_t next = take_time(monitor);
	bool accepting = monitor->listen_fd >= 0 && next_accept_ms(monitor) <= clock_now_ms();

	decide_put_question(monitor);
	if (monitor->stage == STAGE_OVER)
		return 0;
	next = MIN(next, journal_wait_tick(&monitor->journal));
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
		take_signal(monitor);
	/* Before the console: a client that has left is known before Enter counts. */
	for (int i = 0; i < SESSIONS_MAX && monitor->stage != STAGE_OVER; i++)
		if (fds[4 + i].revents && monitor->sessions[i].role.pid != 0)
			serve_session(monitor, &monitor->sessions[i]);
	/* Of the same question: the next one is put in the next turn. */
	if (fds[2].revents && monitor->asked)
		decide_take_answer(monitor);
	/* Last, since it may give a place in the table to somebody else. */
	if (fds[1].revents && monitor->listen_fd >= 0)
		take_connection(monitor);
	return 0;
}

static int open_service(struct monitor *monitor, struct error *error)
{
	const struct monitor_config *config = monitor->config;
	char endpoint[NET_ENDPOINT_TEXT_MAX];
	uint16_t port;

	net_endpoint_format(&config->address, config->port, endpoint);
	int r = net_listen(
		&config->address, config->port, LISTEN_BACKLOG, &monitor->listen_fd, &port, error);
	if (r < 0)
		return error_prefix(error, r, "listen on %s", endpoint);
	journal_line(&monitor->journal, "listening on %s", endpoint);
	invite(config, &monitor->journal);
	journal_wait_begin(&monitor->journal, "waiting for the laptop");
	return 0;
}

static int serve(struct monitor *monitor, struct error *error)
{
	int r = role_launcher_init(&monitor->launcher, error);

	if (r == 0)
		r = signals_open(&monitor->signal_fd, error);
	if (r == 0)
		r = try_sandbox(monitor, error);
	if (r == 0)
		r = open_service(monitor, error);
	while (r == 0 && monitor->stage != STAGE_OVER)
		r = turn(monitor, error);
	if (r < 0)
		return r;
	*error = monitor->text;
	return monitor->result;
}

int monitor_run(const struct monitor_config *config, struct error *error)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return error_set_errno(error, -ENOMEM, "monitor");
	monitor->config = config;
	monitor->launcher = ROLE_LAUNCHER_INIT;
	monitor->listen_fd = monitor->signal_fd = -1;
	for (int i = 0; i < SESSIONS_MAX; i++)
		monitor->sessions[i].role = ROLE_INIT;
	provision_init(&monitor->provision, config->efi, config->hostname);
	journal_init(&monitor->journal);
	int r = serve(monitor, error);
	monitor->stage = STAGE_OVER;
	for (int i = 0; i < SESSIONS_MAX; i++)
		monitor_end_session(monitor, &monitor->sessions[i]);
	journal_wait_end(&monitor->journal);
	journal_drain(&monitor->journal);
	cleanup_close(&monitor->listen_fd);
	cleanup_close(&monitor->signal_fd);
	/* Still blocked: it waits for who called, who may want to know. */
	if (monitor->interrupted)
		raise(SIGINT);
	role_launcher_deinit(&monitor->launcher);
	provision_deinit(&monitor->provision);
	secret_wipe_bytes(monitor, sizeof(*monitor));
	free(monitor);
	return r;
}
