/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM shows of itself: see attest.h. */
#include "tpm/attest.h"

#include <errno.h>
#include <string.h>

#include "tpm/object.h"
#include "tpm/statement.h"

/* Persistent endorsement keys (TCG: Registry of Reserved TPM 2.0 Handles). */
#define EK_HANDLE_FIRST 0x81010000u
#define EK_HANDLE_LAST 0x8101ffffu
/* Certificates of a chain (TCG EK Credential Profile 2.5, section 2.2.1.5). */
#define CHAIN_INDEX_FIRST 0x01c00100u
#define CHAIN_INDEX_LAST 0x01c001ffu
/* How often PCRs that change while they are quoted are read. */
#define QUOTE_ATTEMPTS 3

/* In the order in which certificates are looked for. */
static const struct {
	uint32_t index; /* of NV, with the certificate */
	enum tpm_template template;
	bool needs_policy; /* PolicySecret of the endorsement hierarchy */
} endorsement_keys[] = {
	{ 0x01c0000a, TPM_TEMPLATE_EK_L2, true },
	{ 0x01c00014, TPM_TEMPLATE_EK_H2, false },
	{ 0x01c00002, TPM_TEMPLATE_EK_L1, true },
	{ 0x01c00012, TPM_TEMPLATE_EK_H1, false },
	{ 0x01c00016, TPM_TEMPLATE_EK_H3, false },
};

static const struct tpm_auth password = { .session = NULL };

static size_t find_ek(enum tpm_template ek)
{
	size_t i = 0;

	while (endorsement_keys[i].template != ek) {
		i++;
		assert(i < ARRAY_SIZE(endorsement_keys));
	}
	return i;
}

/* -- certificates ----------------------------------------------------------------------------- */

/* The index's name and size. The TPM's response code if it refuses. */
static int look_at_index(struct tpm *tpm, uint32_t index, struct tpm_entity *ret, size_t *ret_size,
	struct error *error)
{
	ret->handle = index;
	tpm_encode_nv_read_public(&tpm->request, index);
	int r = tpm_call(tpm, NULL, 0, error);

	if (r == 0)
		r = tpm_decoded(tpm, tpm_decode_nv_read_public(&tpm->answer, ret_size, &ret->name),
			TPM_CC_NV_READ_PUBLIC, error);
	return r;
}

static int read_piece(struct tpm *tpm, const struct tpm_entity *index, size_t len, size_t at,
	uint8_t *out, struct error *error)
{
	struct tpm_blob piece;

	tpm_encode_nv_read(&tpm->request, index, len, at);
	int r = tpm_call(tpm, &password, 1, error);
	if (r != 0)
		return r;
	r = tpm_decoded(tpm, tpm_decode_nv_read(&tpm->answer, &piece) && piece.len == len,
		TPM_CC_NV_READ, error);
	if (r == 0)
		memcpy(out, piece.bytes, len);
	return r;
}

/* Reads an NV index of at most @cap bytes. *ret_len 0: it is not there, not readable, or larger. */
static int read_index(struct tpm *tpm, uint32_t index, uint8_t *out, size_t cap, size_t *ret_len,
	struct error *error)
{
	struct tpm_entity entity;
	struct error why;
	size_t size = 0, have = 0;
	int r = look_at_index(tpm, index, &entity, &size, &why);

	*ret_len = 0;
	while (r == 0 && size <= cap && have < size) {
		const size_t len = MIN(size - have, (size_t)TPM_BLOB_MAX);
		r = read_piece(tpm, &entity, len, have, out + have, &why);
		have += len;
	}
	if (r < 0) {
		*error = why;
		return r;
	}
	/* A TPM that refuses has no certificate to show. */
	if (r == 0 && size <= cap)
		*ret_len = have;
	return 0;
}

static int find_certificate(struct tpm *tpm, struct tpm_attest *ret, struct error *error)
{
	ret->ek = TPM_TEMPLATE_EK_L2;
	for (size_t i = 0; i < ARRAY_SIZE(endorsement_keys); i++) {
		int r = read_index(tpm, endorsement_keys[i].index, ret->certificate,
			sizeof(ret->certificate), &ret->certificate_len, error);
		if (r < 0)
			return r;
		if (ret->certificate_len > 0) {
			ret->ek = endorsement_keys[i].template;
			return 0;
		}
	}
	return 0;
}

