/* SPDX-License-Identifier: BSD-2-Clause */
/* The session role: see session.h. */
#include "service/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "api/server.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "crypto/tls.h"
#include "efi/auth.h"
#include "opening/server.h"
#include "privsep/role_child.h"
#include "service/limits.h"
#include "service/session_ipc.h"

/* After the last answer, this long for the peer to read it and close. */
#define LINGER_MS 1000

/* The first byte of a TLS record with a handshake message: a client of v0.0.1. */
#define TLS_HANDSHAKE 0x16

struct session {
	struct frame frame; /* the last one received: 64 KiB, so not on the stack of each call */
	struct ipc_start start;
	struct tls_context *tls_v0, *tls_v1; /* tls_v0: NULL unless v0.0.1 is served */
	bool attempted;                      /* v1: message 4 was permitted */
	bool left;  /* v1: the client, before its commit was decided; the monitor has said so */
	bool asked; /* v0.0.1: a request came that had to be authenticated */
};

/* Sends a request and waits for its answer in session->frame. */
static int exchange_frames(struct session *session, enum session_ipc_type type, const void *payload,
	size_t len, struct error *error)
{
	if (frame_send(ROLE_FRAME_FD, type, payload, len, error) < 0 ||
		frame_receive(ROLE_FRAME_FD, &session->frame, error) != 0)
		return error_set(error, API_E_FAILED, "the platform is no longer there");
	return 0;
}

/* What an answer says: 0 or API_E_..., with its text. */
static int decode_answer(const struct session *session, struct error *error)
{
	struct ipc_answer answer;

	if (!session_ipc_decode_answer(&session->frame, &answer))
		return error_set(error, API_E_FAILED, "internal error");
	*error = answer.error;
	return answer.result;
}

static int ask_monitor(struct session *session, enum session_ipc_type type, const void *payload,
	size_t len, struct error *error)
{
	int r = exchange_frames(session, type, payload, len, error);

	return r == 0 ? decode_answer(session, error) : r;
}

static int session_authenticate(
	void *context, const void *credentials, size_t len, struct error *error)
{
	struct session *session = context;

	session->asked = true;
	return ask_monitor(session, IPC_AUTHENTICATE, credentials, len, error);
}

static int session_add_data(void *context, const struct api_add_data *request, struct error *error)
{
	uint8_t payload[IPC_SMALL_MAX];
	size_t len = session_ipc_encode_add_data(request, payload);
	int r = ask_monitor(context, IPC_ADD_DATA, payload, len, error);

	secret_wipe_bytes(payload, len);
	return r;
}

static int send_blob(struct session *session, enum efi_sb which, const struct api_blob *blob,
	struct error *error)
{
	uint8_t *payload;
	int r;

	if (!blob->data)
		return 0;
	payload = malloc(1 + blob->len);
	if (!payload)
		return error_set(error, API_E_FAILED, "no memory");
	payload[0] = (uint8_t)which;
	memcpy(payload + 1, blob->data, blob->len);
	r = ask_monitor(session, IPC_BLOB, payload, 1 + blob->len, error);
	free(payload);
	return r;
}

/* The form of the descriptors is checked here, where their bytes may be parsed. */
static int session_secure_boot(
	void *context, const struct api_secure_boot *request, struct error *error)
{
	struct session *session = context;
	uint8_t menu = request->reboot_into_uefi_menu;

	int r = ask_monitor(session, IPC_SETUP_MODE, NULL, 0, error);
	if (r != 0)
		return r;
	for (size_t i = 0; i < EFI_SB_N; i++) {
		const struct api_blob *blob = &request->blobs[i];
		if (blob->data && efi_auth_check(blob->data, blob->len, error) < 0)
			return error_prefix(
				error, API_E_REFUSED, "%s", efi_sb_variables[i].name->name);
	}
	for (size_t i = 0; r == 0 && i < EFI_SB_N; i++)
		r = send_blob(session, (enum efi_sb)i, &request->blobs[i], error);
	if (r != 0)
		return r;
	return ask_monitor(session, IPC_SECURE_BOOT, &menu, 1, error);
}

static int decode_committed(
	const struct session *session, struct api_commit *ret, struct error *error)
{
	return session_ipc_decode_committed(&session->frame, ret) ? 0
								  : decode_answer(session, error);
}

