/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session asks the monitor for, without a process: this program has the descriptors of a
 * role, and plays the monitor on their other ends. Answers are sent before they are asked for,
 * since a frame socket keeps them.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "privsep/role.h"
#include "service/session_requests.h"

/* The other ends of the descriptors of a role. */
static int monitor_fd, client_fd;
static struct session session;
static struct frame frame;

static int place_pair(int type, int fd)
{
	int pair[2];

	if (socketpair(AF_UNIX, type, 0, pair) < 0)
		abort();
	int other = fcntl(pair[1], F_DUPFD_CLOEXEC, 20);
	if (other < 0 || dup2(pair[0], fd) < 0)
		abort();
	if (pair[0] != fd)
		close(pair[0]);
	if (pair[1] != fd)
		close(pair[1]);
	return other;
}

static void begin(void)
{
	/* Reserved, so that no pair is made there. */
	dup2(STDIN_FILENO, ROLE_FRAME_FD);
	dup2(STDIN_FILENO, ROLE_WORK_FD);
	monitor_fd = place_pair(SOCK_SEQPACKET, ROLE_FRAME_FD);
	client_fd = place_pair(SOCK_STREAM, ROLE_WORK_FD);
	/* What was asked is read without waiting for more. */
	fcntl(monitor_fd, F_SETFL, O_NONBLOCK);
	/* An answer that was not sent beforehand never comes: better an error than a wait. */
	const struct timeval limit = { .tv_sec = 1 };
	setsockopt(ROLE_FRAME_FD, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	memset(&session, 0, sizeof(session));
}

static void end(void)
{
	close(monitor_fd);
	close(client_fd);
}

static void answer(int result, const char *text)
{
	struct ipc_answer a = { .result = result };
	uint8_t payload[IPC_SMALL_MAX];
	struct error error;

	snprintf(a.error.text, sizeof(a.error.text), "%s", text);
	size_t len = session_ipc_encode_answer(&a, payload);
	tap_eq_int(frame_send(monitor_fd, IPC_ANSWER, payload, len, &error), 0);
}

/* What the session sent next is of this type; 0: it sent nothing more. */
static void tap_sent(uint8_t type)
{
	struct error error;
	int r = frame_receive(monitor_fd, &frame, &error);

	tap_eq_int(r == 0 ? frame.type : 0, type);
}

/* The answer to IPC_BOOT_LOG: a seed of the fuzz target's corpus; NULL: no log. */
static void answer_log(const char *name)
{
	_cleanup_free_ uint8_t *log = NULL;
	size_t len = 0;
	char path[512];
	struct error error;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/eventlog/%s",
		getenv("STPROV_SOURCE") ? getenv("STPROV_SOURCE") : ".", name ? name : "");
	if (name)
		tap_eq_int(file_read(AT_FDCWD, path, FRAME_PAYLOAD_MAX, &log, &len, &error), 0);
	tap_eq_int(frame_send(monitor_fd, IPC_BOOT_LOG_DATA, log, len, &error), 0);
}

/* @dbx: the file for dbx. */
static void read_keys(struct api_secure_boot *keys, const char *dbx)
{
	const char *const files[EFI_SB_N] = { "PK", "KEK", "db", dbx };
	char path[512];
	struct error error;

	*keys = (struct api_secure_boot){ .reboot_into_uefi_menu = true };
	for (int i = 0; i < EFI_SB_N; i++) {
		snprintf(path, sizeof(path), "%s/tests/data/enrol/%s.auth",
			getenv("STPROV_SOURCE") ? getenv("STPROV_SOURCE") : ".", files[i]);
		tap_eq_int(file_read(AT_FDCWD, path, API_BLOB_MAX, &keys->blobs[i].data,
				   &keys->blobs[i].len, &error),
			0);
	}
}

static int send_keys(struct api_secure_boot *keys, struct error *error)
{
	return session_api_ops(API_V1)->secure_boot(&session, keys, error);
}

