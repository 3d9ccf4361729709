/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects in the TPM, made and looked at. What the TPM says of one is checked: its public area by
 * the template, its name by the public area. Results, unless said otherwise, as of tpm_call(): 0, a
 * negative errno, or the TPM's response code.
 */
#pragma once

#include "tpm/call.h"

struct tpm_object {
	struct tpm_entity entity; /* handle 0: none */
	struct tpm_blob public;
};

/* A transient primary key of a hierarchy, with its empty password; the caller flushes it. */
int tpm_object_make_primary(struct tpm *tpm, uint32_t hierarchy, enum tpm_template template,
	struct tpm_object *ret, struct error *error) MUST_CHECK;

/* Positive result of tpm_object_read(), below every response code. */
enum {
	TPM_OBJECT_E_UNKNOWN = 1, /* there is an object, of a kind that stprov does not know */
};

/* The object with this handle. */
int tpm_object_read(
	struct tpm *tpm, uint32_t handle, struct tpm_object *ret, struct error *error) MUST_CHECK;

/*
 * Creates an object below @parent. @auth: the parent's. @data: to be sealed, or NULL for a key.
 * *ret_private: nothing without the parent.
 */
int tpm_object_create(struct tpm *tpm, const struct tpm_object *parent, const struct tpm_auth *auth,
	const void *data, size_t len, const struct tpm_blob *template, struct tpm_blob *ret_private,
	struct tpm_blob *ret_public, struct error *error) MUST_CHECK;

/* Loads an object below @parent; transient, the caller flushes it. */
int tpm_object_load(struct tpm *tpm, const struct tpm_object *parent, const struct tpm_auth *auth,
	const struct tpm_blob *private, const struct tpm_blob *public, struct tpm_object *ret,
	struct error *error) MUST_CHECK;

/* Makes @object persistent, or removes the persistent @object if that is its handle. */
int tpm_object_evict(struct tpm *tpm, const struct tpm_object *object, uint32_t persistent,
	struct error *error) MUST_CHECK;

void tpm_object_flush(struct tpm *tpm, struct tpm_object *object);

/* -- reasons ---------------------------------------------------------------------------------- */

/*
 * What stprov says of a response code that is a reason. Each
 * passes 0 and negative errnos on, and turns response codes into negative errnos.
 */

/* Of a command that used a hierarchy's password: -EACCES, -EPERM. @hierarchy: owner, endorsement.
 */
int tpm_reason_hierarchy(int r, uint32_t hierarchy, struct error *error);

/* Of a command that is not expected to be refused: -EIO, its text is unchanged. */
int tpm_reason(int r);
