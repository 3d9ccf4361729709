/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sealing a host key to the TPM, and what follows: the new parent key is kept and the old one
 * removed, or the new one is dropped. Everything transient is flushed, whatever happens.
 *
 * Each function: 0, or a negative errno with the sentence for the operator.
 */
#pragma once

#include "tpm/look.h"
#include "tpm/sealed.h"

struct tpm_seal_order {
	enum tpm_kind kind;                /* TPM_KIND_TPM or TPM_KIND_PCR */
	uint32_t pcrs;                     /* of TPM_KIND_PCR: the mask, not 0 */
	uint8_t policy[TPM_HASH_SIZE];     /* of TPM_KIND_PCR: the policy digest */
	uint8_t secret[TPM_SECRET_SIZE];   /* the owner wipes it */
	bool is_named[TPM_PARENTS];        /* parents that a stored key names: not touched */
	bool certify;                      /* a statement is wanted */
	uint8_t qualifying[TPM_HASH_SIZE]; /* what it says besides */
};

struct tpm_seal_result {
	struct tpm_sealed sealed;
	struct tpm_blob parent_public;
	/* With certify: TPMS_ATTEST and TPMT_SIGNATURE by the attestation key. */
	struct tpm_blob statement, signature;
};

/*
 * Makes a new parent at the handle that no stored key names, and seals below it. The new parent is
 * persistent when this returned 0: tpm_parents_keep() or tpm_parents_drop() follows. After a
 * failure there is no new one.
 */
int tpm_seal(struct tpm *tpm, const struct tpm_seal_order *order, struct tpm_seal_result *ret,
	struct error *error) MUST_CHECK;

/* Removes stprov's other parent, if there is one: the stored key names @handle. */
int tpm_parents_keep(struct tpm *tpm, uint32_t handle, struct error *error) MUST_CHECK;
/* Removes the parent with this handle, if it is there. */
int tpm_parents_drop(struct tpm *tpm, uint32_t handle, struct error *error) MUST_CHECK;
/* Removes both: old copies of a sealed host key can no longer be opened. */
int tpm_parents_forget(struct tpm *tpm, struct error *error) MUST_CHECK;