/* The handles between @first and @last that are in use, as many as fit. */
static int list_handles(struct tpm *tpm, uint32_t first, uint32_t last,
	uint32_t ret[TPM_CAPABILITY_MAX], size_t *ret_n, struct error *error)
{
	bool more;
	size_t n = 0;

	tpm_encode_get_capability(&tpm->request, TPM_CAP_HANDLES, first, TPM_CAPABILITY_MAX);
	int r = tpm_reason(tpm_call(tpm, NULL, 0, error));
	if (r == 0)
		r = tpm_decoded(tpm, tpm_decode_handles(&tpm->answer, ret, &n, &more),
			TPM_CC_GET_CAPABILITY, error);
	if (r < 0)
		return r;
	*ret_n = 0;
	while (*ret_n < n && ret[*ret_n] >= first && ret[*ret_n] <= last)
		(*ret_n)++;
	return 0;
}

static int read_chain(struct tpm *tpm, struct tpm_attest *ret, struct error *error)
{
	uint32_t indices[TPM_CAPABILITY_MAX];
	size_t n, used = 0;
	int r = list_handles(tpm, CHAIN_INDEX_FIRST, CHAIN_INDEX_LAST, indices, &n, error);

	for (size_t i = 0; r == 0 && i < n && ret->n_chain < TPM_CHAIN_PARTS_MAX; i++) {
		size_t len = 0;
		r = read_index(
			tpm, indices[i], ret->chain + used, sizeof(ret->chain) - used, &len, error);
		if (r == 0 && len > 0) {
			ret->chain_len[ret->n_chain++] = len;
			used += len;
		}
	}
	return r;
}

/* -- keys ------------------------------------------------------------------------------------- */

/* A persistent key of the template, so that the TPM need not make it again. */
static int find_persistent(
	struct tpm *tpm, enum tpm_template which, struct tpm_object *ret, struct error *error)
{
	uint32_t handles[TPM_CAPABILITY_MAX];
	struct tpm_blob template;
	size_t n;
	int r = list_handles(tpm, EK_HANDLE_FIRST, EK_HANDLE_LAST, handles, &n, error);

	tpm_template(which, &template);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct tpm_object object;
		int read = tpm_object_read(tpm, handles[i], &object, error);
		if (read < 0)
			return read;
		if (read == 0 && tpm_public_matches(&object.public, &template)) {
			*ret = object;
			return 0;
		}
	}
	return r;
}

struct keys {
	struct tpm_object ek, ak;
	bool ek_is_persistent; /* and stays */
};

static void release(struct tpm *tpm, struct keys *keys)
{
	if (!keys->ek_is_persistent)
		tpm_object_flush(tpm, &keys->ek);
	tpm_object_flush(tpm, &keys->ak);
}

/* The caller releases them, also after a failure. */
static int make_keys(
	struct tpm *tpm, enum tpm_template which, struct keys *ret, struct error *error)
{
	memset(ret, 0, sizeof(*ret));
	int r = find_persistent(tpm, which, &ret->ek, error);

	ret->ek_is_persistent = ret->ek.entity.handle != 0;
	if (r == 0 && !ret->ek_is_persistent)
		r = tpm_reason_hierarchy(
			tpm_object_make_primary(tpm, TPM_RH_ENDORSEMENT, which, &ret->ek, error),
			TPM_RH_ENDORSEMENT, error);
	if (r == 0)
		r = tpm_reason_hierarchy(tpm_object_make_primary(tpm, TPM_RH_ENDORSEMENT,
						 TPM_TEMPLATE_AK, &ret->ak, error),
			TPM_RH_ENDORSEMENT, error);
	return r;
}

int tpm_attest(struct tpm *tpm, struct tpm_attest *ret, struct error *error)
{
	struct keys keys;
	int r = tpm_check_bank(tpm, error);

	memset(&keys, 0, sizeof(keys));
	memset(ret, 0, sizeof(*ret));
	if (r == 0)
		r = find_certificate(tpm, ret, error);
	if (r == 0)
		r = read_chain(tpm, ret, error);
	if (r == 0)
		r = make_keys(tpm, ret->ek, &keys, error);
	ret->ek_public = keys.ek.public;
	ret->ak_public = keys.ak.public;
	release(tpm, &keys);
	return r;
}

/* -- proof ------------------------------------------------------------------------------------ */

