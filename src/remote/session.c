/* The session role: see session.h. */
#include "remote/session.h"

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
#include "privsep/role.h"
#include "privsep/sandbox.h"
#include "remote/ipc.h"
#include "remote/limits.h"

/* After the last answer, this long for the peer to read it and close. */
#define LINGER_MS 1000

struct session {
	struct frame frame; /* the last one received: 64 KiB, so not on the stack of each call */
	bool asked;         /* a request came that had to be authenticated */
};

static void tell(enum ipc_type type, const char *text)
{
	struct error ignored;

	/* If the monitor is gone, this process is about to go too. */
	(void)!frame_send(ROLE_FRAME_FD, type, text, strlen(text), &ignored);
}

/* Sends a request and waits for its answer in session->frame. */
static int exchange(struct session *session, enum ipc_type type, const void *payload, size_t len,
	struct error *error)
{
	if (frame_send(ROLE_FRAME_FD, type, payload, len, error) < 0 ||
		frame_receive(ROLE_FRAME_FD, &session->frame, error) != 0)
		return error_set(error, API_E_FAILED, "the platform is no longer there");
	return 0;
}

/* What an answer says: 0 or API_E_..., with its text. */
static int answered(const struct session *session, struct error *error)
{
	struct ipc_answer answer;

	if (!ipc_decode_answer(&session->frame, &answer))
		return error_set(error, API_E_FAILED, "internal error");
	*error = answer.error;
	return answer.result;
}

static int ask(struct session *session, enum ipc_type type, const void *payload, size_t len,
	struct error *error)
{
	int r = exchange(session, type, payload, len, error);

	return r == 0 ? answered(session, error) : r;
}

static int session_authenticate(
	void *context, const void *credentials, size_t len, struct error *error)
{
	struct session *session = context;

	session->asked = true;
	return ask(session, IPC_AUTHENTICATE, credentials, len, error);
}

static int session_add_data(void *context, const struct api_add_data *request, struct error *error)
{
	uint8_t payload[IPC_SMALL_MAX];
	size_t len = ipc_encode_add_data(request, payload);
	int r = ask(context, IPC_ADD_DATA, payload, len, error);

	secret_wipe_bytes(payload, len);
	return r;
}

static int send_blob(struct session *session, enum ipc_blob which, const struct api_blob *blob,
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
	r = ask(session, IPC_BLOB, payload, 1 + blob->len, error);
	free(payload);
	return r;
}

/* The form of the descriptors is checked here, where their bytes may be parsed. */
static int session_secure_boot(
	void *context, const struct api_secure_boot *request, struct error *error)
{
	struct session *session = context;
	const struct {
		const char *name;
		enum ipc_blob which;
		const struct api_blob *blob;
	} blobs[] = {
		{ "PK", IPC_BLOB_PK, &request->pk },
		{ "KEK", IPC_BLOB_KEK, &request->kek },
		{ "db", IPC_BLOB_DB, &request->db },
		{ "dbx", IPC_BLOB_DBX, &request->dbx },
	};
	uint8_t menu = request->reboot_into_uefi_menu;

	int r = ask(session, IPC_SETUP_MODE, NULL, 0, error);
	if (r != 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++)
		if (blobs[i].blob->data &&
			efi_auth_check(blobs[i].blob->data, blobs[i].blob->len, error) < 0)
			return error_prefix(error, API_E_REFUSED, "%s", blobs[i].name);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(blobs); i++)
		r = send_blob(session, blobs[i].which, blobs[i].blob, error);
	if (r != 0)
		return r;
	return ask(session, IPC_SECURE_BOOT, &menu, 1, error);
}

static int session_commit(void *context, struct api_commit *ret, struct error *error)
{
	struct session *session = context;
	int r = exchange(session, IPC_COMMIT, NULL, 0, error);

	if (r == 0 && !ipc_decode_committed(&session->frame, ret))
		r = answered(session, error);
	return r;
}

static void session_log(void *context, const char *text)
{
	tell(IPC_LOG, text);
}

static const struct api_server_ops session_ops = {
	.authenticate = session_authenticate,
	.add_data = session_add_data,
	.secure_boot = session_secure_boot,
	.commit = session_commit,
	.log = session_log,
};

static void log_prefixed(const char *what, const struct error *error)
{
	char line[ERROR_TEXT_MAX + 64];

	snprintf(line, sizeof(line), "%s: %s", what, error->text);
	tell(IPC_LOG, line);
}

/* TLS, then requests until the peer is done. */
static void serve(struct session *session, struct tls_context *tls, int64_t deadline_ms)
{
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	struct error error = ERROR_INIT;
	int r = tls_conn_new(tls, ROLE_WORK_FD, &conn, &error);

	if (r == 0)
		r = tls_handshake(conn, deadline_ms, &error);
	if (r == TLS_E_REJECTED) {
		tell(IPC_LOG,
			"the client refused our certificate: its one-time password is another");
		return;
	}
	if (r != 0) {
		log_prefixed("no TLS connection", &error);
		return;
	}
	r = api_serve(tls_conn_stream(conn), API_V0, &session_ops, session, deadline_ms,
		SESSION_REQUEST_MS, &error);
	if (r < 0)
		log_prefixed("connection ended", &error);
	else if (!session->asked)
		/* It has seen the certificate all the same, by which passwords can be tried. */
		tell(IPC_LOG, "connected by TLS and asked for nothing");
	tls_close(conn);
}

/*
 * Closing a socket with unread bytes in it resets the connection, and the peer may lose the
 * answer it was to read; so read on for a moment, without looking at it (RFC 9112 section 9.6).
 */
static void linger(void)
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

/* Loads everything, then locks the door: nothing foreign has been read until this returned. */
static int load_and_lock(struct session *session, struct ipc_start *ret_start,
	struct tls_context **ret_tls, struct error *error)
{
	int r = frame_receive(ROLE_FRAME_FD, &session->frame, error);

	if (r != 0)
		return -EPROTO;
	if (!ipc_decode_start(&session->frame, ret_start))
		return error_set(error, -EPROTO, "malformed start");
	secret_wipe_bytes(session->frame.payload, session->frame.len);
	if (!ret_start->trial && fcntl(ROLE_WORK_FD, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(error, -errno, "connection");
	r = tls_context_new_server(ret_start->seed, ret_tls, error);
	secret_wipe_bytes(ret_start->seed, sizeof(ret_start->seed));
	if (r < 0)
		return r;
	return sandbox_enter(SANDBOX_SESSION, error);
}

int session_main(void)
{
	static struct session session;
	_cleanup_tls_context_ struct tls_context *tls = NULL;
	struct ipc_start start;
	struct error error = ERROR_INIT;

	if (!role_is_child()) {
		log_line("%s is a part of `stprov remote run`, not a command", SESSION_ROLE_NAME);
		return 2;
	}
	if (load_and_lock(&session, &start, &tls, &error) < 0) {
		tell(IPC_FAILED, error.text);
		return 1;
	}
	tell(IPC_READY, "");
	if (start.trial)
		return 0;
	serve(&session, tls, start.deadline_ms);
	linger();
	return 0;
}