static void keys_are_sent_in_the_order_of_trust(void)
{
	struct api_secure_boot keys;
	struct error error = ERROR_INIT;

	begin();
	read_keys(&keys, "dbx");
	for (int i = 0; i < EFI_SB_N + 1; i++)
		answer(0, "");
	answer_log(NULL);
	answer(0, "");
	tap_eq_int(send_keys(&keys, &error), 0);
	tap_sent(IPC_SETUP_MODE);
	for (int i = 0; i < EFI_SB_N; i++) {
		tap_sent(IPC_BLOB);
		tap_eq_int(frame.payload[0], i);
		tap_eq_bytes(
			frame.payload + 1, frame.len - 1, keys.blobs[i].data, keys.blobs[i].len);
	}
	tap_sent(IPC_BOOT_LOG);
	tap_sent(IPC_SECURE_BOOT);
	tap_eq_bytes(frame.payload, frame.len, "\1\0\0\0\0\0", 6);
	tap_sent(0);
	api_secure_boot_deinit(&keys);
	end();
}

/* Sends keys with this dbx and boot log; the frame IPC_SECURE_BOOT of it. */
static void findings_of(const char *dbx, const char *log, struct ipc_secure_boot *ret)
{
	struct api_secure_boot keys;
	struct error error = ERROR_INIT;

	begin();
	read_keys(&keys, dbx);
	for (int i = 0; i < EFI_SB_N + 1; i++)
		answer(0, "");
	answer_log(log);
	answer(0, "");
	tap_eq_int(send_keys(&keys, &error), 0);
	for (int i = 0; i < EFI_SB_N + 2; i++)
		tap_ok(frame_receive(monitor_fd, &frame, &error) == 0);
	tap_sent(IPC_SECURE_BOOT);
	tap_ok(session_ipc_decode_secure_boot(&frame, ret));
	api_secure_boot_deinit(&keys);
	end();
}

static void an_update_for_appending_is_marked(void)
{
	struct ipc_secure_boot findings;

	findings_of("dbx-append", NULL, &findings);
	tap_ok(!findings.append[EFI_SB_PK] && !findings.append[EFI_SB_KEK]);
	tap_ok(!findings.append[EFI_SB_DB] && findings.append[EFI_SB_DBX]);
}

static void without_a_usable_log_only_a_signature_could_tell(void)
{
	struct ipc_secure_boot findings;
	static const char *const logs[] = { NULL, "cut-event", "version-02", "log-r2a" };

	/* db holds a certificate, and the image may be signed by its key. */
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		findings_of("dbx", logs[i], &findings);
		tap_eq_int(findings.boot, ENROL_BOOT_UNKNOWN);
	}
}

static void a_key_that_is_not_signed_by_the_one_above_stays_here(void)
{
	struct api_secure_boot keys;
	struct error error = ERROR_INIT;

	begin();
	read_keys(&keys, "dbx-wrong");
	answer(0, "");
	tap_eq_int(send_keys(&keys, &error), API_E_REFUSED);
	tap_eq_text(
		error.text, "dbx: it is signed by CN=stprov test stranger, not by a key in KEK");
	tap_sent(IPC_SETUP_MODE);
	tap_sent(0);
	api_secure_boot_deinit(&keys);
	end();
}

static void outside_setup_mode_no_key_is_looked_at(void)
{
	struct api_secure_boot keys;
	struct error error = ERROR_INIT;

	begin();
	read_keys(&keys, "dbx");
	keys.blobs[EFI_SB_PK].len = 1;
	answer(API_E_DENIED, "not in Setup Mode");
	tap_eq_int(send_keys(&keys, &error), API_E_DENIED);
	tap_eq_text(error.text, "not in Setup Mode");
	tap_sent(IPC_SETUP_MODE);
	tap_sent(0);
	api_secure_boot_deinit(&keys);
	end();
}

static void a_malformed_key_keeps_all_of_them_from_the_monitor(void)
{
	for (int bad = 0; bad < EFI_SB_N; bad++) {
		struct api_secure_boot keys;
		struct error error = ERROR_INIT;
		begin();
		read_keys(&keys, "dbx");
		keys.blobs[bad].len--;
		answer(0, "");
		tap_eq_int(send_keys(&keys, &error), API_E_REFUSED);
		const char *name = efi_sb_variables[bad].name->name;
		tap_ok(strncmp(error.text, name, strlen(name)) == 0);
		tap_sent(IPC_SETUP_MODE);
		tap_sent(0);
		api_secure_boot_deinit(&keys);
		end();
	}
}