/* A session that satisfies the policy of the L templates. */
static int start_ek_session(struct tpm *tpm, struct tpm_session *ret, struct error *error)
{
	int r = tpm_reason(tpm_session_start(tpm, TPM_SESSION_POLICY, NULL, NULL, ret, error));

	if (r < 0)
		return r;
	tpm_encode_policy_secret(&tpm->request, TPM_RH_ENDORSEMENT, ret->handle);
	r = tpm_reason_hierarchy(tpm_call(tpm, &password, 1, error), TPM_RH_ENDORSEMENT, error);
	if (r == 0)
		r = tpm_decoded(
			tpm, tpm_decode_policy_secret(&tpm->answer), TPM_CC_POLICY_SECRET, error);
	return r;
}

static int activate(struct tpm *tpm, const struct tpm_prove_order *order,
	const struct tpm_object *ek, const struct tpm_object *ak, struct tpm_proof *proof,
	struct error *error)
{
	struct tpm_session session = { .handle = 0 };
	struct tpm_auth auths[] = { { .session = NULL }, { .session = NULL } };
	size_t len = 0;
	int r = 0;

	if (endorsement_keys[find_ek(order->ek)].needs_policy) {
		r = start_ek_session(tpm, &session, error);
		auths[1].session = &session;
	}
	if (r == 0) {
		tpm_encode_activate_credential(&tpm->request, &ak->entity, &ek->entity,
			&order->credential, &order->secret);
		r = tpm_reason(tpm_call(tpm, auths, ARRAY_SIZE(auths), error));
	}
	if (r == 0)
		r = tpm_decoded(tpm,
			tpm_decode_activate_credential(
				&tpm->answer, proof->credential, sizeof(proof->credential), &len) &&
				len == sizeof(proof->credential),
			TPM_CC_ACTIVATE_CREDENTIAL, error);
	tpm_session_end(tpm, &session);
	return r;
}

/* Reads the PCRs and quotes them. *ret_fits: the quote is of what was read. */
static int quote_once(struct tpm *tpm, const struct tpm_object *ak, const uint8_t *qualifying,
	struct tpm_proof *proof, bool *ret_fits, struct error *error)
{
	uint8_t digest[TPM_HASH_SIZE];
	struct tpm_statement statement;
	struct tpm_pcrs pcrs;
	int r = tpm_read_pcrs(tpm, TPM_QUOTED_PCRS, &pcrs, error);

	if (r == 0)
		r = tpm_pcrs_digest(&pcrs, digest, error);
	if (r < 0)
		return r;
	tpm_encode_quote(&tpm->request, &ak->entity, qualifying, TPM_QUOTED_PCRS);
	r = tpm_reason(tpm_call(tpm, &password, 1, error));
	if (r == 0)
		r = tpm_decoded(tpm,
			tpm_decode_attest(&tpm->answer, &proof->quote, &proof->signature) &&
				tpm_statement_read(&proof->quote, &statement) &&
				statement.type == TPM_STATEMENT_QUOTE,
			TPM_CC_QUOTE, error);
	if (r < 0)
		return r;
	memcpy(proof->pcrs, pcrs.values, sizeof(proof->pcrs));
	*ret_fits = memcmp(statement.digest, digest, sizeof(digest)) == 0;
	return 0;
}

static int quote(struct tpm *tpm, const struct tpm_object *ak, const uint8_t *qualifying,
	struct tpm_proof *proof, struct error *error)
{
	bool fits = false;
	int r = 0;

	for (int i = 0; r == 0 && !fits && i < QUOTE_ATTEMPTS; i++)
		r = quote_once(tpm, ak, qualifying, proof, &fits, error);
	if (r == 0 && !fits)
		r = error_set(error, -EAGAIN, "the PCRs change while they are quoted");
	return r;
}

int tpm_prove(struct tpm *tpm, const struct tpm_prove_order *order, struct tpm_proof *ret,
	struct error *error)
{
	struct keys keys;
	int r = make_keys(tpm, order->ek, &keys, error);

	memset(ret, 0, sizeof(*ret));
	if (r == 0)
		r = activate(tpm, order, &keys.ek, &keys.ak, ret, error);
	if (r == 0)
		r = quote(tpm, &keys.ak, order->qualifying, ret, error);
	release(tpm, &keys);
	return r;
}
