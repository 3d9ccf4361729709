/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM's statements have in common: who signed them, and what for. Pure. */
#pragma once

#include "crypto/ecdh.h"
#include "hostkey/hostkey.h"
#include "tpm/public.h"
#include "tpm/statement.h"

/* Each: `the TPM's WHAT ...`. */
struct attest_purpose {
	const char *what; /* `quote` */
	enum tpm_statement_type type;
	uint8_t extra[TPM_HASH_SIZE]; /* qualifying data */
	const char *other;            /* the sentence for other qualifying data */
};

/* The qualifying data of a quote. -EIO. */
int attest_extra_quote(const uint8_t exporter[32], const uint8_t nonce[32],
	uint8_t out[TPM_HASH_SIZE], struct error *error) MUST_CHECK;
/* Of a statement about a sealed host key. @public: as in authorized_keys. -EINVAL, -EIO. */
int attest_extra_sealed(const uint8_t exporter[32], const uint8_t nonce[32], const char *public,
	uint8_t out[TPM_HASH_SIZE], struct error *error) MUST_CHECK;

/*
 * Reads a statement: made by a TPM, of that type and for that purpose. 0, or -EBADMSG with a
 * sentence.
 */
int attest_statement_read(const struct tpm_blob *bytes, const struct attest_purpose *purpose,
	struct tpm_statement *ret, struct error *error) MUST_CHECK;

/*
 * Whether the attestation key signed it: ECDSA by the key of @point, and the statement names a
 * primary key of the endorsement hierarchy of the name @ak. 0, -EBADMSG with a sentence, -EIO.
 */
int attest_statement_verify(const struct tpm_blob *bytes, const struct tpm_statement *statement,
	const struct tpm_blob *signature, const struct crypto_point *point,
	const struct tpm_name *ak, const char *what, struct error *error) MUST_CHECK;
