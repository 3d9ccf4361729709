/* SPDX-License-Identifier: BSD-2-Clause */
/* The attestation key: a restricted key signs only what the TPM itself made. See round.h. */
#include <errno.h>

#include "attest/round.h"

/* TPMA_OBJECT (Part 2, section 8.3). */
#define FIXED_TPM (1u << 1)
#define FIXED_PARENT (1u << 4)
#define SENSITIVE_DATA_ORIGIN (1u << 5)
#define RESTRICTED (1u << 16)
#define DECRYPT (1u << 17)
#define SIGN (1u << 18)
#define WANTED (FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | RESTRICTED | SIGN)

int attest_check_ak(struct attest_round *round, struct error *error)
{
	const struct api_tpm *ak = &round->attest.ak;
	enum crypto_curve curve;
	struct tpm_public public;

	if (!tpm_blob_set(&round->ak, ak->bytes, ak->len) ||
		!tpm_public_read(&round->ak, &public) ||
		!tpm_public_point(&public, &curve, &round->ak_point) ||
		curve != CRYPTO_CURVE_P256 || public.name_alg != TPM_ALG_SHA256 ||
		(public.attributes & (WANTED | DECRYPT)) != WANTED)
		return error_set(
			error, -EBADMSG, "the attestation key is not a restricted signing key");
	int r = tpm_public_name(&round->ak, &round->ak_name, error);
	if (r == 0)
		attest_found(&round->findings, "attestation key", ATTEST_GOOD,
			"a restricted signing key");
	return r;
}