static int session_commit_v0(void *context, struct api_commit *ret, struct error *error)
{
	struct session *session = context;
	int r = exchange_frames(session, IPC_COMMIT, NULL, 0, error);

	return r == 0 ? decode_committed(session, ret, error) : r;
}

/*
 * Waits for the operator's decision as long as the client does. A client has nothing to say
 * meanwhile, so whatever comes from it is its end.
 */
static int session_commit_v1(void *context, struct api_commit *ret, struct error *error)
{
	struct session *session = context;
	struct pollfd fds[] = {
		{ .fd = ROLE_FRAME_FD, .events = POLLIN },
		{ .fd = ROLE_WORK_FD, .events = POLLIN | POLLRDHUP },
	};

	if (frame_send(ROLE_FRAME_FD, IPC_COMMIT, NULL, 0, error) < 0)
		return -EPIPE;
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		if (errno != EINTR)
			return error_set_errno(error, -errno, "poll");
	if (!fds[0].revents) {
		role_tell_text(IPC_LEFT, "");
		session->left = true;
		return error_set(error, API_E_FAILED, "the client left");
	}
	if (frame_receive(ROLE_FRAME_FD, &session->frame, error) != 0)
		return error_set(error, API_E_FAILED, "the platform is no longer there");
	return decode_committed(session, ret, error);
}

static void session_log(void *context, const char *text)
{
	const struct session *session = context;

	if (!session->left)
		role_tell_text(IPC_LOG, text);
}

static const struct api_server_ops ops_v0 = {
	.authenticate = session_authenticate,
	.add_data = session_add_data,
	.secure_boot = session_secure_boot,
	.commit = session_commit_v0,
	.log = session_log,
};

static const struct api_server_ops ops_v1 = {
	.add_data = session_add_data,
	.secure_boot = session_secure_boot,
	.commit = session_commit_v1,
	.log = session_log,
};

static void log_prefixed(const char *what, const struct error *error)
{
	char line[ERROR_TEXT_MAX + 64];

	snprintf(line, sizeof(line), "%s: %s", what, error->text);
	role_tell_text(IPC_LOG, line);
}

/* -- v1's opening ---------------------------------------------------------------------------- */

static int opening_status(void *context, enum opening_status *ret, struct error *error)
{
	struct session *session = context;
	const struct frame *frame = &session->frame;
	int r = exchange_frames(session, IPC_HELLO, NULL, 0, error);

	if (r != 0)
		return -EPIPE;
	if (frame->type != IPC_STATUS || frame->len != 1 || frame->payload[0] >= OPENING_STATUS_N)
		return error_set(error, -EPROTO, "internal error");
	*ret = (enum opening_status)frame->payload[0];
	return 0;
}

static int opening_attempt(void *context, struct error *error)
{
	struct session *session = context;

	if (ask_monitor(session, IPC_ATTEMPT, NULL, 0, error) != 0)
		return OPENING_E_REFUSED;
	session->attempted = true;
	return 0;
}

/* The monitor counts; what it does not count is for the operator to know all the same. */
static void report_opening_failure(
	const struct session *session, int result, const struct error *error)
{
	uint8_t wrong = result == OPENING_E_CODE;
	struct error ignored;

	if (session->attempted)
		(void)!frame_send(ROLE_FRAME_FD, IPC_NOT_OPENED, &wrong, 1, &ignored);
	else if (result != OPENING_E_REFUSED)
		log_prefixed("no connection", error);
}

/* The five messages; then the monitor knows the words, and the connection its key. */
static int open_v1(struct session *session, struct tls_conn *conn, struct error *error)
{
	static const struct opening_ops ops = {
		.status = opening_status,
		.attempt = opening_attempt,
	};
	struct stream_socket raw;
	struct opening_result result;

	stream_socket_init(&raw, ROLE_WORK_FD);
	int r = opening_accept(&raw.stream, &session->start.verifier, &ops, session,
		session->start.deadline_ms, ATTEMPT_MS, &result, error);
	if (r != 0) {
		report_opening_failure(session, r, error);
		return r;
	}
	tls_conn_set_psk(conn, result.psk);
	r = ask_monitor(session, IPC_OPENED, result.words, sizeof(result.words), error);
	secret_wipe_bytes(&result, sizeof(result));
	return r;
}