static void a_key_that_the_monitor_refuses_is_the_last_one(void)
{
	struct api_secure_boot keys;
	struct error error = ERROR_INIT;

	begin();
	read_keys(&keys, "dbx");
	answer(0, "");
	answer(0, "");
	answer(API_E_FAILED, "no memory");
	tap_eq_int(send_keys(&keys, &error), API_E_FAILED);
	tap_sent(IPC_SETUP_MODE);
	tap_sent(IPC_BLOB);
	tap_sent(IPC_BLOB);
	tap_sent(0);
	api_secure_boot_deinit(&keys);
	end();
}

static void send_attested(const struct api_attest *attest)
{
	uint8_t payload[IPC_SMALL_MAX];
	struct error error;
	size_t len = session_ipc_encode_attested(attest, payload);

	tap_eq_int(frame_send(monitor_fd, IPC_ATTESTED, payload, len, &error), 0);
}

static void send_piece(size_t len, int fill)
{
	static uint8_t piece[IPC_PIECE_MAX];
	struct error error;

	memset(piece, fill, len);
	tap_eq_int(frame_send(monitor_fd, IPC_ATTEST_PIECE, piece, len, &error), 0);
}

static void what_a_tpm_shows_is_fetched_piece_by_piece(void)
{
	const struct api_server_ops *ops = session_api_ops(API_V1);
	static struct api_attest attest, got;
	struct error error = ERROR_INIT;

	attest = (struct api_attest){ .ek.len = 3,
		.ak.len = 4,
		.certificate_len = 100,
		.chain_n = 1,
		.chain_len = { 50 },
		.log_len = IPC_PIECE_MAX };
	begin();
	send_attested(&attest);
	send_piece(IPC_PIECE_MAX, 'a');
	send_piece(150, 'b');
	tap_eq_int(ops->attest(&session, &got, &error), 0);
	tap_ok(got.bytes[0] == 'a' && got.bytes[IPC_PIECE_MAX - 1] == 'a' &&
		got.bytes[IPC_PIECE_MAX] == 'b' && got.bytes[IPC_PIECE_MAX + 149] == 'b');
	tap_eq_int(got.log_len, IPC_PIECE_MAX);
	api_attest_deinit(&got);
	tap_sent(IPC_ATTEST);
	tap_sent(IPC_ATTEST_MORE);
	tap_sent(IPC_ATTEST_MORE);
	tap_sent(0);
	end();
	/* Without any of these there is nothing to fetch. */
	attest = (struct api_attest){ .ek.len = 3, .ak.len = 4 };
	begin();
	send_attested(&attest);
	tap_eq_int(ops->attest(&session, &got, &error), 0);
	api_attest_deinit(&got);
	tap_sent(IPC_ATTEST);
	tap_sent(0);
	end();
}

static void pieces_that_do_not_fit_are_no_attestation(void)
{
	const struct api_server_ops *ops = session_api_ops(API_V1);
	const struct api_attest attest = { .ek.len = 3, .ak.len = 4, .log_len = 10 };
	static const size_t lengths[] = { 0, 11 };
	static struct api_attest got;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct error error = ERROR_INIT;
		begin();
		send_attested(&attest);
		send_piece(lengths[i], 'x');
		tap_eq_int(ops->attest(&session, &got, &error), API_E_FAILED);
		tap_eq_text(error.text, "internal error");
		end();
	}
	struct error error = ERROR_INIT;
	begin();
	answer(API_E_UNABLE, "there is no TPM");
	tap_eq_int(ops->attest(&session, &got, &error), API_E_UNABLE);
	tap_eq_text(error.text, "there is no TPM");
	end();
}

