/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TPM shows of itself to a verifier: its endorsement key with certificates, stprov's
 * attestation key, the proof that both are in one TPM, and a quote of PCR 0 to 15.
 *
 * Each function: 0, or a negative errno with the sentence for the operator.
 */
#pragma once

#include "tpm/look.h"

/* One index with certificates; one that is larger is passed over. */
#define TPM_CERTIFICATE_MAX 4096
/* Further certificates of its chain, in all. */
#define TPM_CHAIN_MAX 16384
#define TPM_CHAIN_PARTS_MAX 16

/* The PCRs of a quote. */
#define TPM_QUOTED_PCRS 0xffffu
#define TPM_QUOTED_PCRS_N 16

struct tpm_attest {
	enum tpm_template ek; /* TPM_TEMPLATE_EK_L1 to TPM_TEMPLATE_EK_H3 */
	struct tpm_blob ek_public, ak_public;
	size_t certificate_len;                   /* 0: there is none */
	uint8_t certificate[TPM_CERTIFICATE_MAX]; /* DER, and what is after it in the index */
	/* The content of the chain's indices, one after the other; each at most
	 * TPM_CERTIFICATE_MAX. */
	size_t n_chain, chain_len[TPM_CHAIN_PARTS_MAX];
	uint8_t chain[TPM_CHAIN_MAX];
};

/*
 * The endorsement key of the first certificate that can be read, else the one of L-2. Making an RSA
 * key takes a TPM seconds.
 */
int tpm_attest(struct tpm *tpm, struct tpm_attest *ret, struct error *error) MUST_CHECK;

#define TPM_CREDENTIAL_SIZE 32

struct tpm_prove_order {
	enum tpm_template ek;
	struct tpm_blob credential; /* TPM2B_ID_OBJECT's content */
	struct tpm_blob secret;     /* TPM2B_ENCRYPTED_SECRET's content */
	uint8_t qualifying[TPM_HASH_SIZE];
};

struct tpm_proof {
	uint8_t credential[TPM_CREDENTIAL_SIZE];
	uint8_t pcrs[TPM_QUOTED_PCRS_N][TPM_HASH_SIZE];
	struct tpm_blob quote, signature;
};

int tpm_prove(struct tpm *tpm, const struct tpm_prove_order *order, struct tpm_proof *ret,
	struct error *error) MUST_CHECK;
