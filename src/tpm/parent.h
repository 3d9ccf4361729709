/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key below which a host key is sealed: made anew for each, persistent in the TPM, its private
 * part nowhere else. So removing it destroys every copy of what was sealed below it.
 */
#pragma once

#include "tpm/object.h"

/* Two handles: a new parent is made while the old one is still needed. */
#define TPM_PARENTS 2
#define TPM_PARENT_FIRST 0x81535450u

uint32_t tpm_parent_handle(size_t index);
/* False if @handle is not one of the two. */
bool tpm_parent_index(uint32_t handle, size_t *ret_index);

/* Positive results of tpm_parent_read(). */
enum {
	TPM_PARENT_E_NONE = 1,  /* the handle is free */
	TPM_PARENT_E_OTHER = 2, /* a key that is not stprov's has it */
};

/* The parent with this handle; negative errnos with a text. */
int tpm_parent_read(
	struct tpm *tpm, uint32_t handle, struct tpm_object *ret, struct error *error) MUST_CHECK;

int tpm_parent_is_there(
	struct tpm *tpm, uint32_t handle, bool *ret, struct error *error) MUST_CHECK;

/*
 * Makes a new parent at @handle, in place of one of stprov's. 0; negative errnos with the
 * sentence for the operator: another's key has the handle (-EEXIST), an owner password (-EACCES),
 * the hierarchy is off (-EPERM), no room (-ENOSPC).
 */
int tpm_parent_make(
	struct tpm *tpm, uint32_t handle, struct tpm_object *ret, struct error *error) MUST_CHECK;

/* Removes stprov's key with this handle, if there is one. Negative errnos as above. */
int tpm_parent_evict(struct tpm *tpm, uint32_t handle, struct error *error) MUST_CHECK;
