/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's state: see monitor_state.h. */
#include "service/monitor_state.h"

#include <string.h>

#include "base/clock.h"

void monitor_init(struct monitor *monitor, const struct monitor_config *config,
	const struct monitor_roles *roles)
{
	memset(monitor, 0, sizeof(*monitor));
	monitor->config = config;
	monitor->roles = roles;
	monitor->launcher = ROLE_LAUNCHER_INIT;
	monitor->spare = ROLE_INIT;
	monitor->listen_fd = monitor->signal_fd = monitor->reserve_fd = -1;
	for (int i = 0; i < SESSIONS_MAX; i++) {
		monitor->sessions[i].role = ROLE_INIT;
		monitor->sessions[i].connection_fd = -1;
	}
	monitor->seal.fd = -1;
	monitor->seal.client.role = ROLE_INIT;
	provision_init(&monitor->provision, config->efi, config->hostname, config->read_hostname);
	journal_init(&monitor->journal);
}

void monitor_deinit(struct monitor *monitor)
{
	monitor->stage = STAGE_OVER;
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (monitor->sessions[i].role.pid != 0)
			(void)monitor_end_session(monitor, &monitor->sessions[i]);
	if (monitor->spare.pid != 0)
		(void)monitor->roles->stop(&monitor->spare);
	monitor_close_tpm(monitor);
	journal_wait_end(&monitor->journal);
	journal_drain(
		&monitor->journal, monitor->interrupted ? JOURNAL_HURRY_MS : JOURNAL_DRAIN_MS);
	cleanup_close(&monitor->listen_fd);
	cleanup_close(&monitor->reserve_fd);
	cleanup_close(&monitor->signal_fd);
	role_launcher_deinit(&monitor->launcher);
	provision_deinit(&monitor->provision);
	secret_wipe_bytes(monitor, sizeof(*monitor));
}

void monitor_close_tpm(struct monitor *monitor)
{
	struct monitor_seal *seal = &monitor->seal;

	tpm_client_stop(&seal->client);
	cleanup_close(&seal->fd);
	seal->fd = -1;
	seal->step = SEAL_CLOSED;
	seal->user = NULL;
	seal->abandoned = false;
}

void monitor_stop_listening(struct monitor *monitor)
{
	cleanup_close(&monitor->listen_fd);
	monitor->listen_fd = -1;
}

void monitor_finish(struct monitor *monitor, int result, const struct error *error)
{
	assert(monitor->stage < STAGE_FAREWELL && result <= 0);
	monitor_stop_listening(monitor);
	journal_wait_end(&monitor->journal);
	monitor->stage = STAGE_FAREWELL;
	monitor->farewell_ms = clock_now_ms() + FAREWELL_MS;
	monitor->result = result;
	monitor->text = *error;
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

/* Phases of a client: its peer has shown the code or the password. */
#define CLIENT (PHASE_AUTHENTICATED | PHASE_OPENED | PHASE_WAITING)

bool monitor_hush_session(struct monitor *monitor, const struct monitor_session *session)
{
	return session->phase & CLIENT ? monitor_hush_client(monitor) : monitor_hush(monitor);
}

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

int monitor_give_connection(struct monitor_session *session, struct error *error)
{
	uint8_t payload[IPC_SMALL_MAX];
	int64_t deadline_ms = session->started_ms + SESSION_REQUEST_MS;
	size_t len = session_ipc_encode_connection(deadline_ms, payload);
	int r = frame_send_fd(session->role.frame_fd, IPC_CONNECTION, payload, len,
		session->connection_fd, error);

	if (r < 0)
		return r;
	cleanup_close(&session->connection_fd);
	session->connection_fd = -1;
	return 0;
}

struct provision_entropy *monitor_entropy(struct monitor *monitor, struct monitor_session *session)
{
	assert(session->phase & (PHASE_AUTHENTICATED | PHASE_OPENED));
	return session->phase == PHASE_OPENED ? &session->entropy : &monitor->entropy;
}

struct monitor_session *monitor_find_phase(struct monitor *monitor, enum session_phase phase)
{
	struct monitor_session *first = NULL;

	for (int i = 0; i < SESSIONS_MAX; i++) {
		struct monitor_session *s = &monitor->sessions[i];
		if (s->role.pid != 0 && s->phase == phase && (!first || s->queued < first->queued))
			first = s;
	}
	return first;
}

bool monitor_is_closed(const struct monitor *monitor)
{
	return monitor->failed_attempts >= FAILED_ATTEMPTS_MAX;
}

void monitor_drop_certificate(struct monitor_session *session)
{
	free(session->certificate.line);
	session->certificate = (struct staged_certificate){ .line = NULL };
}

void monitor_drop_attest(struct monitor_session *session)
{
	free(session->attest.bytes);
	session->attest = (struct staged_attest){ .attested = false };
}

static void drop_files(struct monitor_session *session)
{
	for (size_t i = 0; i < session->files_n; i++) {
		secret_wipe_bytes(session->files[i].bytes, session->files[i].len);
		free(session->files[i].bytes);
		/* Of no use without the key, which is wiped with the session. */
		free(session->files[i].encrypted);
	}
	session->files_n = 0;
}

/*
 * It ends with the connection that used it, except that what it is making is removed by it. Once
 * the key is stored its work is no longer the connection's.
 */
static void leave_tpm(struct monitor *monitor, const struct monitor_session *session)
{
	struct monitor_seal *seal = &monitor->seal;

	if (seal->user != session)
		return;
	seal->user = NULL;
	if (monitor->stage >= STAGE_FAREWELL || seal->step < SEAL_SEALING)
		monitor_close_tpm(monitor);
	else
		seal->abandoned = seal->step == SEAL_SEALING;
}

struct session_end monitor_end_session(struct monitor *monitor, struct monitor_session *session)
{
	assert(session->role.pid != 0);
	struct session_end ended = { .phase = session->phase };
	struct role_end end = monitor->roles->stop(&session->role);
	struct error error;

	if (role_ended_badly(&end) && !monitor_hush_session(monitor, session)) {
		role_explain_end(&end, "the session", &error);
		journal_line(&monitor->journal, "%s: %s", session->peer, error.text);
	}
	memcpy(ended.peer, session->peer, sizeof(ended.peer));
	if (monitor->asking == session) {
		ended.asking = monitor->stage == STAGE_ASKING;
		monitor->asking = NULL;
	}
	if (monitor->storing.session == session) {
		ended.storing = monitor->stage == STAGE_STORING;
		monitor->storing.session = NULL;
	}
	leave_tpm(monitor, session);
	for (int i = 0; i < EFI_SB_N; i++)
		free(session->blobs[i].data);
	drop_files(session);
	monitor_drop_certificate(session);
	monitor_drop_attest(session);
	cleanup_close(&session->connection_fd);
	secret_wipe_bytes(session, sizeof(*session));
	session->role = ROLE_INIT;
	session->connection_fd = -1;
	return ended;
}
