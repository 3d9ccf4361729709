/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bodies of attest and attest-prove (docs/protocol.md), of the platform's side: requests from
 * JSON, answers to JSON. What a TPM says is opaque here.
 */
#pragma once

#include "api/bodies.h"

/* Texts about a TPM, made printable, with their NUL. */
#define API_TPM_TEXT_MAX 80
/* Hashes of its PCRs. */
#define API_BANKS_MAX 16
#define API_BANK_TEXT_MAX 16
/* `L-1` to `H-3`. */
#define API_TEMPLATE_MAX 4

/* Certificates: the endorsement key's, those of its chain; and the boot log. In bytes. */
#define API_CERTIFICATE_MAX 4096
#define API_CHAIN_MAX (16 * 1024)
#define API_CHAIN_PARTS_MAX 16
#define API_LOG_MAX (256 * 1024)
#define API_ATTEST_BYTES_MAX (API_CERTIFICATE_MAX + API_CHAIN_MAX + API_LOG_MAX)

/* The answer to attest: what the machine shows of its TPM, and what its firmware measured. */
struct api_attest {
	char manufacturer[API_TPM_TEXT_MAX], vendor[API_TPM_TEXT_MAX], firmware[API_TPM_TEXT_MAX];
	char banks[API_BANKS_MAX][API_BANK_TEXT_MAX];
	size_t banks_n;
	bool in_lockout;
	char ek_template[API_TEMPLATE_MAX];
	struct api_tpm ek, ak;  /* TPMT_PUBLIC */
	size_t certificate_len; /* DER; 0: none */
	size_t chain_len[API_CHAIN_PARTS_MAX], chain_n;
	size_t log_len; /* 0: none */
	/* Owned: certificate, chain and log, one after the other; NULL if all are empty. */
	uint8_t *bytes;
};

void api_attest_deinit(struct api_attest *answer);
#define _cleanup_api_attest_ _cleanup_(api_attest_deinit)

/* Bytes of certificate, chain and log. */
size_t api_attest_bytes_len(const struct api_attest *answer);

/* @ret_json: the caller frees it. */
int api_attest_encode(
	const struct api_attest *answer, char **ret_json, struct error *error) MUST_CHECK;

/* Sizes of an encrypted credential and its secret, of every kind of endorsement key. */
#define API_CREDENTIAL_MIN 68
#define API_CREDENTIAL_MAX 104
#define API_SECRET_MIN 68
#define API_SECRET_MAX 256

/* attest-prove: the credential that only that TPM can open, and the nonce of its quote. */
struct api_prove {
	size_t credential_len, secret_len;
	uint8_t credential[API_CREDENTIAL_MAX], secret[API_SECRET_MAX];
	uint8_t nonce[API_NONCE_SIZE];
};

/* -EINVAL with the reason as text, for the peer to read. */
int api_prove_decode(
	const void *json, size_t len, struct api_prove *ret, struct error *error) MUST_CHECK;

#define API_QUOTED_PCRS 16
struct api_proof {
	uint8_t credential[API_DIGEST_SIZE]; /* decrypted */
	struct api_tpm quote, signature;     /* TPMS_ATTEST, TPMT_SIGNATURE */
	uint8_t pcrs[API_QUOTED_PCRS][API_DIGEST_SIZE];
};

int api_proof_encode(
	const struct api_proof *answer, char **ret_json, struct error *error) MUST_CHECK;
