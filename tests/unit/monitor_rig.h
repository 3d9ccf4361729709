/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A monitor without processes, and a model of what it must never do. In place of a session there is
 * the other end of its frame socket, which the test plays; the console is a terminal or a pipe, the
 * log a file in memory, the variables a temporary directory.
 *
 * After each step rig_check() holds the monitor to the model:
 *
 *	- nothing is written before the operator has confirmed the question that is open then;
 *	- each request gets exactly one answer, in order, and no session gets an answer without one;
 *	- one attempt at a time; each one that was permitted is under way, has shown the code, or
 *was counted as a failure, until the service closes;
 *	- v1's client is told of a commit only when STHostKey is there.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#include "api/server.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "efi/efi.h"
#include "efi/list.h"
#include "efi/secureboot.h"
#include "service/monitor_loop.h"

#define RIG_PASSWORD "stprov:password"
/* Of a session that sent four zero bytes. */
#define RIG_WORDS "Bebeb bebeb"
#define RIG_REQUESTS_MAX (SESSION_FRAMES_MAX + 2)
/* A session in each place, and the spare one. */
#define RIG_ENDS (SESSIONS_MAX + 1)

/* The other end of a session. */
struct rig_end {
	pid_t pid; /* made up; 0: free */
	int fd;
	bool started, ready, connected, v1, crashed;
	uint8_t requests[RIG_REQUESTS_MAX]; /* that wait for their answer */
	size_t n;
};

struct rig {
	struct monitor *monitor;
	struct monitor_config config;
	struct efi_dir efi;
	char path[64];
	struct rig_end ends[RIG_ENDS];
	pid_t last_pid;
	int console_fd, signal_fd, input_fd, log_fd; /* console and signal: the writing ends */
	bool withdrawn, confirmed;
	size_t parts;      /* that a test has put there: rig_put_part() */
	bool piped;        /* the console is a pipe: rig_pipe_console() */
	bool cannot_start; /* sessions cannot be started */
	int connection_fd; /* of the next rig_connect(); -1 */
	char hostname[64]; /* that is read again */
	unsigned granted, opened, wrong_passwords;
	struct ipc_answer last;         /* what a session was answered last */
	uint8_t last_type, last_status; /* the latter of IPC_STATUS */
	const char *broken;             /* the first rule that was broken; NULL: none */
};

/* The operations of the monitor have no context of their own. */
static struct rig *rig_of_ops;

static void rig_break(struct rig *rig, const char *rule)
{
	if (!rig->broken)
		rig->broken = rule;
}

static struct rig_end *rig_end_of(struct rig *rig, pid_t pid)
{
	for (int i = 0; i < RIG_ENDS; i++)
		if (rig->ends[i].pid == pid)
			return &rig->ends[i];
	return NULL;
}

static bool rig_has_variable(const struct rig *rig, const struct efi_name *name)
{
	char file[EFI_FILE_NAME_MAX];

	efi_file_name(&rig->efi, name, file);
	return faccessat(rig->efi.fd, file, F_OK, 0) == 0;
}

/* -- answers --------------------------------------------------------------------------------- */

static void rig_count_answer(struct rig *rig, uint8_t request, int result)
{
	rig->granted += request == IPC_ATTEMPT && result == 0;
	rig->opened += request == IPC_OPENED && result == 0;
	rig->wrong_passwords += request == IPC_AUTHENTICATE && result != 0;
}

static bool rig_is_answer(uint8_t request, const struct frame *frame, struct ipc_answer *ret)
{
	struct api_commit commit;

	*ret = (struct ipc_answer){ .result = 0 };
	if (frame->type == IPC_STATUS)
		return request == IPC_HELLO && frame->len == 1;
	if (frame->type == IPC_BOOT_LOG_DATA)
		return request == IPC_BOOT_LOG;
	if (frame->type == IPC_COMMITTED)
		return request == IPC_COMMIT &&
		       session_ipc_decode_committed(frame, IPC_COMMITTED, &commit);
	if (frame->type == IPC_PREPARED)
		return request == IPC_PREPARE &&
		       session_ipc_decode_committed(frame, IPC_PREPARED, &commit);
	if (frame->type == IPC_ATTEST_PIECE)
		return request == IPC_ATTEST_MORE && frame->len <= IPC_PIECE_MAX;
	/* There is no TPM. */
	if (request == IPC_ATTEST || request == IPC_PROVE || request == IPC_SEAL)
		return session_ipc_decode_answer(frame, ret) && ret->result != 0;
	return request != IPC_HELLO && request != IPC_BOOT_LOG && request != IPC_ATTEST_MORE &&
	       session_ipc_decode_answer(frame, ret) &&
	       ((request != IPC_COMMIT && request != IPC_PREPARE) || ret->result != 0);
}

