/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealing a host key to the TPM: see seal.h. */
#include "tpm/seal.h"

#include <errno.h>
#include <string.h>

static int choose_handle(const struct tpm_seal_order *order, uint32_t *ret, struct error *error)
{
	for (size_t i = 0; i < TPM_PARENTS; i++)
		if (!order->is_named[i]) {
			*ret = tpm_parent_handle(i);
			return 0;
		}
	return error_set(error, -EBUSY,
		"both of stprov's TPM handles are named by stored host keys: remove one of them");
}

/* The statement that the sealed object is in this TPM. */
static int certify(struct tpm *tpm, const struct tpm_object *parent, const struct tpm_auth *auth,
	const struct tpm_seal_order *order, struct tpm_seal_result *result, struct error *error)
{
	static const struct tpm_auth passwords[] = { { .session = NULL }, { .session = NULL } };
	struct tpm_object object = { .entity = { .handle = 0 } };
	struct tpm_object key = { .entity = { .handle = 0 } };
	int r = tpm_object_make_primary(tpm, TPM_RH_ENDORSEMENT, TPM_TEMPLATE_AK, &key, error);

	r = tpm_reason_hierarchy(r, TPM_RH_ENDORSEMENT, error);
	if (r == 0)
		r = tpm_reason(tpm_object_load(tpm, parent, auth, &result->sealed.private,
			&result->sealed.public, &object, error));
	if (r == 0) {
		tpm_encode_certify(&tpm->request, &object.entity, &key.entity, order->qualifying);
		r = tpm_reason(tpm_call(tpm, passwords, ARRAY_SIZE(passwords), error));
	}
	if (r == 0)
		r = tpm_decoded(tpm,
			tpm_decode_attest(&tpm->answer, &result->statement, &result->signature),
			TPM_CC_CERTIFY, error);
	tpm_object_flush(tpm, &object);
	tpm_object_flush(tpm, &key);
	return r;
}

static int seal_below(struct tpm *tpm, const struct tpm_object *parent,
	const struct tpm_seal_order *order, struct tpm_seal_result *result, struct error *error)
{
	struct tpm_session session = { .handle = 0 };
	const struct tpm_auth auth = { &session, TPM_SESSION_DECRYPT | TPM_SESSION_ENCRYPT };
	const struct tpm_auth load_auth = { &session, 0 };
	struct tpm_sealed *sealed = &result->sealed;
	struct tpm_blob template;
	int r = tpm_reason(tpm_session_start(
		tpm, TPM_SESSION_HMAC, &parent->entity, &parent->public, &session, error));

	tpm_template_sealed(order->kind == TPM_KIND_TPM ? NULL : order->policy, &template);
	if (r == 0)
		r = tpm_reason(
			tpm_object_create(tpm, parent, &auth, order->secret, sizeof(order->secret),
				&template, &sealed->private, &sealed->public, error));
	if (r == 0 && !tpm_sealed_check(sealed))
		r = error_set(error, -EBADMSG, "the TPM sealed something else");
	if (r == 0 && order->certify)
		r = certify(tpm, parent, &load_auth, order, result, error);
	tpm_session_end(tpm, &session);
	return r;
}

int tpm_seal(struct tpm *tpm, const struct tpm_seal_order *order, struct tpm_seal_result *ret,
	struct error *error)
{
	struct tpm_seal_result result;
	struct tpm_object parent;
	struct error ignored;
	uint32_t handle = 0;
	int r = choose_handle(order, &handle, error);

	assert((order->kind == TPM_KIND_TPM && order->pcrs == 0) ||
		(order->kind == TPM_KIND_PCR && order->pcrs != 0));
	if (r == 0 && order->kind == TPM_KIND_PCR)
		r = tpm_check_bank(tpm, error);
	if (r == 0)
		r = tpm_parent_make(tpm, handle, &parent, error);
	if (r < 0)
		return r;
	memset(&result, 0, sizeof(result));
	result.parent_public = parent.public;
	result.sealed.parent = handle;
	result.sealed.parent_name = parent.entity.name;
	result.sealed.kind = order->kind;
	result.sealed.pcrs = order->pcrs;
	r = seal_below(tpm, &parent, order, &result, error);
	if (r < 0) {
		(void)!tpm_parents_drop(tpm, handle, &ignored);
		return r;
	}
	*ret = result;
	return 0;
}

int tpm_parents_keep(struct tpm *tpm, uint32_t handle, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < TPM_PARENTS; i++)
		if (tpm_parent_handle(i) != handle)
			r = tpm_parent_evict(tpm, tpm_parent_handle(i), error);
	return r;
}

int tpm_parents_drop(struct tpm *tpm, uint32_t handle, struct error *error)
{
	return tpm_parent_evict(tpm, handle, error);
}

int tpm_parents_forget(struct tpm *tpm, struct error *error)
{
	int first = 0;

	for (size_t i = 0; i < TPM_PARENTS; i++) {
		struct error own = ERROR_INIT;
		int r = tpm_parent_evict(tpm, tpm_parent_handle(i), &own);
		if (r < 0 && first == 0) {
			first = r;
			*error = own;
		}
	}
	return first;
}
