/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform's TPM: see seal.h. */
#include "service/seal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/kdf.h"
#include "service/attest.h"
#include "service/chip.h"

/* As many bytes as STHostKeySealed of TPM_KIND_TPM may have: it has about 650. */
#define SEALED_ROOM 1024

/* What the purpose of a statement about the sealed key begins with (docs/protocol.md). */
#define STATEMENT_PREFIX "stprov/v1 sealed"
/* Bytes of a policy's digest that the review shows. */
#define POLICY_SHOWN 8
/* The bytes of a public key as in authorized_keys. */
#define SSH_BLOB_SIZE 51

/* -- asked for ------------------------------------------------------------------------------- */

int seal_on_seal(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct ipc_seal request;
	struct error text = ERROR_INIT;

	if (!session_ipc_decode_seal(&monitor->frame, &request))
		return error_set(error, -EPROTO, "sent a malformed request to seal");
	/* Which also has found the bank of SHA-256 in use. */
	int r = request.pcrs && !session->attest.proved
			? error_set(&text, API_E_CONFLICT,
				  "attest-prove comes before seal with the policy pcr")
			: chip_look(monitor, session, false, &text);
	if (r != 0)
		return monitor_answer(session, r, &text, error);
	/* Not the session's before the TPM was looked at: until then an earlier one counts. */
	monitor->seal.request = request;
	return 0;
}

/* What sealing and its statement need of the TPM. */
static int check_look(const struct tpm_look *look, struct error *text)
{
	int r = 0;

	if (look->storage_off)
		r = tpm_reason_hierarchy(TPM_RC_HIERARCHY_1, TPM_RH_OWNER, text);
	else if (look->owner_password)
		r = tpm_reason_hierarchy(TPM_RC_BAD_AUTH_S1, TPM_RH_OWNER, text);
	else if (look->endorsement_off)
		r = tpm_reason_hierarchy(TPM_RC_HIERARCHY_1, TPM_RH_ENDORSEMENT, text);
	else if (look->endorsement_password)
		r = tpm_reason_hierarchy(TPM_RC_BAD_AUTH_S1, TPM_RH_ENDORSEMENT, text);
	return r;
}

static void answer_look(struct monitor *monitor, int r, struct error *text)
{
	struct monitor_session *session = monitor->seal.user;
	struct error ignored;

	if (r == 0)
		r = check_look(&monitor->seal.client.answer.look, text);
	/* One for the connection: what is encrypted with it stays as it was. */
	if (r == 0 && !session->seal.wanted)
		r = random_bytes(session->seal.file_key, sizeof(session->seal.file_key), text);
	if (r == 0 && !session->seal.wanted && !monitor_hush_client(monitor))
		journal_line(&monitor->journal,
			"%s: asked to seal the host key to this machine's TPM", session->peer);
	if (r == 0) {
		session->seal.wanted = true;
		session->seal.request = monitor->seal.request;
	} else {
		monitor_close_tpm(monitor);
	}
	/* A session that has gone ends by itself. */
	(void)!monitor_answer(session, r == 0 ? 0 : API_E_UNABLE, text, &ignored);
}

void seal_format_policy(const struct ipc_seal *request, char out[SEAL_POLICY_TEXT_MAX])
{
	char hex[2 * POLICY_SHOWN + 1], numbers[4 * API_PCRS] = "";
	size_t len = 0;

	if (!request->pcrs) {
		snprintf(out, SEAL_POLICY_TEXT_MAX, "opened by any system on this machine");
		return;
	}
	for (unsigned i = 0; i < API_PCRS; i++)
		if (request->pcrs & 1u << i)
			len += (size_t)snprintf(numbers + len, sizeof(numbers) - len, "%s%u",
				len > 0 ? "," : "", i);
	text_format_hex(request->policy, POLICY_SHOWN, hex);
	snprintf(out, SEAL_POLICY_TEXT_MAX, "policy pcr %s %s", numbers, hex);
}

int seal_check_required(
	const struct monitor *monitor, const struct monitor_session *session, struct error *text)
{
	if (!monitor->config->require_seal || session->seal.wanted)
		return 0;
	return error_set(text, API_E_CONFLICT,
		"this platform takes only a host key that is sealed to its TPM (local run --seal "
		"tpm): nothing was written");
}