static void rig_take_frame(struct rig *rig, struct rig_end *end, const struct frame *frame)
{
	struct ipc_answer answer;

	if (frame->type == IPC_START) {
		if (end->started)
			rig_break(rig, "a session was started twice");
		end->started = true;
		return;
	}
	if (frame->type == IPC_CONNECTION) {
		if (!end->ready || end->connected)
			rig_break(rig, "a connection for a session that is not ready for one");
		end->connected = true;
		return;
	}
	if (end->n == 0) {
		rig_break(rig, "an answer without a request");
		return;
	}
	uint8_t request = end->requests[0];
	memmove(end->requests, end->requests + 1, --end->n);
	if (!rig_is_answer(request, frame, &answer)) {
		rig_break(rig, "an answer of another request's kind");
		return;
	}
	if (frame->type == IPC_COMMITTED && end->v1 && !rig_has_variable(rig, &efi_host_key))
		rig_break(rig, "v1's client was told of a commit that is not stored");
	rig_count_answer(rig, request, answer.result);
	rig->last = answer;
	rig->last_type = frame->type;
	if (frame->type == IPC_STATUS)
		rig->last_status = frame->payload[0];
}

static void rig_take_frames(struct rig *rig, struct rig_end *end)
{
	static struct frame frame;
	struct error ignored;

	while (end->fd >= 0 && frame_receive(end->fd, &frame, &ignored) == 0)
		rig_take_frame(rig, end, &frame);
}

/* -- in place of processes ------------------------------------------------------------------- */

