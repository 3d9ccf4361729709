/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session does with a request: see session_requests.h. */
#include "service/session_requests.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "enrol/enrol.h"
#include "eventlog/eventlog.h"
#include "hostkey/authorized_keys.h"
#include "privsep/role_child.h"

/* Sends a request and waits for its answer in session->frame. */
static int exchange_frames(struct session *session, enum session_ipc_type type, const void *payload,
	size_t len, struct error *error)
{
	if (frame_send(ROLE_FRAME_FD, (uint8_t)type, payload, len, error) < 0 ||
		frame_receive(ROLE_FRAME_FD, &session->frame, error) != 0)
		return error_set(error, API_E_FAILED, "the platform has ended the service");
	return 0;
}

/* The result in an answer: 0 or API_E_..., with its text. */
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

/*
 * Whether this image starts once the keys are enrolled, by the firmware's boot log. Without a log
 * only the image's own signature could tell, and the session has no image.
 */
static enum enrol_boot would_boot(struct session *session, const struct efi_secureboot_keys *keys)
{
	uint8_t digests[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE];
	const struct frame *frame = &session->frame;
	struct error ignored;
	size_t n = 0;

	if (exchange_frames(session, IPC_BOOT_LOG, NULL, 0, &ignored) != 0 ||
		frame->type != IPC_BOOT_LOG_DATA ||
		eventlog_applications(frame->payload, frame->len, digests, &n, &ignored) < 0)
		return ENROL_BOOT_UNKNOWN;
	return enrol_would_boot(keys, (const uint8_t(*)[ENROL_DIGEST_SIZE])digests, n);
}

/* The signed updates are checked here, where their bytes may be parsed. */
static int session_secure_boot(
	void *context, const struct api_secure_boot *request, struct error *error)
{
	struct session *session = context;
	struct efi_secureboot_keys keys = { 0 };
	struct ipc_secure_boot findings = { .menu = request->reboot_into_uefi_menu };
	uint8_t payload[IPC_SMALL_MAX];
	enum efi_sb ignored;

	int r = ask_monitor(session, IPC_SETUP_MODE, NULL, 0, error);
	if (r != 0)
		return r;
	for (size_t i = 0; i < EFI_SB_N; i++)
		keys.blobs[i] = (struct efi_blob){ .data = request->blobs[i].data,
			.len = request->blobs[i].len };
	if (enrol_check(&keys, &ignored, error) < 0)
		return API_E_REFUSED;
	for (size_t i = 0; r == 0 && i < EFI_SB_N; i++)
		r = send_blob(session, (enum efi_sb)i, &request->blobs[i], error);
	if (r != 0)
		return r;
	memcpy(findings.append, keys.append, sizeof(findings.append));
	findings.boot = would_boot(session, &keys);
	size_t len = session_ipc_encode_secure_boot(&findings, payload);
	return ask_monitor(session, IPC_SECURE_BOOT, payload, len, error);
}

static int decode_committed(const struct session *session, enum session_ipc_type type,
	struct api_commit *ret, struct error *error)
{
	return session_ipc_decode_committed(&session->frame, type, ret)
		       ? 0
		       : decode_answer(session, error);
}

/* Who may log in as root, for the review. */
static int read_logins(const struct api_file *file, struct ipc_file *about, struct error *error)
{
	struct authorized_keys keys;

	if (strcmp(file->name, HOSTFILE_ROOT_KEYS) != 0)
		return 0;
	if (authorized_keys_read(file->data, file->len, &keys, error) < 0)
		return error_prefix(error, API_E_REFUSED, "file %s", file->name);
	about->keys_n = (uint32_t)keys.n;
	for (size_t i = 0; i < MIN(keys.n, (size_t)IPC_FINGERPRINTS_MAX); i++)
		memcpy(about->fingerprints[i], keys.fingerprints[i],
			sizeof(about->fingerprints[i]));
	return 0;
}

static int session_add_file(void *context, const struct api_file *file, struct error *error)
{
	uint8_t payload[IPC_SMALL_MAX + HOSTFILE_DATA_MAX];
	struct session *session = context;
	struct ipc_file about = { .keys_n = 0 };
	int r = read_logins(file, &about, error);

	if (r != 0)
		return r;
	snprintf(about.name, sizeof(about.name), "%s", file->name);
	if (hostfile_mac(session->binding, file->name, file->data, file->len, about.mac, error) < 0)
		return API_E_FAILED;
	size_t len = session_ipc_encode_file(&about, file->data, file->len, payload);
	r = ask_monitor(session, IPC_FILE, payload, len, error);
	secret_wipe_bytes(payload, len);
	return r;
}

