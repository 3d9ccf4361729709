/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of an attestation (docs/attestation.md): one JSON object with the messages of the
 * round as they came, and with what the laptop found. Pure.
 */
#pragma once

#include "attest/round.h"

#define ATTEST_RECORD_VERSION 1
/* The longest record: twice the longest answer to attest, and its findings. */
#define ATTEST_RECORD_MAX (2 * 1024 * 1024)

/* What is written. All is borrowed. */
struct attest_record {
	const struct attest_round *round;
	const char *time;         /* in UTC, RFC 3339 */
	const char *ip, *words;   /* words: NULL: not compared */
	const char *hostname;     /* NULL: not known yet */
	const char *program;      /* `v1.2.3` */
	const uint8_t *predicted; /* PCR 7 of the next boot; NULL: not predicted */
	/* Answers as they came, in JSON. */
	const char *attest_answer, *prove_answer;
	const struct api_seal *seal;     /* NULL: the host key is not to be sealed */
	const struct api_commit *commit; /* NULL: there was none yet */
};

/* @ret_text: one line, with its newline; the caller frees it. */
int attest_record_format(
	const struct attest_record *record, char **ret_text, struct error *error) MUST_CHECK;

/* What is read of a record, to check it again. */
struct attest_record_content {
	struct attest_round round; /* attest, prove, proof and exporter are set */
	char time[API_TEXT_MAX], hostname[API_TEXT_MAX], ip[API_TEXT_MAX]; /* printable */
	char tier[API_TEXT_MAX]; /* what the laptop had found; printable */
	bool has_seal, has_commit;
	struct api_seal seal;     /* if has_seal */
	struct api_commit commit; /* if has_commit: publickey, fingerprint, hostname, sealed */
};

void attest_record_deinit(struct attest_record_content *content);
#define _cleanup_record_ _cleanup_(attest_record_deinit)

/* -EINVAL with a text; nothing is then left to free. */
int attest_record_read(const void *text, size_t len, struct attest_record_content *ret,
	struct error *error) MUST_CHECK;

/* The attestation key as a public key in PEM, which tpm2_checkquote takes. */
#define ATTEST_PEM_MAX 256
void attest_format_pem(const struct crypto_point *point, char out[ATTEST_PEM_MAX]);

/* Sets "tier", "ek_sha256", "findings" and "secure_boot", which local run --json has, too. */
int attest_build(const struct attest_round *round, const uint8_t *predicted, struct json *object,
	struct error *error) MUST_CHECK;