/* What the TPM's statement is made for has the connection's exporter, whatever the client says. */
static void a_credential_is_sent_with_the_connections_exporter(void)
{
	const struct api_server_ops *ops = session_api_ops(API_V1);
	struct api_prove request = { .credential_len = API_CREDENTIAL_MIN,
		.secret_len = API_SECRET_MIN };
	static struct api_proof proof = { .quote.len = 2, .signature.len = 3 }, got;
	struct ipc_prove sent;
	struct api_seal seal = { .pcrs = 1 << 7 };
	struct ipc_seal sent_seal;
	uint8_t payload[IPC_SMALL_MAX];
	struct error error = ERROR_INIT;

	begin();
	memset(session.binding, 0x0b, sizeof(session.binding));
	memset(request.nonce, 0x0c, sizeof(request.nonce));
	memset(seal.nonce, 0x0d, sizeof(seal.nonce));
	memset(seal.digest, 0x0e, sizeof(seal.digest));
	tap_eq_int(frame_send(monitor_fd, IPC_PROVED, payload,
			   session_ipc_encode_proved(&proof, payload), &error),
		0);
	tap_eq_int(ops->prove(&session, &request, &got, &error), 0);
	tap_eq_bytes(&got, sizeof(got), &proof, sizeof(proof));
	tap_sent(IPC_PROVE);
	tap_ok(session_ipc_decode_prove(&frame, &sent));
	tap_eq_bytes(sent.purpose.binding, sizeof(sent.purpose.binding), session.binding,
		sizeof(session.binding));
	tap_eq_bytes(sent.purpose.nonce, sizeof(sent.purpose.nonce), request.nonce,
		sizeof(request.nonce));
	answer(0, "");
	tap_eq_int(ops->seal(&session, &seal, &error), 0);
	tap_sent(IPC_SEAL);
	tap_ok(session_ipc_decode_seal(&frame, &sent_seal));
	tap_eq_int(sent_seal.pcrs, 1 << 7);
	tap_eq_bytes(sent_seal.policy, sizeof(sent_seal.policy), seal.digest, sizeof(seal.digest));
	tap_eq_bytes(sent_seal.purpose.binding, sizeof(sent_seal.purpose.binding), session.binding,
		sizeof(session.binding));
	end();
}

static void a_client_that_leaves_does_not_wait_for_the_tpm(void)
{
	const struct api_server_ops *ops = session_api_ops(API_V1);
	static struct api_attest got;
	struct error error = ERROR_INIT;

	begin();
	shutdown(client_fd, SHUT_RDWR);
	tap_eq_int(ops->attest(&session, &got, &error), API_E_FAILED);
	tap_eq_text(error.text, "the client left");
	tap_ok(session.left);
	tap_sent(IPC_ATTEST);
	tap_sent(IPC_LEFT);
	end();
}

static void without_the_monitor_or_with_nonsense_from_it_a_request_fails(void)
{
	const struct api_add_data data = { .timestamp = 1 };
	struct error error = ERROR_INIT;

	begin();
	tap_eq_int(frame_send(monitor_fd, IPC_STATUS, "\0", 1, &error), 0);
	tap_eq_int(session_api_ops(API_V1)->add_data(&session, &data, &error), API_E_FAILED);
	tap_eq_text(error.text, "internal error");
	shutdown(monitor_fd, SHUT_RDWR);
	tap_eq_int(session_api_ops(API_V1)->add_data(&session, &data, &error), API_E_FAILED);
	tap_eq_text(error.text, "the platform has ended the service");
	end();
}

static struct api_file file_of(const char *name, const char *data)
{
	struct api_file file = { .data = (uint8_t *)(uintptr_t)data, .len = strlen(data) };

	snprintf(file.name, sizeof(file.name), "%s", name);
	return file;
}

