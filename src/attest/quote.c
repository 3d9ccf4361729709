/* SPDX-License-Identifier: BSD-2-Clause */
/* The quote: by the attestation key, of this connection, and of the PCRs' values. See round.h. */
#include <errno.h>
#include <string.h>

#include "attest/round.h"
#include "attest/signed.h"

static int check_values(
	const struct attest_round *round, const struct tpm_statement *quote, struct error *error)
{
	struct tpm_pcrs pcrs = { .mask = TPM_QUOTED_PCRS };
	uint8_t digest[TPM_HASH_SIZE];

	static_assert(API_QUOTED_PCRS == TPM_QUOTED_PCRS_N, "the same");
	if (quote->pcrs != TPM_QUOTED_PCRS)
		return error_set(
			error, -EBADMSG, "the TPM's quote is not of PCR 0 to 15 of SHA-256");
	for (size_t i = 0; i < API_QUOTED_PCRS; i++)
		memcpy(pcrs.values[i], round->proof.pcrs[i], TPM_HASH_SIZE);
	int r = tpm_pcrs_digest(&pcrs, digest, error);
	if (r == 0 && memcmp(digest, quote->digest, sizeof(digest)) != 0)
		r = error_set(error, -EBADMSG, "the PCRs do not have the values of the quote");
	return r;
}

int attest_check_quote(struct attest_round *round, struct error *error)
{
	const struct api_proof *proof = &round->proof;
	struct attest_purpose purpose = { .what = "quote",
		.type = TPM_STATEMENT_QUOTE,
		.other = "the quote is not of this connection: somebody may be in between" };
	struct tpm_blob bytes, signature;
	struct tpm_statement quote;

	if (!tpm_blob_set(&bytes, proof->quote.bytes, proof->quote.len) ||
		!tpm_blob_set(&signature, proof->signature.bytes, proof->signature.len))
		return error_set(error, -EBADMSG, "the TPM's quote is too long");
	int r = attest_extra_quote(round->exporter, round->prove.nonce, purpose.extra, error);
	if (r == 0)
		r = attest_statement_read(&bytes, &purpose, &quote, error);
	if (r == 0)
		r = attest_statement_verify(&bytes, &quote, &signature, &round->ak_point,
			&round->ak_name, purpose.what, error);
	if (r == 0)
		r = check_values(round, &quote, error);
	if (r == 0)
		attest_found(&round->findings, "quote", ATTEST_GOOD,
			"it is of this connection, and by the attestation key");
	return r;
}
