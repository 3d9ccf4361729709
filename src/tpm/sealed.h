/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host key sealed to a TPM, as the variable STHostKeySealed stores it: a text that the tools of
 * TPM 2.0 can use, since its long words are TPM2B_PUBLIC and TPM2B_PRIVATE. Pure.
 */
#pragma once

#include "crypto/ed25519.h"
#include "tpm/parent.h"
#include "tpm/public.h"

/* The longest text, in bytes. */
#define TPM_SEALED_TEXT_MAX 4096

/* What is sealed: the seed of the Ed25519 key, the check integer of its PEM, the files' key. */
#define TPM_SECRET_SEED_SIZE 32
#define TPM_SECRET_CHECK_SIZE 4
#define TPM_SECRET_FILES_SIZE 32
#define TPM_SECRET_SIZE (TPM_SECRET_SEED_SIZE + TPM_SECRET_CHECK_SIZE + TPM_SECRET_FILES_SIZE)

/* When it opens. */
enum tpm_kind {
	TPM_KIND_TPM,    /* in this TPM, by any system */
	TPM_KIND_PCR,    /* and with certain values of PCRs */
	TPM_KIND_SIGNED, /* and with values of PCRs that a key has approved */
};

/* The approval of a PolicyPCR digest: an RSA-2048 or P-256 signature (TPMT_SIGNATURE). */
#define TPM_SIGNATURE_MAX 262
#define TPM_APPROVALS_MAX 8
struct tpm_approval {
	uint8_t digest[TPM_HASH_SIZE];
	size_t len;
	uint8_t signature[TPM_SIGNATURE_MAX];
};

struct tpm_sealed {
	uint32_t parent; /* its handle */
	struct tpm_name parent_name;
	enum tpm_kind kind;
	uint32_t pcrs; /* a mask; 0 of TPM_KIND_TPM */
	struct tpm_blob public, private;
	/* Of TPM_KIND_SIGNED. */
	struct tpm_blob signer;
	size_t n_approvals;
	struct tpm_approval approvals[TPM_APPROVALS_MAX];
};

/*
 * Whether its parts fit together: a handle of stprov's, a public area that is stprov's template
 * for the kind, PCRs where the kind has them. False: nothing is to be sent to a TPM.
 */
bool tpm_sealed_check(const struct tpm_sealed *sealed);

/* The policy digest in its public area, TPM_HASH_SIZE bytes; NULL for TPM_KIND_TPM. */
const uint8_t *tpm_sealed_policy(const struct tpm_sealed *sealed);

struct tpm_sealed_key {
	uint8_t ssh_public[CRYPTO_ED25519_PUBLIC_SIZE];
	struct tpm_sealed sealed;
};

/*
 * Reads the variable's text. Lines whose first word is not known are passed over; a known one that
 * is missing, double, malformed or out of its order is -EINVAL, with a text that names it.
 */
int tpm_sealed_read(
	const void *text, size_t len, struct tpm_sealed_key *ret, struct error *error) MUST_CHECK;

/*
 * Writes it; @key passes tpm_sealed_check(). -E2BIG: longer than TPM_SEALED_TEXT_MAX, which only
 * many approvals are.
 */
int tpm_sealed_write(const struct tpm_sealed_key *key, char out[TPM_SEALED_TEXT_MAX + 1],
	size_t *ret_len, struct error *error) MUST_CHECK;