static int session_prepare(void *context, struct api_commit *ret, struct error *error)
{
	struct session *session = context;
	int r = exchange_frames(session, IPC_PREPARE, NULL, 0, error);

	if (r == 0)
		r = decode_committed(session, IPC_PREPARED, ret, error);
	if (r == 0)
		memcpy(session->prepared, ret->publickey, sizeof(session->prepared));
	return r;
}

/* What the review shows of a certificate of the prepared key. */
static int read_certificate(const struct session *session, const char *line,
	struct ipc_certificate *about, struct error *error)
{
	struct hostkey_certificate certificate;

	if (!session->prepared[0])
		return error_set(error, API_E_CONFLICT,
			"no host key is prepared yet: prepare comes before add-certificate");
	if (hostkey_certificate_read(line, strlen(line), &certificate, error) < 0)
		return API_E_REFUSED;
	if (strcmp(certificate.public, session->prepared) != 0)
		return error_set(error, API_E_REFUSED,
			"the certificate is of another key than the prepared one");
	size_t id_len = strlen(certificate.key_id), names_len = strlen(certificate.principals);
	if (id_len >= sizeof(about->key_id) || names_len >= sizeof(about->principals))
		return error_set(error, API_E_REFUSED,
			"the key ID or the list of principals of the certificate is too long");
	memcpy(about->publickey, certificate.public, sizeof(about->publickey));
	memcpy(about->ca, certificate.ca_fingerprint, sizeof(about->ca));
	memcpy(about->key_id, certificate.key_id, id_len + 1);
	memcpy(about->principals, certificate.principals, names_len + 1);
	about->valid_before = certificate.valid_before;
	return 0;
}

static int session_add_certificate(
	void *context, const struct api_certificate *certificate, struct error *error)
{
	uint8_t payload[IPC_SMALL_MAX + HOSTKEY_CERTIFICATE_MAX];
	struct session *session = context;
	struct ipc_certificate about = { .mac = "" };
	int r = read_certificate(session, certificate->line, &about, error);

	if (r != 0)
		return r;
	if (hostfile_mac(session->binding, efi_host_certificate.name, certificate->line,
		    strlen(certificate->line), about.mac, error) < 0)
		return API_E_FAILED;
	size_t len = session_ipc_encode_certificate(&about, certificate->line, payload);
	return ask_monitor(session, IPC_CERTIFICATE, payload, len, error);
}

static int session_commit_v0(void *context, const struct api_believed *believed,
	struct api_commit *ret, struct error *error)
{
	struct session *session = context;
	int r = exchange_frames(session, IPC_COMMIT, NULL, 0, error);

	return r == 0 ? decode_committed(session, IPC_COMMITTED, ret, error) : r;
}

/*
 * Sends a request and waits for its answer as long as the client does: the operator or the TPM may
 * take their time. A client sends nothing while it waits, so anything that comes from it counts as
 * its leaving.
 */
static int exchange_while_client_waits(struct session *session, enum session_ipc_type type,
	const void *payload, size_t len, struct error *error)
{
	struct pollfd fds[] = {
		{ .fd = ROLE_FRAME_FD, .events = POLLIN },
		{ .fd = ROLE_WORK_FD, .events = POLLIN | POLLRDHUP },
	};

	if (frame_send(ROLE_FRAME_FD, (uint8_t)type, payload, len, error) < 0)
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
		return error_set(error, API_E_FAILED, "the platform has ended the service");
	return 0;
}

static int session_commit_v1(void *context, const struct api_believed *believed,
	struct api_commit *ret, struct error *error)
{
	struct session *session = context;
	uint8_t payload[IPC_SMALL_MAX];
	size_t len = session_ipc_encode_commit(believed, payload);
	int r = exchange_while_client_waits(session, IPC_COMMIT, payload, len, error);

	return r == 0 ? decode_committed(session, IPC_COMMITTED, ret, error) : r;
}

/* -- the TPM --------------------------------------------------------------------------------- */

