/* SPDX-License-Identifier: BSD-2-Clause */
/* The session role: see session.h. */
#include "service/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "crypto/tls.h"
#include "privsep/role_child.h"
#include "service/limits.h"
#include "service/session_requests.h"

/* After the last answer, this long for the peer to read it and close. */
#define LINGER_MS 1000

/* The first byte of a TLS record with a handshake message: a client of v0.0.1. */
#define TLS_HANDSHAKE 0x16

/* The five messages; then the monitor gets the words, and the connection its key. */
static int open_v1(struct session *session, struct tls_conn *conn, struct error *error)
{
	struct stream_socket raw;
	struct opening_result result;

	stream_socket_init(&raw, ROLE_WORK_FD);
	int r = opening_accept(&raw.stream, &session->start.verifier, &session_opening_ops, session,
		session->deadline_ms, ATTEMPT_MS, &result, error);
	if (r != 0) {
		session_report_not_opened(session, r, error);
		return r;
	}
	tls_conn_set_psk(conn, result.psk);
	r = session_report_opened(session, &result, error);
	secret_wipe_bytes(&result, sizeof(result));
	return r;
}

/* -- the connection -------------------------------------------------------------------------- */

/* Serves requests until the peer ends the connection. */
static void serve_api(struct session *session, struct tls_conn *conn, enum api_protocol protocol,
	int64_t deadline_ms)
{
	struct error error = ERROR_INIT;
	const struct http_limits limits = {
		.idle_ms = protocol == API_V1 ? OPENED_REQUEST_MS : SESSION_REQUEST_MS,
		.request_ms = SESSION_REQUEST_MS,
	};
	int r = api_serve(tls_conn_stream(conn), protocol, session_api_ops(protocol), session,
		deadline_ms, &limits, &error);

	if (r < 0 && !session->left)
		session_log_error("connection ended", &error);
	else if (protocol == API_V0 && !session->asked)
		/* Its peer has seen the certificate, with which passwords can be tested offline. */
		role_tell_text(IPC_LOG, "connected by TLS and sent no request");
	tls_close(conn);
}

static void serve_v0(struct session *session)
{
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	struct error error = ERROR_INIT;
	int64_t deadline_ms = session->deadline_ms;
	int r = tls_conn_new(session->tls_v0, ROLE_WORK_FD, &conn, &error);

	if (r == 0)
		r = tls_handshake(conn, deadline_ms, &error);
	if (r == TLS_E_REJECTED)
		role_tell_text(IPC_LOG, "the client rejected our certificate: it has a different "
					"one-time password");
	else if (r != 0)
		session_log_error("no TLS connection", &error);
	else
		serve_api(session, conn, API_V0, deadline_ms);
}

static void serve_v1(struct session *session)
{
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	struct error error = ERROR_INIT;

	if (tls_conn_new(session->tls_v1, ROLE_WORK_FD, &conn, &error) < 0) {
		session_log_error("no TLS connection", &error);
		return;
	}
	if (open_v1(session, conn, &error) != 0)
		return;
	/* It may have waited while other attempts were under way. */
	int r = tls_handshake(conn, clock_now_ms() + SESSION_REQUEST_MS, &error);
	if (r == 0)
		r = tls_export_binding(conn, session->binding, &error);
	if (r != 0)
		session_log_error("no TLS connection", &error);
	else
		serve_api(session, conn, API_V1, clock_now_ms() + OPENED_REQUEST_MS);
}

/* The first byte, which is not consumed; -1 if none came: then v1's opening reports why. */
static int peek_first_byte(const struct session *session)
{
	struct error ignored;
	uint8_t byte;

	if (stream_wait(ROLE_WORK_FD, POLLIN, session->deadline_ms, &ignored) < 0 ||
		recv(ROLE_WORK_FD, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		return -1;
	return byte;
}

/* v1 begins with its name; every other first byte means v0.0.1, if that is served. */
static enum api_protocol choose_protocol(const struct session *session)
{
	int first = peek_first_byte(session);

	if (session->tls_v0)
		return first == OPENING_HELLO[0] ? API_V1 : API_V0;
	return first == TLS_HANDSHAKE ? API_V0 : API_V1;
}

/*
 * Tells the monitor by which protocol the peer's bytes will be parsed, and wipes what belongs to
 * the other one, before a byte is parsed.
 */
static void serve_connection(struct session *session)
{
	uint8_t protocol = (uint8_t)choose_protocol(session);
	struct error ignored;

	(void)!frame_send(ROLE_FRAME_FD, IPC_SPEAKS, &protocol, 1, &ignored);
	if (protocol == API_V1) {
		tls_context_free(&session->tls_v0);
		serve_v1(session);
	} else if (session->tls_v0) {
		secret_wipe_bytes(&session->start.verifier, sizeof(session->start.verifier));
		serve_v0(session);
	}
}

/*
 * Closing a socket with unread bytes resets the connection, and the peer may lose the answer before
 * it reads it. So this reads and drops what comes for a moment (RFC 9112 section 9.6).
 */
static void linger_for_peer(void)
{
	int64_t deadline_ms = clock_now_ms() + LINGER_MS;
	struct error ignored;
	char waste[4096];

	shutdown(ROLE_WORK_FD, SHUT_WR);
	while (clock_now_ms() < deadline_ms &&
		stream_wait(ROLE_WORK_FD, POLLIN, deadline_ms, &ignored) == 0) {
		ssize_t n = read(ROLE_WORK_FD, waste, sizeof(waste));
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
	}
}

/*
 * What is done before the sandbox is what needs more than the sandbox permits. OpenSSL needs only
 * memory and getrandom(2) from here on, so its algorithms are loaded when the first one is used.
 */
static int load_session(void *context, struct error *error)
{
	struct session *session = context;
	struct ipc_start *start = &session->start;
	int r = 0;

	if (!session_ipc_decode_start(&session->frame, start))
		return error_set(error, -EPROTO, "malformed start");
	if (start->compat)
		r = tls_context_new_server(start->seed, &session->tls_v0, error);
	secret_wipe_bytes(start->seed, sizeof(start->seed));
	if (r == 0)
		r = tls_context_new_psk(true, &session->tls_v1, error);
	return r;
}

/* False: the monitor has none for it, and is gone. */
static bool receive_connection(struct session *session)
{
	struct error ignored;
	int fd = -1;

	/* The lowest free descriptor, and the only one that the sandbox leaves. */
	return stream_wait(ROLE_FRAME_FD, POLLIN, CLOCK_NEVER, &ignored) == 0 &&
	       frame_receive_fd(ROLE_FRAME_FD, &session->frame, &fd, &ignored) == 0 &&
	       session_ipc_decode_connection(&session->frame, &session->deadline_ms) &&
	       fd == ROLE_WORK_FD;
}

int session_main(void)
{
	static struct session session;
	static const struct role_entry entry = { .sandbox = SANDBOX_SESSION,
		.ready = IPC_READY,
		.failed = IPC_FAILED,
		.frame = &session.frame,
		.load = load_session,
		.context = &session };

	if (role_enter(&entry) < 0)
		return 1;
	if (receive_connection(&session)) {
		serve_connection(&session);
		linger_for_peer();
	}
	tls_context_free(&session.tls_v0);
	tls_context_free(&session.tls_v1);
	return 0;
}
