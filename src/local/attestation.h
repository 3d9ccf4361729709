/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attestation of the platform within `local run`: the round on its connection, the rows that
 * the operator reads, and the record. Inside `stprov local` only.
 */
#pragma once

#include <stdio.h>

#include "api/client.h"
#include "attest/record.h"
#include "local/wanted.h"
#include "pcr7/pcr7.h"

struct run;
struct waiting_stream;

/* How the host key is to be stored. */
enum attestation_seal {
	SEAL_NONE,
	SEAL_TPM,
	SEAL_SECURE_BOOT,
};

struct attestation_options {
	struct wanted_options wanted;
	const char *record, *boot_cert, *image_cert;
};

struct attestation {
	/* From the options. */
	bool wanted;      /* the round is made */
	const char *path; /* of the record; NULL: none. Borrowed */
	struct wanted demands;
	uint8_t *boot_cert, *image_cert; /* files; owned */
	size_t boot_cert_len, image_cert_len;
	enum attestation_seal seal;
	/* Of the connection. */
	bool done;
	struct attest_round round;
	char *attest_answer, *prove_answer; /* owned */
	bool has_prediction;
	struct pcr7_prediction prediction;
	struct api_seal order; /* what was asked for; if seal is not SEAL_NONE */
};

void attestation_deinit(struct attestation *attestation);

/* The first option about attestation, as in `--ek`; or NULL. */
const char *attestation_first(const struct attestation_options *o);

/*
 * Whether the options fit together, before a file is read. @no_compare: the words are not compared.
 * -EINVAL with a sentence.
 */
int attestation_check(const struct attestation_options *o, enum attestation_seal seal,
	bool no_compare, struct error *error) MUST_CHECK;

/*
 * Reads the files of options that fit together, and looks whether the record can be written.
 * @ret->seal is set before. As wanted_read().
 */
int attestation_read(const struct attestation_options *o, struct attestation *ret,
	struct error *error) MUST_CHECK;

/*
 * The round, right after the opening, if it is wanted: all that can be decided before a commit is
 * decided, and the rows and the record are written. @binding: of the connection.
 */
int attestation_run(struct run *run, struct api_client *client, struct waiting_stream *waiting,
	const uint8_t binding[TLS_EXPORTER_SIZE], struct error *error) MUST_CHECK;

/* What to ask the platform for; attestation->order is that. */
int attestation_order(struct attestation *attestation, struct error *error) MUST_CHECK;

/*
 * After the commit: whether the TPM says that the host key is sealed as it was asked for; and the
 * complete record. @words: of the connection.
 */
int attestation_finish(struct run *run, const uint8_t binding[TLS_EXPORTER_SIZE], const char *words,
	const struct api_commit *commit, struct error *error) MUST_CHECK;

/* A row. @out: NULL: stderr. Bytes that are not printable ASCII become \xNN. */
void attestation_row(FILE *out, const char *label, const char *format, ...) PRINTF_LIKE(3, 4);
/* Rows of the round; and of the sealed key. */
void attestation_show(FILE *out, const struct attest_round *round,
	const struct attest_wanted *wanted, const uint8_t *predicted, bool with_keys);
void attestation_show_sealed(FILE *out, const struct api_seal *seal);

/* The value of the key `attestation` of local run --json: null without a round. */
int attestation_build(
	const struct attestation *attestation, struct json *object, struct error *error) MUST_CHECK;