static int rig_start_role(struct monitor *monitor, struct role *ret, struct error *error)
{
	struct rig *rig = rig_of_ops;
	struct rig_end *end = rig_end_of(rig, 0);
	int pair[2];

	if (!end || rig->cannot_start ||
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(error, -EMFILE, "no end of a session is left");
	*end = (struct rig_end){ .pid = ++rig->last_pid, .fd = pair[1] };
	*ret = (struct role){ .pid = end->pid, .frame_fd = pair[0] };
	return 0;
}

static struct role_end rig_stop_role(struct role *role)
{
	struct rig *rig = rig_of_ops;
	struct rig_end *end = rig_end_of(rig, role->pid);
	struct role_end result = { .ours = true };

	if (!end) {
		rig_break(rig, "a session that does not exist was ended");
		return result;
	}
	rig_take_frames(rig, end);
	if (end->fd < 0)
		result = (struct role_end){ .signal = end->crashed ? SIGSYS : 0 };
	cleanup_close(&end->fd);
	cleanup_close(&role->frame_fd);
	*role = ROLE_INIT;
	*end = (struct rig_end){ .fd = -1 };
	return result;
}

static const struct monitor_roles rig_roles = { .start = rig_start_role, .stop = rig_stop_role };

/* -- rules ----------------------------------------------------------------------------------- */

/* STFile-*, STHostCert and STHostKeySealed: variables of stprov's own GUID. */
static size_t rig_count_parts(const struct rig *rig)
{
	static struct efi_list list;
	struct error ignored;

	return efi_list_read(&rig->efi, EFI_GUID_STPROV, "", &list, &ignored) == 0 ? list.n : 0;
}

/* What a test puts there before. */
__attribute__((unused)) static void rig_put_part(
	struct rig *rig, const struct efi_name *name, const void *data, size_t len)
{
	struct error error;

	if (efi_write(&rig->efi, name, data, len, &error) < 0)
		abort();
	rig->parts = rig_count_parts(rig);
}

static void rig_check_variables(struct rig *rig)
{
	bool v0_may_write_keys = rig->config.compat;

	if (rig->confirmed)
		return;
	if (rig_has_variable(rig, &efi_host_key))
		rig_break(rig, "the host key was written before the operator confirmed");
	if (rig_count_parts(rig) != rig->parts)
		rig_break(rig, "a file or certificate came or went before the operator confirmed");
	if (v0_may_write_keys)
		return;
	if (rig_has_variable(rig, &efi_os_indications))
		rig_break(rig, "OsIndications was written before the operator confirmed");
	for (int i = 0; i < EFI_SB_N; i++)
		if (rig_has_variable(rig, efi_sb_variables[i].name))
			rig_break(rig, "a key was written before the operator confirmed");
}

static void rig_check_attempts(struct rig *rig)
{
	const struct monitor *monitor = rig->monitor;
	unsigned under_way = 0;

	for (int i = 0; i < SESSIONS_MAX; i++)
		under_way += monitor->sessions[i].role.pid != 0 &&
			     monitor->sessions[i].phase == PHASE_ATTEMPT;
	if (under_way > 1)
		rig_break(rig, "two attempts at a time");
	if (monitor->stage >= STAGE_FAREWELL)
		return;
	if (rig->granted !=
		rig->opened + (monitor->failed_attempts - rig->wrong_passwords) + under_way)
		rig_break(rig, "an attempt was neither a success nor counted as a failure");
	/* The one that was under way when the limit was reached is counted as well. */
	if (monitor->failed_attempts > FAILED_ATTEMPTS_MAX + 1)
		rig_break(rig, "more attempts than there are");
}

static void rig_check_answers(struct rig *rig)
{
	for (int i = 0; i < SESSIONS_MAX; i++) {
		const struct monitor_session *s = &rig->monitor->sessions[i];
		const struct rig_end *end = s->role.pid ? rig_end_of(rig, s->role.pid) : NULL;
		bool waits = s->phase == PHASE_QUEUED || s->phase == PHASE_WAITING;
		if (end && end->n != (waits ? 1 : 0))
			rig_break(rig, "a request was not answered");
	}
}

static void rig_check(struct rig *rig)
{
	for (int i = 0; i < RIG_ENDS; i++)
		if (rig->ends[i].pid)
			rig_take_frames(rig, &rig->ends[i]);
	if (rig->monitor->stage == STAGE_OVER)
		return;
	rig_check_answers(rig);
	rig_check_attempts(rig);
	rig_check_variables(rig);
}

/* -- steps ----------------------------------------------------------------------------------- */

static void rig_swap(int fd, int *other)
{
	int kept = dup(fd);

	if (kept < 0 || dup2(*other, fd) < 0)
		abort();
	close(*other);
	*other = kept;
}

static void rig_swap_console(struct rig *rig)
{
	static int out = -1;

	fflush(stdout);
	if (out < 0) {
		out = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (out < 0)
			abort();
	}
	rig_swap(STDIN_FILENO, &rig->input_fd);
	rig_swap(STDOUT_FILENO, &out);
	rig_swap(STDERR_FILENO, &rig->log_fd);
}

/* A turn for what was done, and one for what follows from it; then the rules. */
static void rig_turn(struct rig *rig)
{
	struct error error;

	rig_swap_console(rig);
	for (int i = 0; i < 2 && rig->monitor->stage != STAGE_OVER; i++) {
		enum monitor_stage before = rig->monitor->stage;
		if (loop_turn(rig->monitor, 0, &error) < 0)
			rig_break(rig, "a turn failed");
		rig->withdrawn |= before == STAGE_ASKING && rig->monitor->stage == STAGE_SERVING;
	}
	rig_swap_console(rig);
	rig_check(rig);
}

/* Returns whether the service accepted. */
static bool rig_connect_from(struct rig *rig, const struct net_addr *source)
{
	const struct net_addr addr = *source;
	char peer[NET_ENDPOINT_TEXT_MAX];

	if (rig->monitor->listen_fd < 0)
		return false;
	net_endpoint_format(&addr, (uint16_t)(1024 + rig->last_pid % 60000), peer);
	rig_swap_console(rig);
	loop_start_session(
		rig->monitor, rig->connection_fd >= 0 ? dup(rig->connection_fd) : -1, &addr, peer);
	rig_swap_console(rig);
	rig_check(rig);
	return true;
}

/* @host: the last byte of the peer's address. */
static bool rig_connect(struct rig *rig, uint8_t host)
{
	const struct net_addr addr = { .family = 4, .bytes = { 192, 0, 2, host } };

	return rig_connect_from(rig, &addr);
}

static struct rig_end *rig_end_at(struct rig *rig, unsigned place)
{
	pid_t pid = rig->monitor->sessions[place % SESSIONS_MAX].role.pid;

	return pid ? rig_end_of(rig, pid) : NULL;
}

static bool rig_wants_answer(uint8_t type)
{
	switch (type) {
	case IPC_AUTHENTICATE:
	case IPC_ADD_DATA:
	case IPC_SETUP_MODE:
	case IPC_BLOB:
	case IPC_BOOT_LOG:
	case IPC_SECURE_BOOT:
	case IPC_FILE:
	case IPC_CERTIFICATE:
	case IPC_SEAL:
	case IPC_ATTEST:
	case IPC_ATTEST_MORE:
	case IPC_PROVE:
	case IPC_PREPARE:
	case IPC_COMMIT:
	case IPC_HELLO:
	case IPC_ATTEMPT:
	case IPC_OPENED:
		return true;
	default:
		return false;
	}
}

/* What v1's client believes to be staged is what is. */
static size_t rig_believe(const struct monitor_session *session, uint8_t out[IPC_SMALL_MAX])
{
	struct api_believed believed = { .files_n = session->files_n };
	uint8_t hash[CRYPTO_SHA256_SIZE];
	struct error ignored;

	for (size_t i = 0; i < session->files_n; i++) {
		memcpy(believed.files[i].name, session->files[i].about.name,
			sizeof(believed.files[i].name));
		memcpy(believed.files[i].mac, session->files[i].about.mac,
			sizeof(believed.files[i].mac));
	}
	memcpy(believed.certificate, session->certificate.about.mac, sizeof(believed.certificate));
	for (size_t i = 0; session->has_keys && i < EFI_SB_N; i++)
		if (session->blobs[i].data && crypto_sha256(session->blobs[i].data,
						      session->blobs[i].len, hash, &ignored) == 0)
			text_format_hex(hash, sizeof(hash), believed.keys[i]);
	return session_ipc_encode_commit(&believed, out);
}

/* The session in this place sends a frame. */
static void rig_send(struct rig *rig, unsigned place, uint8_t type, const void *payload, size_t len)
{
	struct rig_end *end = rig_end_at(rig, place);
	struct error ignored;

	if (!end || end->fd < 0 || end->n == RIG_REQUESTS_MAX)
		return;
	uint8_t believed[IPC_SMALL_MAX];
	if (type == IPC_COMMIT && len == 0 && end->v1) {
		payload = believed;
		len = rig_believe(&rig->monitor->sessions[place % SESSIONS_MAX], believed);
	}
	if (type == IPC_SPEAKS && len == 1)
		end->v1 = *(const uint8_t *)payload == API_V1;
	end->ready |= type == IPC_READY;
	if (rig_wants_answer(type))
		end->requests[end->n++] = type;
	(void)!frame_send(end->fd, type, payload, len, &ignored);
	rig_turn(rig);
}

static void rig_send_byte(struct rig *rig, unsigned place, uint8_t type, uint8_t byte)
{
	rig_send(rig, place, type, &byte, 1);
}

static void rig_add_data(struct rig *rig, unsigned place)
{
	const struct api_add_data data = { .timestamp = 1 };
	uint8_t payload[IPC_SMALL_MAX];

	rig_send(rig, place, IPC_ADD_DATA, payload, session_ipc_encode_add_data(&data, payload));
}

/* The shape of a signed update: a time, a certificate that is its own length, and a value. */
static void rig_send_key(struct rig *rig, unsigned place, enum efi_sb which)
{
	static const char update[] = "SIGNED UPDATE AT\4\0\0\0key";
	uint8_t payload[1 + sizeof(update)] = { (uint8_t)which };

	memcpy(payload + 1, update, sizeof(update));
	rig_send(rig, place, IPC_BLOB, payload, sizeof(payload));
}

static void rig_send_findings(struct rig *rig, unsigned place, bool menu)
{
	const struct ipc_secure_boot findings = { .menu = menu };
	uint8_t payload[IPC_SMALL_MAX];

	rig_send(rig, place, IPC_SECURE_BOOT, payload,
		session_ipc_encode_secure_boot(&findings, payload));
}

/* A file of @n bytes; of authorized keys with one fingerprint. */
static void rig_send_file(
	struct rig *rig, unsigned place, const char *name, const char *mac, size_t n)
{
	uint8_t payload[IPC_SMALL_MAX + HOSTFILE_DATA_MAX], data[HOSTFILE_DATA_MAX];
	struct ipc_file file = { .keys_n = strcmp(name, HOSTFILE_ROOT_KEYS) == 0 };

	snprintf(file.name, sizeof(file.name), "%s", name);
	snprintf(file.mac, sizeof(file.mac), "%s", mac);
	if (file.keys_n > 0)
		snprintf(file.fingerprints[0], sizeof(file.fingerprints[0]), "SHA256:of-a-login");
	memset(data, 'x', sizeof(data));
	rig_send(rig, place, IPC_FILE, payload, session_ipc_encode_file(&file, data, n, payload));
}

/* A certificate of the key that `prepare` told, or of another one. */
static void rig_send_certificate(struct rig *rig, unsigned place, bool of_the_key)
{
	uint8_t payload[IPC_SMALL_MAX + HOSTKEY_CERTIFICATE_MAX];
	struct ipc_certificate about = { .mac = "0a1b2c3d",
		.ca = "SHA256:of-a-ca",
		.key_id = "stprov:host",
		.principals = "host.example.org",
		.valid_before = 2082758400 };

	if (of_the_key)
		snprintf(about.publickey, sizeof(about.publickey), "%.*s", HOSTKEY_PUBLIC_MAX - 1,
			rig->monitor->sessions[place % SESSIONS_MAX].offer.answer.publickey);
	rig_send(rig, place, IPC_CERTIFICATE, payload,
		session_ipc_encode_certificate(&about, "a certificate\n", payload));
}

static void rig_send_seal(struct rig *rig, unsigned place, uint32_t pcrs)
{
	const struct ipc_seal request = { .pcrs = pcrs };
	uint8_t payload[IPC_SMALL_MAX];

	rig_send(rig, place, IPC_SEAL, payload, session_ipc_encode_seal(&request, payload));
}

static void rig_send_prove(struct rig *rig, unsigned place)
{
	static const struct ipc_prove request = { .credential_len = API_CREDENTIAL_MIN,
		.secret_len = API_SECRET_MIN };
	uint8_t payload[IPC_SMALL_MAX];

	rig_send(rig, place, IPC_PROVE, payload, session_ipc_encode_prove(&request, payload));
}

/* The operator types a line, or a part of one. */
static void rig_type(struct rig *rig, const char *text)
{
	bool v1 = rig->monitor->asking != NULL;
	bool confirms = strcmp(text, "yes\n") == 0 || (strcmp(text, "\n") == 0 && !rig->withdrawn);

	/* As soon as another connection has shown the code, too. */
	if (v1 && (rig->piped || rig->opened > 1))
		confirms = strcmp(text, RIG_WORDS "\n") == 0;
	if (rig->monitor->asked && confirms)
		rig->confirmed = true;
	if (write(rig->console_fd, text, strlen(text)) < 0)
		abort();
	/* A turn takes a byte. */
	for (size_t i = 0; i < strlen(text); i++)
		rig_turn(rig);
}

static void rig_signal(struct rig *rig)
{
	const struct signalfd_siginfo info = { .ssi_signo = SIGINT };

	if (write(rig->signal_fd, &info, sizeof(info)) < 0)
		abort();
	rig_turn(rig);
}

/* The session's process dies. */
static void rig_die(struct rig *rig, unsigned place, bool crashed)
{
	struct rig_end *end = rig_end_at(rig, place);

	if (!end || end->fd < 0)
		return;
	end->crashed = crashed;
	cleanup_close(&end->fd);
	end->fd = -1;
	rig_turn(rig);
}

/* The session's deadline passes. */
static void rig_make_late(struct rig *rig, unsigned place)
{
	rig->monitor->sessions[place % SESSIONS_MAX].started_ms -= 2 * OPENED_LIFE_MS;
	rig_turn(rig);
}

/* -- life ------------------------------------------------------------------------------------ */

static void rig_open_variables(struct rig *rig)
{
	struct error error;

	strcpy(rig->path, "/tmp/stprov-monitor-XXXXXX");
	if (!mkdtemp(rig->path) || efi_open(rig->path, &rig->efi, &error) < 0)
		abort();
	char file[EFI_FILE_NAME_MAX];
	efi_file_name(&rig->efi, &efi_setup_mode_name, file);
	int fd = openat(rig->efi.fd, file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "\x06\0\0\0\1", 5) != 5)
		abort();
	close(fd);
}

