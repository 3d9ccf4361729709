/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a sealed host key: see open.h. */
#include "tpm/open.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "tpm/object.h"

/* Hex digits that are shown of a PCR. */
#define SHOWN_BYTES 4

static const struct tpm_auth password = { .session = NULL };

static int gone(struct error *error)
{
	return error_set(
		error, TPM_OPEN_E_GONE, "but its TPM key is gone (TPM cleared?): provision again");
}

static int other(struct error *error)
{
	return error_set(error, TPM_OPEN_E_OTHER, "another TPM's");
}

/* The parent, which has to be the very key that the variable names. */
static int find_parent(struct tpm *tpm, const struct tpm_sealed *sealed, struct tpm_object *ret,
	struct error *error)
{
	struct tpm_look look;
	int r = tpm_parent_read(tpm, sealed->parent, ret, error);

	if (r == TPM_PARENT_E_OTHER ||
		(r == 0 && !tpm_name_equal(&ret->entity.name, &sealed->parent_name)))
		return other(error);
	if (r != TPM_PARENT_E_NONE)
		return r;
	/* With its hierarchy off a key cannot be seen. */
	r = tpm_look(tpm, &look, error);
	if (r < 0)
		return r;
	if (look.storage_off)
		return tpm_reason_hierarchy(TPM_RC_HIERARCHY_1, TPM_RH_OWNER, error);
	return gone(error);
}

static int load(struct tpm *tpm, const struct tpm_object *parent, const struct tpm_auth *auth,
	const struct tpm_sealed *sealed, struct tpm_object *ret, struct error *error)
{
	int r = tpm_object_load(tpm, parent, auth, &sealed->private, &sealed->public, ret, error);

	return r == TPM_RC_INTEGRITY_P1 ? other(error) : tpm_reason(r);
}

/* Why PCRs do not match: their present values. */
static int explain_pcrs(const struct tpm_pcrs *pcrs, struct error *error)
{
	struct text_list list = { .len = 0 };

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		char hex[2 * SHOWN_BYTES + 1];
		if (!(pcrs->mask & 1u << i))
			continue;
		text_format_hex(pcrs->values[i], SHOWN_BYTES, hex);
		text_list_add(&list, "%sPCR %u is %s...", list.len > 0 ? ", " : "", i, hex);
	}
	return error_set(error, TPM_OPEN_E_PCRS, "%s, not what it was sealed to", list.text);
}

/* Whether the policy holds with the present PCRs, computed here. */
static int check_pcrs(struct tpm *tpm, const struct tpm_sealed *sealed, struct error *error)
{
	const uint8_t *policy = tpm_sealed_policy(sealed);
	uint8_t digest[TPM_HASH_SIZE];
	struct tpm_pcrs pcrs;
	int r = tpm_read_pcrs(tpm, sealed->pcrs, &pcrs, error);

	if (r == 0)
		r = tpm_policy_pcr(&pcrs, digest, error);
	if (r < 0)
		return r;
	if (memcmp(digest, policy, sizeof(digest)) != 0)
		return explain_pcrs(&pcrs, error);
	return 0;
}

static int check_kind(const struct tpm_sealed *sealed, struct error *error)
{
	assert(tpm_sealed_check(sealed));
	if (sealed->kind == TPM_KIND_SIGNED)
		return error_set(error, -ENOTSUP,
			"it is sealed under the policy `signed`, which this stprov does not open");
	return 0;
}

static int unseal(struct tpm *tpm, const struct tpm_object *object, struct tpm_session *session,
	uint8_t ret_secret[TPM_SECRET_SIZE], struct error *error)
{
	const struct tpm_auth auth = { session, TPM_SESSION_ENCRYPT };
	const uint8_t *data = NULL;
	size_t len = 0;

	tpm_encode_unseal(&tpm->request, &object->entity);
	int r = tpm_call(tpm, &auth, 1, error);
	if (r != 0)
		return r;
	bool is_wellformed = tpm_decode_unseal(&tpm->answer, &data, &len);
	if (is_wellformed && len == TPM_SECRET_SIZE)
		memcpy(ret_secret, data, len);
	else if (is_wellformed)
		r = error_set(error, -EINVAL, "what is sealed is not a host key of stprov's");
	tpm_done(tpm);
	return r < 0 ? r : tpm_decoded(tpm, is_wellformed, TPM_CC_UNSEAL, error);
}

/* What the TPM said of Unseal: a policy that fails is explained by the PCRs. */
static int explain_refusal(
	struct tpm *tpm, int refusal, const struct tpm_sealed *sealed, struct error *error)
{
	const struct error said = *error;
	int r = refusal == TPM_RC_POLICY_FAIL_S1 ? check_pcrs(tpm, sealed, error) : 0;

	if (r != 0)
		return r;
	/* Another reason; or the PCRs changed while this ran, and fit now. */
	*error = said;
	return tpm_reason(refusal);
}

static int open_below(struct tpm *tpm, const struct tpm_object *parent,
	const struct tpm_sealed *sealed, uint8_t ret_secret[TPM_SECRET_SIZE], struct error *error)
{
	const bool is_policy = sealed->kind != TPM_KIND_TPM;
	struct tpm_session session = { .handle = 0 };
	const struct tpm_auth session_auth = { &session, 0 };
	struct tpm_object object = { .entity = { .handle = 0 } };
	int r = tpm_reason(tpm_session_start(tpm, is_policy ? TPM_SESSION_POLICY : TPM_SESSION_HMAC,
		&parent->entity, &parent->public, &session, error));

	/* A policy session is of no use for the parent, which has no policy. */
	if (r == 0)
		r = load(
			tpm, parent, is_policy ? &password : &session_auth, sealed, &object, error);
	if (r == 0 && is_policy) {
		tpm_encode_policy_pcr(&tpm->request, session.handle, sealed->pcrs);
		r = tpm_reason(tpm_call(tpm, NULL, 0, error));
		tpm_done(tpm);
	}
	if (r == 0) {
		r = unseal(tpm, &object, &session, ret_secret, error);
		r = explain_refusal(tpm, r, sealed, error);
	}
	tpm_object_flush(tpm, &object);
	tpm_session_end(tpm, &session);
	return r;
}

int tpm_open(struct tpm *tpm, const struct tpm_sealed *sealed, uint8_t ret_secret[TPM_SECRET_SIZE],
	struct error *error)
{
	struct tpm_object parent;
	int r = check_kind(sealed, error);

	if (r == 0)
		r = find_parent(tpm, sealed, &parent, error);
	if (r == 0)
		r = open_below(tpm, &parent, sealed, ret_secret, error);
	return r;
}

int tpm_match(struct tpm *tpm, const struct tpm_sealed *sealed, struct error *error)
{
	struct tpm_object parent, object = { .entity = { .handle = 0 } };
	int r = check_kind(sealed, error);

	if (r == 0)
		r = find_parent(tpm, sealed, &parent, error);
	if (r == 0)
		r = load(tpm, &parent, &password, sealed, &object, error);
	tpm_object_flush(tpm, &object);
	if (r == 0 && sealed->kind == TPM_KIND_PCR)
		r = check_pcrs(tpm, sealed, error);
	return r;
}
