/* SPDX-License-Identifier: BSD-2-Clause */
/* The parent's side of the TPM role: see client.h. */
#include "tpm/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/stream.h"
#include "base/text.h"
#include "tpm/role.h"

#define WHAT "the process that talks to the TPM"

int tpm_client_start(const struct role_launcher *launcher, int tpm_fd, struct tpm_client *ret,
	struct error *error)
{
	memset(ret, 0, sizeof(*ret));
	ret->role = ROLE_INIT;
	ret->deadline_ms = CLOCK_NEVER;
	int r = role_start(launcher, TPM_ROLE_NAME, &tpm_fd, 1, &ret->role, error);
	if (r == 0)
		r = frame_send(ret->role.frame_fd, TPM_IPC_START, NULL, 0, error);
	if (r < 0)
		tpm_client_stop(ret);
	return r;
}

void tpm_client_stop(struct tpm_client *client)
{
	if (client->role.pid != 0)
		(void)role_stop(&client->role);
	secret_wipe_bytes(client, sizeof(*client));
	client->role = ROLE_INIT;
	client->deadline_ms = CLOCK_NEVER;
}

int tpm_client_fd(const struct tpm_client *client)
{
	return client->role.frame_fd;
}

/* -- requests --------------------------------------------------------------------------------- */

static int ask(struct tpm_client *client, enum tpm_ipc_type type, const uint8_t *payload,
	size_t len, struct error *error)
{
	assert(client->pending == 0);
	secret_wipe_bytes(&client->answer, sizeof(client->answer));
	int r = frame_send(client->role.frame_fd, type, payload, len, error);
	if (r < 0)
		return error_prefix(error, r, WHAT);
	client->pending = (uint8_t)type;
	client->deadline_ms = clock_now_ms() + TPM_CLIENT_LIMIT_MS;
	return 0;
}

int tpm_client_look(struct tpm_client *client, struct error *error)
{
	return ask(client, TPM_IPC_LOOK, NULL, 0, error);
}

int tpm_client_attest(struct tpm_client *client, struct error *error)
{
	return ask(client, TPM_IPC_ATTEST, NULL, 0, error);
}

int tpm_client_prove(
	struct tpm_client *client, const struct tpm_prove_order *order, struct error *error)
{
	uint8_t payload[TPM_IPC_PAYLOAD_MAX];

	return ask(client, TPM_IPC_PROVE, payload, tpm_ipc_encode_prove(order, payload), error);
}

int tpm_client_seal(
	struct tpm_client *client, const struct tpm_seal_order *order, struct error *error)
{
	uint8_t payload[TPM_IPC_PAYLOAD_MAX];

	client->kind = order->kind;
	client->pcrs = order->pcrs;
	client->certify = order->certify;
	memcpy(client->is_named, order->is_named, sizeof(client->is_named));
	memcpy(client->policy, order->policy, sizeof(client->policy));
	int r = ask(client, TPM_IPC_SEAL, payload, tpm_ipc_encode_seal(order, payload), error);
	secret_wipe_bytes(payload, sizeof(payload));
	return r;
}

static int ask_with_handle(
	struct tpm_client *client, enum tpm_ipc_type type, uint32_t handle, struct error *error)
{
	uint8_t payload[TPM_IPC_PAYLOAD_MAX];

	return ask(client, type, payload, tpm_ipc_encode_handle(handle, payload), error);
}

int tpm_client_keep(struct tpm_client *client, uint32_t handle, struct error *error)
{
	return ask_with_handle(client, TPM_IPC_KEEP, handle, error);
}

int tpm_client_drop(struct tpm_client *client, uint32_t handle, struct error *error)
{
	return ask_with_handle(client, TPM_IPC_DROP, handle, error);
}

static int ask_with_sealed(struct tpm_client *client, enum tpm_ipc_type type,
	const struct tpm_sealed *sealed, struct error *error)
{
	uint8_t payload[TPM_IPC_PAYLOAD_MAX];

	return ask(client, type, payload, tpm_ipc_encode_sealed(sealed, payload), error);
}

int tpm_client_open(struct tpm_client *client, const struct tpm_sealed *sealed, struct error *error)
{
	return ask_with_sealed(client, TPM_IPC_OPEN, sealed, error);
}

int tpm_client_match(
	struct tpm_client *client, const struct tpm_sealed *sealed, struct error *error)
{
	return ask_with_sealed(client, TPM_IPC_MATCH, sealed, error);
}

int tpm_client_forget(struct tpm_client *client, struct error *error)
{
	return ask(client, TPM_IPC_FORGET, NULL, 0, error);
}

/* -- answers ---------------------------------------------------------------------------------- */

/* Whether it is what was asked for: the kind, the policy, at a handle that was free. */
static bool fits_order(const struct tpm_client *client, const struct tpm_seal_result *result)
{
	const struct tpm_sealed *sealed = &result->sealed;
	const uint8_t *policy = tpm_sealed_policy(sealed);
	size_t index;

	if (sealed->kind != client->kind || sealed->pcrs != client->pcrs ||
		!tpm_parent_index(sealed->parent, &index) || client->is_named[index])
		return false;
	if (policy && memcmp(policy, client->policy, TPM_HASH_SIZE) != 0)
		return false;
	return (result->statement.len > 0) == client->certify &&
	       (result->signature.len > 0) == client->certify && result->parent_public.len > 0;
}

