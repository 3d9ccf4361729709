/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a sealed host key, or looking whether it would open. */
#pragma once

#include "tpm/look.h"
#include "tpm/sealed.h"

/*
 * Positive results: why it does not open. Each has a text that completes `sealed, ...` (GONE and
 * OTHER) or `does not open in this boot: ...` (PCRS).
 */
enum {
	TPM_OPEN_E_PCRS = 1,  /* PCRs have other values than those it was sealed to */
	TPM_OPEN_E_GONE = 2,  /* the parent key is gone */
	TPM_OPEN_E_OTHER = 3, /* it is of another TPM, or of a parent that was replaced */
};

/*
 * Opens it into @ret_secret, TPM_SECRET_SIZE bytes, which the caller wipes. 0; a positive value
 * above; a negative errno with a text. -ENOTSUP: TPM_KIND_SIGNED, which this version does not open.
 * @sealed passed tpm_sealed_check().
 */
int tpm_open(struct tpm *tpm, const struct tpm_sealed *sealed, uint8_t ret_secret[TPM_SECRET_SIZE],
	struct error *error) MUST_CHECK;

/* The same results as tpm_open() would have now; nothing is opened. */
int tpm_match(struct tpm *tpm, const struct tpm_sealed *sealed, struct error *error) MUST_CHECK;