/* What the monitor is told is what the review shows; it gets the bytes as they are. */
static void a_file_is_sent_with_its_mac_and_its_logins(void)
{
	static const char key[] =
		"ssh-ed25519 "
		"AAAAC3NzaC1lZDI1NTE5AAAAIJfV+JKh9xttzr+VIsLeW7PbggEchrX0Jb+ix9gGts9G\n";
	const struct api_server_ops *ops = session_api_ops(API_V1);
	const struct api_file plain = file_of("app.conf", "content");
	const struct api_file logins = file_of(HOSTFILE_ROOT_KEYS, key);
	const struct api_file none = file_of(HOSTFILE_ROOT_KEYS, "no key");
	struct error error = ERROR_INIT;
	struct ipc_file about;
	const uint8_t *data = NULL;
	size_t len = 0;

	begin();
	memset(session.binding, 0x0b, sizeof(session.binding));
	answer(0, "");
	tap_eq_int(ops->add_file(&session, &plain, &error), 0);
	tap_sent(IPC_FILE);
	tap_ok(session_ipc_decode_file(&frame, &about, &data, &len));
	tap_eq_text(about.mac, "a06ece06");
	tap_eq_int(about.keys_n, 0);
	tap_eq_bytes(data, len, "content", 7);
	answer(API_E_TOO_MUCH, "too many");
	tap_eq_int(ops->add_file(&session, &logins, &error), API_E_TOO_MUCH);
	tap_sent(IPC_FILE);
	tap_ok(session_ipc_decode_file(&frame, &about, &data, &len));
	tap_eq_int(about.keys_n, 1);
	tap_eq_int(strncmp(about.fingerprints[0], "SHA256:", 7), 0);
	tap_eq_int(ops->add_file(&session, &none, &error), API_E_REFUSED);
	tap_eq_text(error.text, "file " HOSTFILE_ROOT_KEYS ": line 1 is not a public key");
	tap_sent(0);
	end();
}

/* Of the fuzz target's corpus, which has the key of the test of the reader. */
static void a_certificate_is_sent_if_it_is_of_the_prepared_key(void)
{
	static const char key[] =
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfV+JKh9xttzr+VIsLeW7PbggEchrX0Jb+ix9gGts9G";
	const struct api_server_ops *ops = session_api_ops(API_V1);
	const char *source = getenv("STPROV_SOURCE");
	struct api_certificate certificate = { .line = "" };
	struct error error = ERROR_INIT;
	_cleanup_free_ uint8_t *data = NULL;
	struct ipc_certificate about;
	const uint8_t *line = NULL;
	char path[512];
	size_t len = 0;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/hostkey_certificate/good",
		source ? source : ".");
	tap_eq_int(file_read(AT_FDCWD, path, 4000, &data, &len, &error), 0);
	memcpy(certificate.line, data, len);
	begin();
	tap_eq_int(ops->add_certificate(&session, &certificate, &error), API_E_CONFLICT);
	strcpy(session.prepared, "ssh-ed25519 another");
	tap_eq_int(ops->add_certificate(&session, &certificate, &error), API_E_REFUSED);
	tap_sent(0);
	strcpy(session.prepared, key);
	answer(0, "");
	tap_eq_int(ops->add_certificate(&session, &certificate, &error), 0);
	tap_sent(IPC_CERTIFICATE);
	tap_ok(session_ipc_decode_certificate(&frame, &about, &line, &len));
	tap_eq_text(about.principals, "host.example.org,192.0.2.10");
	tap_eq_text(about.publickey, key);
	tap_eq_bytes(line, len, certificate.line, strlen(certificate.line));
	end();
}

static void send_committed(void)
{
	const struct api_commit commit = { .hostname = "host.example.org" };
	uint8_t payload[IPC_SMALL_MAX];
	struct error error;

	tap_eq_int(frame_send(monitor_fd, IPC_COMMITTED, payload,
			   session_ipc_encode_committed(&commit, payload), &error),
		0);
}

static void a_commit_ends_with_the_decision_or_with_the_clients_leaving(void)
{
	static const struct api_believed believed;
	struct api_commit commit = { .hostname = "" };
	struct error error = ERROR_INIT;
	const struct api_server_ops *ops = session_api_ops(API_V1);

	begin();
	send_committed();
	tap_eq_int(ops->commit(&session, &believed, &commit, &error), 0);
	tap_eq_text(commit.hostname, "host.example.org");
	answer(API_E_CONFLICT, "aborted");
	tap_eq_int(ops->commit(&session, &believed, &commit, &error), API_E_CONFLICT);
	/* Both at once: the decision was made. */
	send_committed();
	tap_eq_int(send(client_fd, "x", 1, 0), 1);
	tap_eq_int(ops->commit(&session, &believed, &commit, &error), 0);
	tap_ok(!session.left);
	for (int i = 0; i < 3; i++)
		tap_sent(IPC_COMMIT);
	tap_sent(0);
	/* The byte alone: nothing may come from a client that waits. */
	tap_eq_int(ops->commit(&session, &believed, &commit, &error), API_E_FAILED);
	tap_ok(session.left);
	tap_sent(IPC_COMMIT);
	tap_sent(IPC_LEFT);
	/* The monitor was told: no line about it. */
	ops->log(&session, "the answer could not be delivered");
	tap_sent(0);
	end();
}

