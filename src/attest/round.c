/* SPDX-License-Identifier: BSD-2-Clause */
/* A round of attestation, check after check: see round.h. */
#include "attest/round.h"

#include <errno.h>
#include <string.h>

#include "base/random.h"
#include "tpm/credential.h"

const char *attest_tier_name(enum attest_tier tier)
{
	static const char *const names[] = {
		[ATTEST_FIRST_USE] = "first use",
		[ATTEST_CERTIFICATE] = "certificate",
		[ATTEST_PINNED] = "pinned",
	};

	return names[tier];
}

void attest_round_deinit(struct attest_round *round)
{
	api_attest_deinit(&round->attest);
	secret_wipe(&round->credential);
}

int attest_check_keys(
	struct attest_round *round, const struct attest_wanted *wanted, struct error *error)
{
	int r = attest_check_ek(round, error);

	if (r == 0)
		r = attest_check_certificate(round, wanted, error);
	if (r == 0)
		r = attest_check_tier(round, wanted, error);
	return r == 0 ? attest_check_ak(round, error) : r;
}

int attest_make_challenge(struct attest_round *round, struct error *error)
{
	struct api_prove *prove = &round->prove;
	struct tpm_blob credential, secret;

	round->credential.len = TPM_CREDENTIAL_SIZE;
	int r = random_bytes(round->credential.bytes, round->credential.len, error);
	if (r == 0)
		r = random_bytes(prove->nonce, sizeof(prove->nonce), error);
	if (r == 0)
		r = tpm_credential_make(&round->ek, &round->ak_name, round->credential.bytes,
			round->credential.len, &credential, &secret, error);
	if (r < 0)
		return r;
	assert(credential.len <= sizeof(prove->credential) && secret.len <= sizeof(prove->secret));
	prove->credential_len = credential.len;
	prove->secret_len = secret.len;
	memcpy(prove->credential, credential.bytes, credential.len);
	memcpy(prove->secret, secret.bytes, secret.len);
	return 0;
}

int attest_check_credential(struct attest_round *round, struct error *error)
{
	if (!secret_equal(
		    &round->credential, round->proof.credential, sizeof(round->proof.credential)))
		return error_set(error, -EBADMSG,
			"the TPM could not prove that it holds the endorsement key");
	attest_found(&round->findings, "credential", ATTEST_GOOD,
		"endorsement key and attestation key are in one TPM");
	return 0;
}

int attest_check_proof(struct attest_round *round, const struct attest_wanted *wanted,
	bool is_record, struct error *error)
{
	int r = is_record ? 0 : attest_check_credential(round, error);

	if (r == 0)
		r = attest_check_quote(round, error);
	return r == 0 ? attest_check_boot(round, wanted, error) : r;
}