static void rig_remove_variables(struct rig *rig)
{
	const struct efi_name *const names[] = { &efi_setup_mode_name, &efi_host_key,
		&efi_os_indications };
	char file[EFI_FILE_NAME_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(names) + EFI_SB_N; i++) {
		efi_file_name(&rig->efi,
			i < EFI_SB_N ? efi_sb_variables[i].name : names[i - EFI_SB_N], file);
		(void)!unlinkat(rig->efi.fd, file, 0);
	}
	static struct efi_list list;
	struct error ignored;
	if (efi_list_read(&rig->efi, EFI_GUID_STPROV, "", &list, &ignored) < 0)
		list.n = 0;
	for (size_t i = 0; i < list.n; i++) {
		const struct efi_name name = { .name = list.names[i], .guid = EFI_GUID_STPROV };
		efi_file_name(&rig->efi, &name, file);
		(void)!unlinkat(rig->efi.fd, file, 0);
	}
	efi_close(&rig->efi);
	if (rmdir(rig->path) < 0)
		rig_break(rig, "a file was left in the directory of variables");
}

static int rig_read_hostname(const struct efi_dir *efi, char **ret, struct error *error)
{
	if (!rig_of_ops->hostname[0])
		return error_set(error, EFI_E_ABSENT, "STHostName is not there");
	*ret = strdup(rig_of_ops->hostname);
	return *ret ? 0 : error_set_errno(error, -ENOMEM, "host name");
}

