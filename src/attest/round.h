/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One round of attestation (docs/attestation.md): what the platform sent, and what the laptop found
 * in it. Each check has a file of its own. Pure, except for random numbers and the clock: nothing
 * is sent, read or written here.
 *
 * Each check returns 0, or a negative errno with one sentence, which is the failure of the whole
 * round: -EBADMSG for what the platform sent.
 */
#pragma once

#include "api/attest_client.h"
#include "attest/finding.h"
#include "attest/wanted.h"
#include "crypto/tls.h"
#include "tpm/attest.h"
#include "tpm/public.h"
#include "tpm/policy.h"

/* How much is known of whose TPM it is. */
enum attest_tier {
	ATTEST_FIRST_USE,   /* nothing: it may be any TPM */
	ATTEST_CERTIFICATE, /* a genuine TPM of a maker that --ek-roots names */
	ATTEST_PINNED,      /* the TPM whose key is in --ek */
};

/* `first use`, `certificate`, `pinned`. */
const char *attest_tier_name(enum attest_tier tier);

/* What is known of the certificate. */
enum attest_certificate {
	ATTEST_CERTIFICATE_NONE,       /* there is none */
	ATTEST_CERTIFICATE_UNREADABLE, /* OpenSSL does not know its kind of key */
	ATTEST_CERTIFICATE_OWN,        /* it has the key; the chain was not looked at */
	ATTEST_CERTIFICATE_VERIFIED,   /* and a chain to --ek-roots */
};

/* What the log says of the boot. */
struct attest_boot {
	bool has_log;
	size_t events;
	uint16_t explained, unexplained; /* PCRs, as bits: by the log; not zero, and not by it */
	bool knows_secure_boot;          /* the next two, as the log says */
	bool secure_boot, setup_mode;
	bool image_started; /* that of --image */
};

struct attest_round {
	/* What the platform sent, and what was sent to it. */
	struct api_attest attest;
	struct api_prove prove;
	struct api_proof proof;
	uint8_t exporter[TLS_EXPORTER_SIZE]; /* of this end of the connection */
	struct secret credential;            /* what prove.credential is the encryption of */
	/* What was found. */
	struct tpm_blob ek, ak;
	struct tpm_name ak_name;
	struct crypto_point ak_point;
	struct crypto_spki ek_spki;
	uint8_t ek_sha256[TPM_HASH_SIZE]; /* of ek_spki */
	enum attest_certificate certificate;
	struct crypto_chain chain; /* if the certificate is verified */
	enum attest_tier tier;
	struct attest_boot boot;
	struct attest_findings findings;
};

/* Frees what the platform sent. */
void attest_round_deinit(struct attest_round *round);
#define _cleanup_round_ _cleanup_(attest_round_deinit)

/* -- the whole, in the order of docs/attestation.md ------------------------------------------- */

/* The answer to attest: endorsement key, certificate, tier, attestation key. */
int attest_check_keys(struct attest_round *round, const struct attest_wanted *wanted,
	struct error *error) MUST_CHECK;
/* Fills in round->prove: a new secret for the TPM with both keys, and a nonce. */
int attest_make_challenge(struct attest_round *round, struct error *error) MUST_CHECK;
/*
 * The answer to attest-prove: the secret, the quote, the boot. @is_record: the secret is not known
 * any more, so it is not compared.
 */
int attest_check_proof(struct attest_round *round, const struct attest_wanted *wanted,
	bool is_record, struct error *error) MUST_CHECK;

/* -- its checks ------------------------------------------------------------------------------- */

int attest_check_ek(struct attest_round *round, struct error *error) MUST_CHECK;
int attest_check_certificate(struct attest_round *round, const struct attest_wanted *wanted,
	struct error *error) MUST_CHECK;
int attest_check_tier(struct attest_round *round, const struct attest_wanted *wanted,
	struct error *error) MUST_CHECK;
int attest_check_ak(struct attest_round *round, struct error *error) MUST_CHECK;
int attest_check_credential(struct attest_round *round, struct error *error) MUST_CHECK;
int attest_check_quote(struct attest_round *round, struct error *error) MUST_CHECK;
int attest_check_boot(struct attest_round *round, const struct attest_wanted *wanted,
	struct error *error) MUST_CHECK;