static void a_failed_opening_is_counted_once_or_logged(void)
{
	static const struct {
		bool attempted;
		int result;
		uint8_t type, wrong;
	} rows[] = {
		{ true, OPENING_E_CODE, IPC_NOT_OPENED, 1 },
		{ true, OPENING_E_CLOSED, IPC_NOT_OPENED, 0 },
		{ true, -ETIMEDOUT, IPC_NOT_OPENED, 0 },
		{ false, OPENING_E_FOREIGN, IPC_LOG, 'n' },
		{ false, -ETIMEDOUT, IPC_LOG, 'n' },
		{ false, OPENING_E_REFUSED, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error error = ERROR_INIT;
		begin();
		if (rows[i].attempted) {
			answer(0, "");
			tap_eq_int(session_opening_ops.attempt(&session, &error), 0);
			tap_sent(IPC_ATTEMPT);
		}
		session_report_not_opened(&session, rows[i].result, &error);
		tap_sent(rows[i].type);
		if (rows[i].type)
			tap_eq_int(frame.payload[0], rows[i].wrong);
		tap_sent(0);
		end();
	}
}

static void an_attempt_that_is_denied_and_an_odd_status_end_the_opening(void)
{
	enum opening_status status = OPENING_BUSY;
	struct error error = ERROR_INIT;

	begin();
	answer(API_E_DENIED, "no more attempts are permitted");
	tap_eq_int(session_opening_ops.attempt(&session, &error), OPENING_E_REFUSED);
	tap_ok(!session.attempted);
	tap_eq_int(frame_send(monitor_fd, IPC_STATUS, "\0", 1, &error), 0);
	tap_eq_int(session_opening_ops.status(&session, &status, &error), 0);
	tap_eq_int(status, OPENING_GO_ON);
	const uint8_t odd = OPENING_STATUS_N;
	tap_eq_int(frame_send(monitor_fd, IPC_STATUS, &odd, 1, &error), 0);
	tap_eq_int(session_opening_ops.status(&session, &status, &error), -EPROTO);
	end();
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(keys_are_sent_in_the_order_of_trust),
		TAP_TEST(an_update_for_appending_is_marked),
		TAP_TEST(without_a_usable_log_only_a_signature_could_tell),
		TAP_TEST(a_key_that_is_not_signed_by_the_one_above_stays_here),
		TAP_TEST(outside_setup_mode_no_key_is_looked_at),
		TAP_TEST(a_malformed_key_keeps_all_of_them_from_the_monitor),
		TAP_TEST(a_key_that_the_monitor_refuses_is_the_last_one),
		TAP_TEST(what_a_tpm_shows_is_fetched_piece_by_piece),
		TAP_TEST(pieces_that_do_not_fit_are_no_attestation),
		TAP_TEST(a_credential_is_sent_with_the_connections_exporter),
		TAP_TEST(a_client_that_leaves_does_not_wait_for_the_tpm),
		TAP_TEST(without_the_monitor_or_with_nonsense_from_it_a_request_fails),
		TAP_TEST(a_file_is_sent_with_its_mac_and_its_logins),
		TAP_TEST(a_certificate_is_sent_if_it_is_of_the_prepared_key),
		TAP_TEST(a_commit_ends_with_the_decision_or_with_the_clients_leaving),
		TAP_TEST(a_failed_opening_is_counted_once_or_logged),
		TAP_TEST(an_attempt_that_is_denied_and_an_odd_status_end_the_opening),
		{ 0 },
	};
	return tap_run(tests);
}