/* -- the connection -------------------------------------------------------------------------- */

/* Requests until the peer is done. */
static void serve_api(struct session *session, struct tls_conn *conn, enum api_protocol protocol,
	int64_t deadline_ms)
{
	struct error error = ERROR_INIT;
	int r = api_serve(tls_conn_stream(conn), protocol, protocol == API_V1 ? &ops_v1 : &ops_v0,
		session, deadline_ms, SESSION_REQUEST_MS, &error);

	if (r < 0 && !session->left)
		log_prefixed("connection ended", &error);
	else if (protocol == API_V0 && !session->asked)
		/* It has seen the certificate all the same, by which passwords can be tried. */
		role_tell_text(IPC_LOG, "connected by TLS and asked for nothing");
	tls_close(conn);
}

static void serve_v0(struct session *session)
{
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	struct error error = ERROR_INIT;
	int64_t deadline_ms = session->start.deadline_ms;
	int r = tls_conn_new(session->tls_v0, ROLE_WORK_FD, &conn, &error);

	if (r == 0)
		r = tls_handshake(conn, deadline_ms, &error);
	if (r == TLS_E_REJECTED)
		role_tell_text(IPC_LOG,
			"the client refused our certificate: its one-time password is another");
	else if (r != 0)
		log_prefixed("no TLS connection", &error);
	else
		serve_api(session, conn, API_V0, deadline_ms);
}

static void serve_v1(struct session *session)
{
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	struct error error = ERROR_INIT;

	if (tls_conn_new(session->tls_v1, ROLE_WORK_FD, &conn, &error) < 0) {
		log_prefixed("no TLS connection", &error);
		return;
	}
	if (open_v1(session, conn, &error) != 0)
		return;
	/* It may have waited for others' attempts. */
	int64_t deadline_ms = clock_now_ms() + SESSION_REQUEST_MS;
	if (tls_handshake(conn, deadline_ms, &error) != 0)
		log_prefixed("no TLS connection", &error);
	else
		serve_api(session, conn, API_V1, deadline_ms);
}

/* The first byte, which stays to be read; -1 if none came: then v1's opening says why. */
static int peek_first_byte(const struct session *session)
{
	struct error ignored;
	uint8_t byte;

	if (stream_wait(ROLE_WORK_FD, POLLIN, session->start.deadline_ms, &ignored) < 0 ||
		recv(ROLE_WORK_FD, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		return -1;
	return byte;
}

/* v1 begins with its name; everything else is v0.0.1's, where that is served. */
static enum api_protocol choose_protocol(const struct session *session)
{
	int first = peek_first_byte(session);

	if (session->tls_v0)
		return first == OPENING_HELLO[0] ? API_V1 : API_V0;
	return first == TLS_HANDSHAKE ? API_V0 : API_V1;
}

/*
 * Before a byte is parsed the monitor is told by which protocol that will be, and what belongs to
 * the other one is forgotten.
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
 * Closing a socket with unread bytes in it resets the connection, and the peer may lose the
 * answer it was to read; so read on for a moment, without looking at it (RFC 9112 section 9.6).
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

/* All of OpenSSL that will be needed, too: afterwards nothing can be loaded. */
static int load_session(void *context, struct error *error)
{
	struct session *session = context;
	struct ipc_start *start = &session->start;
	int r = 0;

	if (!session_ipc_decode_start(&session->frame, start))
		return error_set(error, -EPROTO, "malformed start");
	if (!start->trial && fcntl(ROLE_WORK_FD, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(error, -errno, "connection");
	if (start->compat)
		r = tls_context_new_server(start->seed, &session->tls_v0, error);
	secret_wipe_bytes(start->seed, sizeof(start->seed));
	if (r == 0)
		r = tls_context_new_psk(true, &session->tls_v1, error);
	if (r == 0)
		r = spake2plus_warm_up(error);
	return r;
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

	if (!role_is_child()) {
		log_line("%s is a part of `stprov remote run`, not a command", SESSION_ROLE_NAME);
		return 2;
	}
	if (role_enter(&entry) < 0)
		return 1;
	if (!session.start.trial) {
		serve_connection(&session);
		linger_for_peer();
	}
	tls_context_free(&session.tls_v0);
	tls_context_free(&session.tls_v1);
	return 0;
}
