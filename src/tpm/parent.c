/* SPDX-License-Identifier: BSD-2-Clause */
/* The key below which a host key is sealed: see parent.h. */
#include "tpm/parent.h"

#include <errno.h>

#include "base/secret.h"

uint32_t tpm_parent_handle(size_t index)
{
	assert(index < TPM_PARENTS);
	return TPM_PARENT_FIRST + (uint32_t)index;
}

bool tpm_parent_index(uint32_t handle, size_t *ret_index)
{
	*ret_index = handle - TPM_PARENT_FIRST;
	return handle >= TPM_PARENT_FIRST && *ret_index < TPM_PARENTS;
}

int tpm_parent_read(struct tpm *tpm, uint32_t handle, struct tpm_object *ret, struct error *error)
{
	struct tpm_blob template;
	struct error why;
	int r = tpm_object_read(tpm, handle, ret, &why);

	if (r == TPM_RC_HANDLE_1)
		return TPM_PARENT_E_NONE;
	if (r == TPM_OBJECT_E_UNKNOWN)
		return TPM_PARENT_E_OTHER;
	if (r != 0) {
		*error = why;
		return tpm_reason(r);
	}
	tpm_template(TPM_TEMPLATE_STORAGE, &template);
	return tpm_public_matches(&ret->public, &template) ? 0 : TPM_PARENT_E_OTHER;
}

int tpm_parent_is_there(struct tpm *tpm, uint32_t handle, bool *ret, struct error *error)
{
	struct tpm_object parent;
	int r = tpm_parent_read(tpm, handle, &parent, error);

	if (r < 0)
		return r;
	*ret = r == 0;
	return 0;
}

/* What the TPM says of EvictControl. */
static int evict_reason(int r, struct error *error)
{
	if (r == TPM_RC_NV_SPACE)
		return error_set(error, -ENOSPC,
			"the TPM has no room for another persistent key: remove one "
			"(tpm2_evictcontrol), or clear the TPM");
	return tpm_reason_hierarchy(r, TPM_RH_OWNER, error);
}

/* Frees the handle, if stprov has it. */
static int free_handle(struct tpm *tpm, uint32_t handle, bool must_be_free, struct error *error)
{
	struct tpm_object old;
	int r = tpm_parent_read(tpm, handle, &old, error);

	if (r == TPM_PARENT_E_OTHER && must_be_free)
		return error_set(error, -EEXIST,
			"TPM handle 0x%08x is taken by a key that is not stprov's", handle);
	if (r != 0)
		return r < 0 ? r : 0;
	return evict_reason(tpm_object_evict(tpm, &old, handle, error), error);
}

/* Creates the key below the storage root key, and makes it persistent. */
static int make_below(struct tpm *tpm, const struct tpm_object *root, uint32_t handle,
	struct tpm_object *ret, struct error *error)
{
	_cleanup_(tpm_session_wipe) struct tpm_session session = { .handle = 0 };
	const struct tpm_auth auth = { &session, TPM_SESSION_DECRYPT | TPM_SESSION_ENCRYPT };
	const struct tpm_auth load_auth = { &session, 0 };
	struct tpm_object key = { .entity = { .handle = 0 } };
	struct tpm_blob template, private = { .len = 0 }, public = { .len = 0 };
	int r = tpm_session_start(
		tpm, TPM_SESSION_HMAC, &root->entity, &root->public, &session, error);

	tpm_template(TPM_TEMPLATE_STORAGE, &template);
	if (r == 0)
		r = tpm_object_create(
			tpm, root, &auth, NULL, 0, &template, &private, &public, error);
	if (r == 0)
		r = tpm_object_load(tpm, root, &load_auth, &private, &public, &key, error);
	secret_wipe_bytes(&private, sizeof(private));
	r = tpm_reason(r);
	if (r == 0)
		r = evict_reason(tpm_object_evict(tpm, &key, handle, error), error);
	if (r == 0) {
		*ret = key;
		ret->entity.handle = handle;
	}
	tpm_object_flush(tpm, &key);
	tpm_session_end(tpm, &session);
	return r;
}

int tpm_parent_make(struct tpm *tpm, uint32_t handle, struct tpm_object *ret, struct error *error)
{
	struct tpm_object root = { .entity = { .handle = 0 } };
	int r = free_handle(tpm, handle, true, error);

	if (r < 0)
		return r;
	/* A persistent storage root key may be anyone's. */
	r = tpm_object_make_primary(tpm, TPM_RH_OWNER, TPM_TEMPLATE_SRK, &root, error);
	r = tpm_reason_hierarchy(r, TPM_RH_OWNER, error);
	if (r == 0)
		r = make_below(tpm, &root, handle, ret, error);
	tpm_object_flush(tpm, &root);
	return r;
}

int tpm_parent_evict(struct tpm *tpm, uint32_t handle, struct error *error)
{
	return free_handle(tpm, handle, false, error);
}