int seal_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text)
{
	if (believed->sealed == session->seal.wanted)
		return 0;
	return error_set(text, API_E_CONFLICT,
		believed->sealed ? "the host key is not going to be sealed, which the laptop "
				   "believes: nothing was written"
				 : "the host key is going to be sealed, and the laptop does not "
				   "believe it: nothing was written");
}

/* -- sealing --------------------------------------------------------------------------------- */

/* The parents that the sealed host key in a store names; none if it has none that can be read. */
static void read_named(const struct efi_dir *efi, bool named[TPM_PARENTS])
{
	struct tpm_sealed_key key;
	uint8_t *data = NULL;
	size_t len = 0, index = 0;
	struct error ignored;

	if (!efi || efi_read(efi, &efi_host_key_sealed, &data, &len, &ignored) != 0)
		return;
	if (tpm_sealed_read(data, len, &key, &ignored) == 0 &&
		tpm_parent_index(key.sealed.parent, &index))
		named[index] = true;
	free(data);
}

void seal_note_parents(struct monitor *monitor)
{
	struct monitor_seal *seal = &monitor->seal;

	memset(seal->here, 0, sizeof(seal->here));
	memset(seal->elsewhere, 0, sizeof(seal->elsewhere));
	read_named(monitor->config->efi, seal->here);
	read_named(monitor->config->other_store, seal->elsewhere);
}

static int read_public(const char *public, uint8_t blob[SSH_BLOB_SIZE], struct error *error)
{
	const char *base64 = strchr(public, ' ');
	size_t len = 0;

	if (!base64 ||
		text_parse_base64(base64 + 1, strlen(base64 + 1), blob, SSH_BLOB_SIZE, &len) < 0 ||
		len != SSH_BLOB_SIZE)
		return error_set(error, -EINVAL, "the host key has no public key");
	return 0;
}

static int fill_order(struct monitor *monitor, const struct monitor_session *session,
	struct tpm_seal_order *order, struct error *error)
{
	struct monitor_seal *seal = &monitor->seal;
	const struct secret *material = &monitor->provision.material;
	const struct ipc_seal *request = &session->seal.request;
	uint8_t blob[SSH_BLOB_SIZE], hash[CRYPTO_SHA256_SIZE];
	int r = read_public(monitor->provision.key.public, blob, error);

	assert(material->len + sizeof(session->seal.file_key) == sizeof(order->secret));
	memcpy(order->secret, material->bytes, material->len);
	memcpy(order->secret + material->len, session->seal.file_key,
		sizeof(session->seal.file_key));
	for (size_t i = 0; i < TPM_PARENTS; i++)
		order->is_named[i] = seal->here[i] || seal->elsewhere[i];
	if (r < 0)
		return r;
	memcpy(seal->key.ssh_public, blob + SSH_BLOB_SIZE - sizeof(seal->key.ssh_public),
		sizeof(seal->key.ssh_public));
	order->kind = request->pcrs ? TPM_KIND_PCR : TPM_KIND_TPM;
	order->pcrs = request->pcrs;
	memcpy(order->policy, request->policy, sizeof(order->policy));
	r = crypto_sha256(blob, sizeof(blob), hash, error);
	return r < 0 ? r
		     : chip_hash_purpose(
			       STATEMENT_PREFIX, &request->purpose, hash, order->qualifying, error);
}

int seal_begin(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct tpm_seal_order order = { .certify = true };
	/* It was lost meanwhile, and another connection was faster. */
	bool taken = chip_is_open(monitor) && monitor->seal.user != session;
	int r = taken ? error_set(error, -EBUSY, CHIP_IN_USE) : chip_need(monitor, error);

	if (r < 0)
		return r;
	monitor->seal.user = session;
	monitor->seal.len = 0;
	seal_note_parents(monitor);
	r = fill_order(monitor, session, &order, error);
	if (r == 0)
		r = tpm_client_seal(&monitor->seal.client, &order, error);
	secret_wipe_bytes(&order, sizeof(order));
	return chip_sent(monitor, SEAL_SEALING, r);
}