static void set_purpose(
	const struct session *session, const uint8_t *nonce, struct ipc_purpose *ret)
{
	memcpy(ret->nonce, nonce, sizeof(ret->nonce));
	memcpy(ret->binding, session->binding, sizeof(ret->binding));
}

static int session_seal(void *context, const struct api_seal *request, struct error *error)
{
	struct session *session = context;
	struct ipc_seal seal = { .pcrs = request->pcrs };
	uint8_t payload[IPC_SMALL_MAX];

	memcpy(seal.policy, request->digest, sizeof(seal.policy));
	set_purpose(session, request->nonce, &seal.purpose);
	size_t len = session_ipc_encode_seal(&seal, payload);
	int r = exchange_while_client_waits(session, IPC_SEAL, payload, len, error);
	return r == 0 ? decode_answer(session, error) : r;
}

/* Certificates and boot log, piece by piece: a frame does not hold them. */
static int fetch_pieces(struct session *session, uint8_t *out, size_t len, struct error *error)
{
	const struct frame *frame = &session->frame;

	for (size_t have = 0; have < len; have += frame->len) {
		int r = exchange_frames(session, IPC_ATTEST_MORE, NULL, 0, error);
		if (r != 0)
			return r;
		if (frame->type != IPC_ATTEST_PIECE || frame->len == 0 || frame->len > len - have)
			return error_set(error, API_E_FAILED, "internal error");
		memcpy(out + have, frame->payload, frame->len);
	}
	return 0;
}

static int session_attest(void *context, struct api_attest *ret, struct error *error)
{
	_cleanup_api_attest_ struct api_attest attest = { .bytes = NULL };
	struct session *session = context;
	int r = exchange_while_client_waits(session, IPC_ATTEST, NULL, 0, error);

	if (r != 0)
		return r;
	if (!session_ipc_decode_attested(&session->frame, &attest))
		return decode_answer(session, error);
	size_t len = api_attest_bytes_len(&attest);
	attest.bytes = malloc(len > 0 ? len : 1);
	if (!attest.bytes)
		return error_set(error, API_E_FAILED, "no memory");
	r = fetch_pieces(session, attest.bytes, len, error);
	if (r == 0) {
		*ret = attest;
		attest.bytes = NULL;
	}
	return r;
}

static int session_prove(
	void *context, const struct api_prove *request, struct api_proof *ret, struct error *error)
{
	struct session *session = context;
	struct ipc_prove prove = { .credential_len = request->credential_len,
		.secret_len = request->secret_len };
	uint8_t payload[IPC_SMALL_MAX];

	memcpy(prove.credential, request->credential, sizeof(prove.credential));
	memcpy(prove.secret, request->secret, sizeof(prove.secret));
	set_purpose(session, request->nonce, &prove.purpose);
	size_t len = session_ipc_encode_prove(&prove, payload);
	int r = exchange_while_client_waits(session, IPC_PROVE, payload, len, error);
	if (r != 0)
		return r;
	return session_ipc_decode_proved(&session->frame, ret) ? 0 : decode_answer(session, error);
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
	.add_file = session_add_file,
	.add_certificate = session_add_certificate,
	.prepare = session_prepare,
	.seal = session_seal,
	.attest = session_attest,
	.prove = session_prove,
	.commit = session_commit_v1,
	.log = session_log,
};

const struct api_server_ops *session_api_ops(enum api_protocol protocol)
{
	return protocol == API_V1 ? &ops_v1 : &ops_v0;
}

void session_log_error(const char *what, const struct error *error)
{
	char line[ERROR_TEXT_MAX + 64];

	snprintf(line, sizeof(line), "%s: %s", what, error->text);
	role_tell_text(IPC_LOG, line);
}

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

const struct opening_ops session_opening_ops = {
	.status = opening_status,
	.attempt = opening_attempt,
};

int session_report_opened(
	struct session *session, const struct opening_result *result, struct error *error)
{
	return ask_monitor(session, IPC_OPENED, result->words, sizeof(result->words), error);
}

void session_report_not_opened(const struct session *session, int result, const struct error *error)
{
	uint8_t wrong = result == OPENING_E_CODE;
	struct error ignored;

	if (session->attempted)
		(void)!frame_send(ROLE_FRAME_FD, IPC_NOT_OPENED, &wrong, 1, &ignored);
	else if (result != OPENING_E_REFUSED)
		session_log_error("no connection", error);
}