/* Whether the answer in @client->frame is of the pending request; then it is in the union. */
static bool take_answer(struct tpm_client *client)
{
	const struct frame *frame = &client->frame;

	switch (client->pending) {
	case TPM_IPC_LOOK:
		return frame->type == TPM_IPC_LOOKED &&
		       tpm_ipc_decode_looked(frame, &client->answer.look);
	case TPM_IPC_ATTEST:
		return frame->type == TPM_IPC_ATTESTED &&
		       tpm_ipc_decode_attested(frame, &client->answer.attest);
	case TPM_IPC_PROVE:
		return frame->type == TPM_IPC_PROVED &&
		       tpm_ipc_decode_proved(frame, &client->answer.proof);
	case TPM_IPC_SEAL:
		return frame->type == TPM_IPC_SEALED &&
		       tpm_ipc_decode_result(frame, &client->answer.sealed) &&
		       fits_order(client, &client->answer.sealed);
	case TPM_IPC_OPEN:
		return frame->type == TPM_IPC_OPENED &&
		       tpm_ipc_decode_opened(frame, client->answer.secret);
	default:
		return frame->type == TPM_IPC_DONE && frame->len == 0;
	}
}

/* Why a request failed; a positive reason is one of OPEN and MATCH. */
static bool take_failure(struct tpm_client *client, int *ret_result, struct error *error)
{
	struct tpm_failure failure;

	if (!tpm_ipc_decode_failed(&client->frame, &failure))
		return false;
	if (failure.code > 0 && client->pending != TPM_IPC_OPEN && client->pending != TPM_IPC_MATCH)
		return false;
	*ret_result = failure.code;
	*error = failure.error;
	return true;
}

/* The role could not be locked in, and says why. */
static int take_broken(const struct tpm_client *client, struct error *error)
{
	char text[ERROR_TEXT_MAX];

	text_printable_again(client->frame.payload, client->frame.len, text, sizeof(text));
	return error_set(error, -EPERM, WHAT " cannot be locked in: %s", text);
}

static int take_frame(struct tpm_client *client, int *ret_result, struct error *error)
{
	bool taken = false;

	switch (client->frame.type) {
	case TPM_IPC_READY:
		/* Once: what comes without end would keep the parent busy. */
		if (!client->is_ready && client->frame.len == 0) {
			client->is_ready = true;
			return TPM_CLIENT_E_AGAIN;
		}
		break;
	case TPM_IPC_BROKEN:
		return take_broken(client, error);
	case TPM_IPC_CERTIFICATE:
		if (client->pending == TPM_IPC_ATTEST &&
			tpm_ipc_decode_certificate(&client->frame, &client->answer.attest))
			return TPM_CLIENT_E_AGAIN;
		break;
	case TPM_IPC_FAILED:
		taken = client->pending != 0 && take_failure(client, ret_result, error);
		break;
	default:
		taken = client->pending != 0 && take_answer(client);
		*ret_result = 0;
	}
	if (!taken)
		return error_set(error, -EPROTO, WHAT " sent what it was not asked for");
	client->pending = 0;
	client->deadline_ms = CLOCK_NEVER;
	return 0;
}

static int explain_end(struct tpm_client *client, struct error *error)
{
	struct role_end end = role_stop(&client->role);

	return role_explain_end(&end, WHAT, error);
}

int tpm_client_take(struct tpm_client *client, int64_t now_ms, int *ret_result, struct error *error)
{
	for (;;) {
		int r = frame_receive(client->role.frame_fd, &client->frame, error);
		if (r == -EAGAIN)
			break;
		if (r == FRAME_E_END || r == -ECONNRESET)
			return explain_end(client, error);
		if (r < 0)
			return r;
		r = take_frame(client, ret_result, error);
		secret_wipe_bytes(client->frame.payload, client->frame.len);
		if (r != TPM_CLIENT_E_AGAIN)
			return r;
	}
	if (now_ms >= client->deadline_ms)
		return error_set(error, -ETIMEDOUT, "the TPM did not answer for %d s",
			TPM_CLIENT_LIMIT_MS / 1000);
	return TPM_CLIENT_E_AGAIN;
}

int tpm_client_wait(struct tpm_client *client, int *ret_result, struct error *error)
{
	assert(client->pending != 0);
	for (;;) {
		struct error ignored;
		int r = stream_wait(client->role.frame_fd, POLLIN, client->deadline_ms, &ignored);
		if (r < 0 && r != -ETIMEDOUT) {
			*error = ignored;
			return r;
		}
		r = tpm_client_take(client, clock_now_ms(), ret_result, error);
		if (r != TPM_CLIENT_E_AGAIN)
			return r;
	}
}
