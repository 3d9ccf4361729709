/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of requests: see requests.h. */
#include "service/requests.h"

#include <errno.h>
#include <string.h>

#include "api/server.h"
#include "base/clock.h"
#include "base/text.h"
#include "config.h"
#include "service/attempts.h"
#include "service/attest.h"
#include "service/certificate.h"
#include "service/chip.h"
#include "service/decide.h"
#include "service/files.h"
#include "service/keys.h"
#include "service/seal.h"

/* The bytes that fit a row of @columns as log_line() prints them, up to the last space if any. */
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
 * Logs the payload, which the log makes printable, in rows that fit the screen. Each row begins
 * with the peer: the end of a line that wraps could look like a line of the monitor.
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
	return monitor_give_connection(session, error);
}

static int on_failed(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	if (!monitor_hush(monitor))
		log_payload(monitor, session);
	return 0;
}

static int on_log(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	if (++session->log_lines > SESSION_LOG_LINES_MAX)
		return error_set(error, -EPROTO, "logged too many lines");
	/* No session may push the question off the screen, or comment on it. */
	if (!session->silent && !monitor_hush(monitor))
		log_payload(monitor, session);
	return 0;
}

/*
 * The session reports it before it parses a byte of the peer, so it is true: a session that is
 * taken over by bytes of one protocol cannot claim what only the other one gives.
 */
static int on_speaks(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;

	if (frame->len != 1 || frame->payload[0] >= API_PROTOCOLS)
		return error_set(error, -EPROTO, "sent a malformed protocol");
	session->phase = frame->payload[0] == API_V1 ? PHASE_OPENING : PHASE_GUESSING;
	if (session->phase == PHASE_GUESSING && !monitor->config->compat && !monitor_hush(monitor))
		journal_line(&monitor->journal,
			"%s: refused: a client of stprov/v0.0.1, which --compat accepts",
			session->peer);
	return 0;
}

/*
 * The monitor compares, so that a session that was taken over before it knew the password can only
 * guess, and each guess is counted.
 */
static int on_authenticate(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;
	struct error text;

	if (!monitor->config->compat)
		return error_set(error, -EPROTO, "spoke stprov/v0.0.1, which is not served");
	if (secret_equal(&monitor->config->credentials, frame->payload, frame->len)) {
		session->phase = PHASE_AUTHENTICATED;
		monitor->shown_v0 += !session->counted;
		session->counted = true;
		return monitor_answer(session, 0, NULL, error);
	}
	session->phase = PHASE_GUESSING;
	(void)error_set(&text, 0, "authentication failed");
	int r = monitor_answer(session, API_E_DENIED, &text, error);
	attempts_failed(monitor, session->peer, "wrong user or one-time password");
	return r;
}

/* Warns the operator of a wrong clock: certificates depend on the platform's. */
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

/* After a commit v0.0.1's entropy is that commit's; v1's is for a commit of its own. */
static int keep_entropy(struct monitor *monitor, struct monitor_session *session,
	const struct api_add_data *data, struct error *text)
{
	struct provision_entropy *entropy = monitor_entropy(monitor, session);
	bool replaces = entropy->given;
	int r = 0;

	if (session->phase == PHASE_AUTHENTICATED)
		r = provision_check_open(&monitor->provision, text);
	else if (session->offer.made)
		r = error_set(text, API_E_CONFLICT,
			"the host key is derived already: add-data comes before prepare");

	if (r == 0) {
		memcpy(entropy->bytes, data->entropy, sizeof(entropy->bytes));
		entropy->given = true;
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

/*
 * The client left. The decision may have been on its way already: then nothing is undone, but the
 * client does not know the result.
 */
static int on_left(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	if (session->phase == PHASE_WAITING && monitor->stage == STAGE_ASKING)
		decide_client_left(monitor, session->peer);
	else if (session->phase != PHASE_WAITING && !monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: the client left before it received the answer",
			session->peer);
	return error_set(error, -ECONNRESET, "the client left");
}

/* Phases in which requests of a client are served, of v0.0.1 and v1. */
#define SERVED (PHASE_AUTHENTICATED | PHASE_OPENED)
/* Every phase in which the session is in its sandbox. */
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
	{ IPC_SETUP_MODE, SERVED, keys_on_setup_mode },
	{ IPC_BOOT_LOG, SERVED, keys_on_boot_log },
	{ IPC_BLOB, SERVED, keys_on_blob },
	{ IPC_SECURE_BOOT, SERVED, keys_on_secure_boot },
	{ IPC_FILE, PHASE_OPENED, files_on_file },
	{ IPC_CERTIFICATE, PHASE_OPENED, certificate_on_certificate },
	{ IPC_PREPARE, PHASE_OPENED, decide_on_prepare },
	{ IPC_SEAL, PHASE_OPENED, seal_on_seal },
	{ IPC_ATTEST, PHASE_OPENED, attest_on_attest },
	{ IPC_ATTEST_MORE, PHASE_OPENED, attest_on_more },
	{ IPC_PROVE, PHASE_OPENED, attest_on_prove },
	{ IPC_COMMIT, SERVED, decide_on_commit },
	{ IPC_LEFT, PHASE_WAITING | PHASE_OPENED, on_left },
};

/* Requests that give nothing, or are refused, once all attempts have failed. */
static bool is_harmless(enum session_ipc_type type)
{
	switch (type) {
	case IPC_READY:
	case IPC_LOG:
	case IPC_SPEAKS:
	case IPC_HELLO:
	case IPC_ATTEMPT:
	case IPC_NOT_OPENED:
	case IPC_LEFT:
		return true;
	default:
		return false;
	}
}

int requests_handle(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	assert(session->role.pid != 0);
	if (++session->frames > SESSION_FRAMES_MAX)
		return error_set(error, -EPROTO, "made too many requests");
	if (monitor_is_closed(monitor) && !is_harmless((enum session_ipc_type)monitor->frame.type))
		return error_set(error, -EACCES, "too many failed attempts");
	if (chip_is_awaited(monitor, session) && monitor->frame.type != IPC_LOG &&
		monitor->frame.type != IPC_LEFT)
		return error_set(error, -EPROTO, "made a request before the answer of the TPM");
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].type == monitor->frame.type &&
			(requests[i].permitted & session->phase))
			return requests[i].handle(monitor, session, error);
	return error_set(error, -EPROTO, "made a request that is not permitted (type %u)",
		monitor->frame.type);
}