/* The variable's text, and what the client is told. */
static int take_sealed(struct monitor *monitor, struct error *error)
{
	struct monitor_seal *seal = &monitor->seal;
	const struct tpm_seal_result *result = &seal->client.answer.sealed;
	struct api_sealed *told = &monitor->commit.sealed;

	seal->key.sealed = result->sealed;
	told->given = true;
	chip_copy(&told->parent, &result->parent_public);
	chip_copy(&told->public, &result->sealed.public);
	chip_copy(&told->certify, &result->statement);
	chip_copy(&told->signature, &result->signature);
	return tpm_sealed_write(&seal->key, seal->text, &seal->len, error);
}

const void *seal_variable(const struct monitor *monitor, size_t *ret_len)
{
	static const uint8_t room[SEALED_ROOM] = { 0 };

	*ret_len = monitor->seal.len > 0 ? monitor->seal.len : sizeof(room);
	return monitor->seal.len > 0 ? (const void *)monitor->seal.text : room;
}

/* -- afterwards ------------------------------------------------------------------------------ */

int seal_keep(struct monitor *monitor, struct error *error)
{
	struct monitor_seal *seal = &monitor->seal;

	for (size_t i = 0; i < TPM_PARENTS; i++)
		if (seal->elsewhere[i])
			return SEAL_E_NOTHING;
	int r = chip_need(monitor, error);
	return r < 0 ? r
		     : chip_sent(monitor, SEAL_KEEPING,
			       tpm_client_keep(&seal->client, seal->key.sealed.parent, error));
}

int seal_drop(struct monitor *monitor, struct error *error)
{
	struct monitor_seal *seal = &monitor->seal;
	int r = chip_need(monitor, error);

	return r < 0 ? r
		     : chip_sent(monitor, SEAL_DROPPING,
			       tpm_client_drop(&seal->client, seal->key.sealed.parent, error));
}

int seal_forget(struct monitor *monitor, struct error *error)
{
	struct monitor_seal *seal = &monitor->seal;
	bool any_elsewhere = false;
	size_t old = TPM_PARENTS;

	for (size_t i = 0; i < TPM_PARENTS; i++) {
		any_elsewhere |= seal->elsewhere[i];
		if (seal->here[i] && !seal->elsewhere[i])
			old = i;
	}
	if (any_elsewhere && old == TPM_PARENTS)
		return SEAL_E_NOTHING;
	/* Another connection may have it: it is not going to be served any more. */
	monitor_close_tpm(monitor);
	int r = chip_open(monitor, error);
	if (r < 0)
		return r;
	r = any_elsewhere ? tpm_client_drop(&seal->client, tpm_parent_handle(old), error)
			  : tpm_client_forget(&seal->client, error);
	return chip_sent(monitor, SEAL_FORGETTING, r);
}

/* -- answers --------------------------------------------------------------------------------- */

/* The connection that asked has gone meanwhile: its new TPM key goes, too. */
static void take_abandoned(struct monitor *monitor, enum seal_step step, int result)
{
	struct monitor_seal *seal = &monitor->seal;
	struct error ignored;

	if (step == SEAL_SEALING && result == 0) {
		seal->key.sealed = seal->client.answer.sealed.sealed;
		if (seal_drop(monitor, &ignored) == 0)
			return;
	}
	monitor_close_tpm(monitor);
}

enum seal_step seal_take(struct monitor *monitor, int *ret_result, struct error *error)
{
	struct monitor_seal *seal = &monitor->seal;
	enum seal_step step = seal->step;
	int r = tpm_client_take(&seal->client, clock_now_ms(), ret_result, error);

	if (r == TPM_CLIENT_E_AGAIN)
		return SEAL_OPEN;
	seal->step = SEAL_OPEN;
	if (r == 0 && *ret_result == 0 && step == SEAL_SEALING && !seal->abandoned)
		*ret_result = take_sealed(monitor, error);
	if (seal->abandoned) {
		take_abandoned(monitor, step, r < 0 ? r : *ret_result);
		return SEAL_OPEN;
	}
	bool attests = step == SEAL_LOOKING && seal->attests;
	if (attests || step == SEAL_ATTESTING || step == SEAL_PROVING) {
		attest_take(monitor, step, r < 0 ? r : *ret_result, error);
		return SEAL_OPEN;
	}
	if (step == SEAL_LOOKING) {
		answer_look(monitor, r < 0 ? r : *ret_result, error);
		return SEAL_OPEN;
	}
	if (r < 0) {
		/* If it is needed again, it is opened again. */
		monitor_close_tpm(monitor);
		*ret_result = r;
	}
	return step;
}
