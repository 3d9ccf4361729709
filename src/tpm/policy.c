/* SPDX-License-Identifier: BSD-2-Clause */
/* The digests of policies: see policy.h. */
#include "tpm/policy.h"

#include <string.h>

#include "base/bytes.h"
#include "tpm/codec.h"

/* TPM_CC_PolicyAuthorize: a command that stprov does not send. */
#define CC_POLICY_AUTHORIZE 0x16a

/* policy = H(policy || command || rest), the step that each policy command makes. */
#define STEP_MAX 128

static int step(uint8_t policy[TPM_HASH_SIZE], uint32_t command, const void *rest, size_t len,
	struct error *error)
{
	uint8_t bytes[STEP_MAX];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	bytes_write(&w, policy, TPM_HASH_SIZE);
	bytes_write_be32(&w, command);
	bytes_write(&w, rest, len);
	assert(bytes_writer_ok(&w));
	return crypto_sha256(bytes, w.len, policy, error);
}

int tpm_pcrs_digest(const struct tpm_pcrs *pcrs, uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t values[TPM_PCRS * TPM_HASH_SIZE];
	struct bytes_writer w = bytes_writer(values, sizeof(values));

	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (pcrs->mask & 1u << i)
			bytes_write(&w, pcrs->values[i], TPM_HASH_SIZE);
	assert(bytes_writer_ok(&w));
	return crypto_sha256(values, w.len, out, error);
}

int tpm_policy_pcr(const struct tpm_pcrs *pcrs, uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t policy[TPM_HASH_SIZE] = { 0 }, digest[TPM_HASH_SIZE];
	uint8_t rest[STEP_MAX];
	struct bytes_writer w = bytes_writer(rest, sizeof(rest));
	int r = tpm_pcrs_digest(pcrs, digest, error);

	if (r < 0)
		return r;
	tpm_write_pcrs(&w, pcrs->mask);
	bytes_write(&w, digest, sizeof(digest));
	r = step(policy, TPM_CC_POLICY_PCR, rest, w.len, error);
	if (r == 0)
		memcpy(out, policy, sizeof(policy));
	return r;
}

int tpm_policy_authorize(
	const struct tpm_name *signer, uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t policy[TPM_HASH_SIZE] = { 0 };
	int r = step(policy, CC_POLICY_AUTHORIZE, signer->bytes, signer->len, error);

	/* The policyRef, which is empty, is hashed in a step of its own. */
	if (r == 0)
		r = crypto_sha256(policy, sizeof(policy), policy, error);
	if (r == 0)
		memcpy(out, policy, sizeof(policy));
	return r;
}
