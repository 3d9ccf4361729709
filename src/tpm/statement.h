/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM signs (TPMS_ATTEST, Part 2 section 10.12.8): quotes and certified objects. Pure. */
#pragma once

#include "tpm/types.h"

enum tpm_statement_type {
	TPM_STATEMENT_CERTIFY = 0x8017,
	TPM_STATEMENT_QUOTE = 0x8018,
};

struct tpm_statement {
	enum tpm_statement_type type;
	struct tpm_name signer; /* the qualified name of the key that signs */
	size_t extra_len;
	uint8_t extra[CRYPTO_HASH_MAX]; /* qualifying data */
	/* Of a quote. */
	uint32_t pcrs; /* of bank SHA-256, the only one */
	uint8_t digest[TPM_HASH_SIZE];
	/* Of a certified object. */
	struct tpm_name name;
};

/*
 * False if it is not exactly one statement, made by a TPM, of these two types; a quote of another
 * bank, or of several, is refused.
 */
bool tpm_statement_read(const struct tpm_blob *bytes, struct tpm_statement *ret);
