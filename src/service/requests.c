/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor's table of permitted requests: type, when permitted, handler. Anything that is not
 * in it, or not now, ends the session (openssh-portable's monitor.c has the idea).
 */
#include "service/monitor_state.h"

#include <errno.h>
#include <string.h>

#include "api/server.h"
#include "base/clock.h"
#include "base/text.h"
#include "config.h"
#include "efi/secureboot.h"

int monitor_answer(
	struct monitor_session *session, int result, const struct error *text, struct error *error)
{
	struct ipc_answer a = { .result = result };
	uint8_t payload[IPC_SMALL_MAX];

	if (text)
		a.error = *text;
	size_t len = session_ipc_encode_answer(&a, payload);
	return frame_send(session->role.frame_fd, IPC_ANSWER, payload, len, error);
}

/* How many bytes make a row of @columns as log_line() shows them; where there is a space, to it. */
static size_t row_length(const uint8_t *text, size_t len, size_t columns)
{
	char shown[TEXT_PRINTABLE_GROWTH + 1];
	size_t n = 0, used = 0, space = 0;

	for (; n < len; n++) {
		used += text_printable(text + n, 1, shown, sizeof(shown));
		if (used > columns)
			break;
		if (text[n] == ' ')
			space = n + 1;
	}
	return n < len && space > 0 ? space : n;
}

/*
 * The payload as text for the log, which makes it printable. In rows that fit, each with the peer
 * before it: the end of a line that is wider than the screen would look like one of the monitor's.
 */
static void log_payload(struct monitor *monitor, const struct monitor_session *session)
{
	size_t before = strlen(session->peer) + strlen(": ");
	size_t columns = MAX(CONSOLE_COLUMNS, before + TEXT_PRINTABLE_GROWTH) - before;
	const uint8_t *text = monitor->frame.payload;
	size_t left = MIN(monitor->frame.len, (size_t)SESSION_LOG_BYTES_MAX);

	do {
		size_t n = row_length(text, left, columns);
		journal_line(
			&monitor->journal, "%s: %.*s", session->peer, (int)n, (const char *)text);
		text += n;
		left -= n;
	} while (left > 0);
}

static int on_ready(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	session->phase = PHASE_READY;
	return 0;
}

static int on_failed(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	log_payload(monitor, session);
	return 0;
}

static int on_log(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	if (++session->log_lines > SESSION_LOG_LINES_MAX)
		return error_set(error, -EPROTO, "logged too many lines");
	/* Nobody's session pushes the question off the screen, or says a word about it. */
	if (!monitor_hush(monitor))
		log_payload(monitor, session);
	return 0;
}

/*
 * Said before a byte of the peer was parsed, so it is true: a session that is taken over by way of
 * one protocol cannot claim what only the other one gives.
 */
static int on_speaks(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;

	if (frame->len != 1 || frame->payload[0] >= API_PROTOCOLS)
		return error_set(error, -EPROTO, "sent a malformed protocol");
	session->phase = frame->payload[0] == API_V1 ? PHASE_OPENING : PHASE_GUESSING;
	if (session->phase == PHASE_GUESSING && !monitor->config->compat && !monitor_hush(monitor))
		journal_line(&monitor->journal,
			"%s: refused: an old client, of stprov/v0.0.1: --compat would let it in",
			session->peer);
	return 0;
}

/* The comparison is here, so that a session that was taken over before it knew the password can
 * do no more than guess, and each guess counts. */
static int on_authenticate(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;
	struct error text;

	if (!monitor->config->compat)
		return error_set(error, -EPROTO, "spoke stprov/v0.0.1, which is not served");
	if (secret_equal(&monitor->config->credentials, frame->payload, frame->len)) {
		session->phase = PHASE_AUTHENTICATED;
		return monitor_answer(session, 0, NULL, error);
	}
	session->phase = PHASE_GUESSING;
	(void)error_set(&text, 0, "authentication failed");
	int r = monitor_answer(session, API_E_DENIED, &text, error);
	attempts_failed(monitor, session->peer, "wrong user or one-time password");
	return r;
}

/* Clocks are compared for the operator's sake: certificates depend on the platform's. */
static void compare_clocks(struct monitor *monitor, int64_t timestamp)
{
	int64_t ours = clock_calendar_s();
	int64_t difference = timestamp > ours ? timestamp - ours : ours - timestamp;
	bool before = ours < STPROV_BUILD_DATE;
	bool apart = timestamp > 0 && difference > CLOCK_DIFFERENCE_S;

	if ((!before && !apart) || monitor_hush_client(monitor))
		return;
	if (before)
		journal_line(&monitor->journal,
			"warning: this machine's clock is wrong: it is before stprov was built");
	else
		journal_line(&monitor->journal,
			"warning: this machine's clock and the client's are %lld days apart",
			(long long)(difference / (24 * 3600)));
}

/* v0.0.1 has one entropy for all, the last; v1 has one for each connection. */
static int keep_entropy(struct monitor *monitor, struct monitor_session *session,
	const struct api_add_data *data, struct error *text)
{
	bool v1 = session->phase == PHASE_OPENED;
	bool replaces = v1 ? session->has_entropy : monitor->provision.has_entropy;
	int r = 0;

	if (v1) {
		session->data = *data;
		session->has_entropy = true;
	} else {
		r = provision_add_entropy(&monitor->provision, data->entropy, text);
	}
	if (r == 0 && !monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: added entropy%s", session->peer,
			replaces ? ", which replaces what was added before" : "");
	return r;
}

static int on_add_data(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct api_add_data request;
	struct error text = ERROR_INIT;

	if (!session_ipc_decode_add_data(&monitor->frame, &request))
		return error_set(error, -EPROTO, "sent malformed entropy");
	int r = keep_entropy(monitor, session, &request, &text);
	if (r == 0)
		compare_clocks(monitor, request.timestamp);
	secret_wipe_bytes(&request, sizeof(request));
	return monitor_answer(session, r, &text, error);
}

int monitor_check_setup_mode(
	struct monitor *monitor, const struct monitor_session *session, struct error *text)
{
	int r = efi_setup_mode(monitor->config->efi, text);

	/* v0.0.1 writes at once; what v1 stages is for its own commit. */
	if (session->phase == PHASE_AUTHENTICATED && monitor->provision.committed)
		return error_set(text, API_E_CONFLICT, "another client has already committed");
	if (r == 0)
		return 0;
	if (!monitor_hush_client(monitor)) {
		if (r == EFI_E_UNKNOWN)
			journal_line(&monitor->journal, "warning: %s; going on", text->text);
		else
			journal_line(&monitor->journal, "%s: Secure Boot keys refused: %s",
				session->peer, text->text);
	}
	return r == EFI_E_UNKNOWN ? 0 : API_E_DENIED;
}

static int on_setup_mode(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct error text = ERROR_INIT;
	int r = monitor_check_setup_mode(monitor, session, &text);

	return monitor_answer(session, r, &text, error);
}

static void drop_blobs(struct monitor_session *session)
{
	for (int i = 0; i < IPC_BLOB_N; i++) {
		free(session->blobs[i].data);
		session->blobs[i] = (struct api_blob){ .data = NULL };
	}
	session->has_keys = session->menu = false;
}

static int on_blob(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;

	if (frame->len < 2 || frame->len > 1 + API_BLOB_MAX || frame->payload[0] >= IPC_BLOB_N)
		return error_set(error, -EPROTO, "sent a malformed Secure Boot variable");
	/* Keys are staged as a whole: of an earlier request nothing is left behind. */
	if (session->has_keys)
		drop_blobs(session);
	struct api_blob *blob = &session->blobs[frame->payload[0]];
	free(blob->data);
	blob->len = 0;
	blob->data = malloc(frame->len - 1);
	if (!blob->data)
		return error_set_errno(error, -ENOMEM, "Secure Boot variable");
	blob->len = frame->len - 1;
	memcpy(blob->data, frame->payload + 1, blob->len);
	return monitor_answer(session, 0, NULL, error);
}

static struct efi_blob borrow(const struct api_blob *blob)
{
	return (struct efi_blob){ .data = blob->data, .len = blob->len };
}

static int write_secure_boot(
	struct monitor *monitor, struct monitor_session *session, struct error *text)
{
	const struct efi_secureboot_keys keys = {
		.pk = borrow(&session->blobs[IPC_BLOB_PK]),
		.kek = borrow(&session->blobs[IPC_BLOB_KEK]),
		.db = borrow(&session->blobs[IPC_BLOB_DB]),
		.dbx = borrow(&session->blobs[IPC_BLOB_DBX]),
	};

	/* Also when it fails: not everything can be put back. */
	monitor->variables_touched = true;
	if (efi_secureboot_write(monitor->config->efi, &keys, text) < 0) {
		journal_line(
			&monitor->journal, "%s: Secure Boot keys: %s", session->peer, text->text);
		return API_E_REFUSED;
	}
	journal_line(&monitor->journal, "%s: Secure Boot keys were written: PK, KEK, db%s",
		session->peer, keys.dbx.data ? ", dbx" : "");
	return 0;
}

void monitor_request_menu(struct monitor *monitor)
{
	struct error text = ERROR_INIT;

	if (efi_request_firmware_menu(monitor->config->efi, &text) < 0)
		journal_line(&monitor->journal,
			"warning: the firmware's menu could not be asked for: %s", text.text);
	else
		journal_line(&monitor->journal, "the firmware will show its menu at the next boot");
}

static int secure_boot_v0(
	struct monitor *monitor, struct monitor_session *session, bool menu, struct error *text)
{
	int r = monitor_check_setup_mode(monitor, session, text);

	if (r == 0) {
		r = write_secure_boot(monitor, session, text);
		if (menu)
			monitor_request_menu(monitor);
	}
	drop_blobs(session);
	return r;
}

static int secure_boot_v1(
	struct monitor *monitor, struct monitor_session *session, bool menu, struct error *text)
{
	int r = monitor_check_setup_mode(monitor, session, text);

	if (r != 0) {
		drop_blobs(session);
		return r;
	}
	session->has_keys = true;
	session->menu = menu;
	if (!monitor_hush_client(monitor))
		journal_line(&monitor->journal,
			"%s: added Secure Boot keys, to be written at the commit", session->peer);
	return 0;
}

static int on_secure_boot(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;
	struct error text = ERROR_INIT;

	if (frame->len != 1 || frame->payload[0] > 1)
		return error_set(error, -EPROTO, "sent a malformed Secure Boot request");
	for (int i = 0; i < IPC_BLOB_DBX; i++)
		if (!session->blobs[i].data)
			return error_set(error, -EPROTO, "asked for Secure Boot without keys");
	bool menu = frame->payload[0] == 1;
	int r = session->phase == PHASE_OPENED ? secure_boot_v1(monitor, session, menu, &text)
					       : secure_boot_v0(monitor, session, menu, &text);
	return monitor_answer(session, r, &text, error);
}

static int commit_v0(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct api_commit commit;
	struct error text = ERROR_INIT;
	uint8_t payload[IPC_SMALL_MAX];

	int r = monitor->stage == STAGE_FAREWELL
			? error_set(&text, API_E_CONFLICT, "the platform takes nothing more")
			: provision_commit(&monitor->provision, &commit, &text);
	if (r != 0)
		return monitor_answer(session, r, &text, error);
	journal_line(&monitor->journal, "%s: committed", session->peer);
	size_t len = session_ipc_encode_committed(&commit, payload);
	r = frame_send(session->role.frame_fd, IPC_COMMITTED, payload, len, error);
	/* Also when the client was lost meanwhile: whether to go on is the operator's to say. */
	decide_ask_v0(monitor);
	return r;
}

static int on_commit(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	return session->phase == PHASE_OPENED ? decide_on_commit_v1(monitor, session, error)
					      : commit_v0(monitor, session, error);
}

/*
 * The session has nothing to do any more. It may be that the decision was on its way to it: then
 * there is nothing to undo, but the client does not know.
 */
static int on_left(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	if (session->phase == PHASE_WAITING)
		decide_client_left(monitor);
	else if (!monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: the client left before it had the answer",
			session->peer);
	return error_set(error, -ECONNRESET, "the client left");
}

/* Phases in which requests of a client are served, of v0.0.1 and v1. */
#define SERVED (PHASE_AUTHENTICATED | PHASE_OPENED)
/* Everything but before it is locked in. */
#define RUNNING                                                                                    \
	(PHASE_READY | PHASE_GUESSING | PHASE_AUTHENTICATED | PHASE_OPENING | PHASE_QUEUED |       \
		PHASE_ATTEMPT | PHASE_OPENED | PHASE_WAITING)

static const struct request {
	enum session_ipc_type type;
	unsigned permitted;
	int (*handle)(
		struct monitor *monitor, struct monitor_session *session, struct error *error);
} requests[] = {
	{ IPC_READY, PHASE_STARTING, on_ready },
	{ IPC_FAILED, PHASE_STARTING, on_failed },
	{ IPC_LOG, RUNNING, on_log },
	{ IPC_SPEAKS, PHASE_READY, on_speaks },
	{ IPC_AUTHENTICATE, PHASE_GUESSING | PHASE_AUTHENTICATED, on_authenticate },
	{ IPC_HELLO, PHASE_OPENING, attempts_on_hello },
	{ IPC_ATTEMPT, PHASE_OPENING, attempts_on_attempt },
	{ IPC_OPENED, PHASE_ATTEMPT, attempts_on_opened },
	{ IPC_NOT_OPENED, PHASE_ATTEMPT, attempts_on_not_opened },
	{ IPC_ADD_DATA, SERVED, on_add_data },
	{ IPC_SETUP_MODE, SERVED, on_setup_mode },
	{ IPC_BLOB, SERVED, on_blob },
	{ IPC_SECURE_BOOT, SERVED, on_secure_boot },
	{ IPC_COMMIT, SERVED, on_commit },
	{ IPC_LEFT, PHASE_WAITING | PHASE_OPENED, on_left },
};

/* Once the attempts are used up nobody gets anything any more, whatever he knows. */
static bool is_closed(const struct monitor *monitor)
{
	if (monitor->failed_attempts < FAILED_ATTEMPTS_MAX)
		return false;
	switch ((enum session_ipc_type)monitor->frame.type) {
	/* What gives nothing, or is answered with a refusal. */
	case IPC_READY:
	case IPC_LOG:
	case IPC_SPEAKS:
	case IPC_HELLO:
	case IPC_ATTEMPT:
	case IPC_NOT_OPENED:
	case IPC_LEFT:
		return false;
	default:
		return true;
	}
}

int monitor_handle_request(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	if (++session->frames > SESSION_FRAMES_MAX)
		return error_set(error, -EPROTO, "made too many requests");
	if (is_closed(monitor))
		return error_set(error, -EACCES, "too many failed attempts");
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].type == monitor->frame.type &&
			(requests[i].permitted & session->phase))
			return requests[i].handle(monitor, session, error);
	return error_set(error, -EPROTO, "made a request that is not permitted (type %u)",
		monitor->frame.type);
}
