/* SPDX-License-Identifier: BSD-2-Clause */
/* The digests of policies (Part 3, section 23), computed without a TPM. Pure; SHA-256 only. */
#pragma once

#include "tpm/types.h"

/* Values of PCRs; those of @mask are set. */
struct tpm_pcrs {
	uint32_t mask;
	uint8_t values[TPM_PCRS][TPM_HASH_SIZE];
};

/* SHA-256 of the values in ascending order, as PolicyPCR and Quote take it. -EIO. */
int tpm_pcrs_digest(
	const struct tpm_pcrs *pcrs, uint8_t out[TPM_HASH_SIZE], struct error *error) MUST_CHECK;

/* The digest of a policy that is PolicyPCR of these values alone. -EIO. */
int tpm_policy_pcr(
	const struct tpm_pcrs *pcrs, uint8_t out[TPM_HASH_SIZE], struct error *error) MUST_CHECK;

/* The digest of a policy that ends in PolicyAuthorize of this signer, empty policyRef. -EIO. */
int tpm_policy_authorize(
	const struct tpm_name *signer, uint8_t out[TPM_HASH_SIZE], struct error *error) MUST_CHECK;