/* Without echo, and each byte at once. */
static void rig_open_terminal(struct rig *rig)
{
	struct termios mode;

	rig->console_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (rig->console_fd < 0 || grantpt(rig->console_fd) < 0 || unlockpt(rig->console_fd) < 0)
		abort();
	rig->input_fd = open(ptsname(rig->console_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (rig->input_fd < 0 || tcgetattr(rig->input_fd, &mode) < 0)
		abort();
	cfmakeraw(&mode);
	if (tcsetattr(rig->input_fd, TCSANOW, &mode) < 0)
		abort();
}

/* In place of the terminal. */
__attribute__((unused)) static void rig_pipe_console(struct rig *rig)
{
	int console[2];

	close(rig->console_fd);
	close(rig->input_fd);
	if (pipe2(console, O_CLOEXEC) < 0)
		abort();
	rig->input_fd = console[0];
	rig->console_fd = console[1];
	rig->piped = true;
}

static void rig_init(struct rig *rig, bool compat)
{
	int signals[2];

	memset(rig, 0, sizeof(*rig));
	rig_of_ops = rig;
	for (int i = 0; i < RIG_ENDS; i++)
		rig->ends[i].fd = -1;
	rig_open_variables(rig);
	rig->config = (struct monitor_config){
		.efi = &rig->efi,
		.firmware = &rig->efi,
		.boot_log = "/dev/null",
		.hostname = "host.example.org",
		.compat = compat,
		.read_hostname = rig_read_hostname,
	};
	strcpy(rig->hostname, rig->config.hostname);
	rig->connection_fd = -1;
	if (secret_set(&rig->config.credentials, RIG_PASSWORD, strlen(RIG_PASSWORD)) < 0)
		abort();
	rig->monitor = calloc(1, sizeof(*rig->monitor));
	rig_open_terminal(rig);
	if (!rig->monitor || pipe2(signals, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	monitor_init(rig->monitor, &rig->config, &rig_roles);
	rig->monitor->signal_fd = signals[0];
	rig->signal_fd = signals[1];
	rig->log_fd = memfd_create("log", MFD_CLOEXEC);
	/* Never readable; connections come by rig_connect(). */
	rig->monitor->listen_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (rig->log_fd < 0 || rig->monitor->listen_fd < 0)
		abort();
}

static void rig_deinit(struct rig *rig)
{
	rig_swap_console(rig);
	monitor_deinit(rig->monitor);
	rig_swap_console(rig);
	free(rig->monitor);
	rig_remove_variables(rig);
	close(rig->console_fd);
	close(rig->signal_fd);
	close(rig->input_fd);
	close(rig->log_fd);
}

/* -- steps from bytes ------------------------------------------------------------------------ */

/* One that is well-formed, for a length whose payload is empty. False: there is none of it. */
static bool rig_play_whole(struct rig *rig, unsigned place, uint8_t type, uint8_t length)
{
	if (type == IPC_FILE && length == 0)
		return rig_send_file(rig, place, "name", "01234567", 7), true;
	if (type == IPC_FILE && length == 64)
		return rig_send_file(rig, place, HOSTFILE_ROOT_KEYS, "89abcdef", 100), true;
	if (type == IPC_CERTIFICATE && length % 64 == 0)
		return rig_send_certificate(rig, place, length == 0), true;
	if (type == IPC_SEAL && length % 64 == 0)
		return rig_send_seal(rig, place, length == 0 ? 0 : 1 << 7), true;
	if (type == IPC_PROVE && length % 64 == 0)
		return rig_send_prove(rig, place), true;
	return false;
}

/* The bytes after a step's own, for a frame of any kind: type, length, payload. */
static size_t rig_play_raw(struct rig *rig, unsigned place, const uint8_t *data, size_t size)
{
	if (size < 2)
		return size;
	size_t len = MIN((size_t)data[1] % 64, size - 2);
	if (!rig_play_whole(rig, place, data[0], data[1]))
		rig_send(rig, place, data[0], data + 2, len);
	return 2 + len;
}

/* A step that is a frame of the session in @place. False: it is not. */
static bool rig_play_frame(struct rig *rig, unsigned place, uint8_t step)
{
	static const uint8_t words[CODE_SIZE];

	switch (step) {
	case 1:
		return rig_send(rig, place, IPC_READY, NULL, 0), true;
	case 2:
		return rig_send_byte(rig, place, IPC_SPEAKS, API_V1), true;
	case 3:
		return rig_send_byte(rig, place, IPC_SPEAKS, API_V0), true;
	case 4:
		return rig_send(rig, place, IPC_HELLO, NULL, 0), true;
	case 5:
		return rig_send(rig, place, IPC_ATTEMPT, NULL, 0), true;
	case 6:
		return rig_send(rig, place, IPC_OPENED, words, sizeof(words)), true;
	case 7:
		return rig_send_byte(rig, place, IPC_NOT_OPENED, 1), true;
	case 8:
		return rig_add_data(rig, place), true;
	case 9:
		return rig_send(rig, place, IPC_SETUP_MODE, NULL, 0), true;
	case 10:
	case 11:
	case 12:
	case 13:
		return rig_send_key(rig, place, (enum efi_sb)(step - 10)), true;
	case 14:
	case 15:
		return rig_send_findings(rig, place, step == 15), true;
	case 16:
		return rig_send(rig, place, IPC_COMMIT, NULL, 0), true;
	case 17:
		return rig_send(rig, place, IPC_LEFT, NULL, 0), true;
	case 18:
		rig_send(rig, place, IPC_AUTHENTICATE, RIG_PASSWORD, strlen(RIG_PASSWORD));
		return true;
	case 19:
		return rig_send(rig, place, IPC_AUTHENTICATE, "wrong", 5), true;
	case 20:
		return rig_send(rig, place, IPC_LOG, "a line", 6), true;
	case 21:
		return rig_send(rig, place, IPC_FAILED, "why", 3), true;
	case 31:
		return rig_send(rig, place, IPC_PREPARE, NULL, 0), true;
	default:
		return false;
	}
}

/* A step that is not a frame. */
static void rig_play_event(struct rig *rig, unsigned place, uint8_t step)
{
	switch (step) {
	case 0:
		rig_connect(rig, (uint8_t)(place + 1));
		break;
	case 23:
		rig_type(rig, "\n");
		break;
	case 24:
		rig_type(rig, rig->opened > 1 ? RIG_WORDS "\n" : "yes\n");
		break;
	case 25:
		rig_type(rig, "no\n");
		break;
	case 26:
		rig_type(rig, "x");
		break;
	case 27:
		rig_signal(rig);
		break;
	case 28:
	case 29:
		rig_die(rig, place, step == 29);
		break;
	case 30:
		rig_make_late(rig, place);
		break;
	default:
		rig_turn(rig);
		break;
	}
}

/* Each step is a byte: what in its low five bits, which session in the others. */
__attribute__((unused)) static void rig_play(struct rig *rig, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size && !rig->broken && rig->monitor->stage != STAGE_OVER;) {
		uint8_t step = data[i] & 0x1f;
		unsigned place = data[i] >> 5;
		i++;
		if (step == 22)
			i += rig_play_raw(rig, place, data + i, size - i);
		else if (!rig_play_frame(rig, place, step))
			rig_play_event(rig, place, step);
	}
}

/* All sessions end: what is still under way has to end, too. */
__attribute__((unused)) static void rig_end_sessions(struct rig *rig)
{
	for (unsigned i = 0; i < SESSIONS_MAX; i++)
		rig_die(rig, i, false);
}
