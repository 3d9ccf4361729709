/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects in the TPM: see object.h. */
#include "tpm/object.h"

#include <errno.h>

static const struct tpm_auth password = { .session = NULL };

/* The name that follows from a public area; a TPM that says another one lies. */
static int check_name(
	const struct tpm_blob *public, const struct tpm_name *said, struct error *error)
{
	struct tpm_name name;
	int r = tpm_public_name(public, &name, error);

	if (r == 0 && !tpm_name_equal(&name, said))
		r = error_set(error, -EBADMSG, "the TPM named a key wrongly");
	return r;
}

static int check_template(const struct tpm_blob *public, const struct tpm_blob *template,
	enum tpm_command command, struct error *error)
{
	if (tpm_public_matches(public, template))
		return 0;
	return error_set(error, -EBADMSG, "TPM command %s: not the object that was asked for",
		tpm_command_name(command));
}

int tpm_object_make_primary(struct tpm *tpm, uint32_t hierarchy, enum tpm_template which,
	struct tpm_object *ret, struct error *error)
{
	struct tpm_object object = { .entity = { .handle = 0 } };
	struct tpm_blob template;

	tpm_template(which, &template);
	tpm_encode_create_primary(&tpm->request, hierarchy, &template);
	int r = tpm_call(tpm, &password, 1, error);
	if (r != 0)
		return r;
	object.entity.handle = tpm->answer.handle;
	r = tpm_decoded(tpm,
		tpm_decode_create_primary(&tpm->answer, &object.public, &object.entity.name),
		TPM_CC_CREATE_PRIMARY, error);
	if (r == 0)
		r = check_template(&object.public, &template, TPM_CC_CREATE_PRIMARY, error);
	if (r == 0)
		r = check_name(&object.public, &object.entity.name, error);
	if (r < 0) {
		tpm_object_flush(tpm, &object);
		return r;
	}
	*ret = object;
	return 0;
}

int tpm_object_read(struct tpm *tpm, uint32_t handle, struct tpm_object *ret, struct error *error)
{
	struct tpm_object object = { .entity = { .handle = handle } };
	struct tpm_public public;

	tpm_encode_read_public(&tpm->request, handle);
	int r = tpm_call(tpm, NULL, 0, error);
	if (r != 0)
		return r;
	r = tpm_decoded(tpm,
		tpm_decode_read_public(&tpm->answer, &object.public, &object.entity.name),
		TPM_CC_READ_PUBLIC, error);
	if (r < 0)
		return r;
	if (!tpm_public_read(&object.public, &public))
		return error_set(error, TPM_OBJECT_E_UNKNOWN,
			"TPM handle 0x%08x: an object of an unknown kind", handle);
	r = check_name(&object.public, &object.entity.name, error);
	if (r == 0)
		*ret = object;
	return r;
}

int tpm_object_create(struct tpm *tpm, const struct tpm_object *parent, const struct tpm_auth *auth,
	const void *data, size_t len, const struct tpm_blob *template, struct tpm_blob *ret_private,
	struct tpm_blob *ret_public, struct error *error)
{
	tpm_encode_create(&tpm->request, &parent->entity, data, len, template);
	int r = tpm_call(tpm, auth, 1, error);
	if (r != 0)
		return r;
	r = tpm_decoded(tpm, tpm_decode_create(&tpm->answer, ret_private, ret_public),
		TPM_CC_CREATE, error);
	return r == 0 ? check_template(ret_public, template, TPM_CC_CREATE, error) : r;
}

int tpm_object_load(struct tpm *tpm, const struct tpm_object *parent, const struct tpm_auth *auth,
	const struct tpm_blob *private, const struct tpm_blob *public, struct tpm_object *ret,
	struct error *error)
{
	struct tpm_object object = { .public = *public };

	tpm_encode_load(&tpm->request, &parent->entity, private, public);
	int r = tpm_call(tpm, auth, 1, error);
	if (r != 0)
		return r;
	object.entity.handle = tpm->answer.handle;
	r = tpm_decoded(
		tpm, tpm_decode_load(&tpm->answer, &object.entity.name), TPM_CC_LOAD, error);
	if (r == 0)
		r = check_name(public, &object.entity.name, error);
	if (r < 0) {
		tpm_object_flush(tpm, &object);
		return r;
	}
	*ret = object;
	return 0;
}

int tpm_object_evict(
	struct tpm *tpm, const struct tpm_object *object, uint32_t persistent, struct error *error)
{
	tpm_encode_evict_control(&tpm->request, &object->entity, persistent);
	int r = tpm_call(tpm, &password, 1, error);

	if (r == 0)
		r = tpm_decoded(tpm, tpm->answer.len == 0, TPM_CC_EVICT_CONTROL, error);
	return r;
}

void tpm_object_flush(struct tpm *tpm, struct tpm_object *object)
{
	tpm_flush(tpm, &object->entity.handle);
}

int tpm_reason_hierarchy(int r, uint32_t hierarchy, struct error *error)
{
	const bool owner = hierarchy == TPM_RH_OWNER;

	if (r == TPM_RC_BAD_AUTH_S1 && owner)
		return error_set(error, -EACCES,
			"the TPM has an owner password that stprov does not know: clear the TPM in "
			"the firmware's menu, or use --seal none");
	if (r == TPM_RC_BAD_AUTH_S1)
		return error_set(error, -EACCES,
			"the TPM has an endorsement password that stprov does not know: clear the "
			"TPM in the firmware's menu, or use --seal none without --attest");
	if (r == TPM_RC_HIERARCHY_1)
		return error_set(error, -EPERM,
			"the firmware has switched the TPM's %s hierarchy off",
			owner ? "storage" : "endorsement");
	return tpm_reason(r);
}

int tpm_reason(int r)
{
	return r > 0 ? -EIO : r;
}
