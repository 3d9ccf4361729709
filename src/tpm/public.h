/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public area of an object (TPMT_PUBLIC, Part 2 section 12.2.4): read strictly, compared with
 * stprov's templates, and named. Pure.
 */
#pragma once

#include "crypto/ecdh.h"
#include "crypto/oaep.h"
#include "tpm/types.h"

/* The objects that stprov makes or knows, byte for byte as TPM2_Create takes them. */
enum tpm_template {
	TPM_TEMPLATE_SRK,     /* TCG's storage root key, P-256 (TPM v2.0 Provisioning Guidance) */
	TPM_TEMPLATE_STORAGE, /* stprov's parent key */
	TPM_TEMPLATE_AK,      /* stprov's attestation key: unique.x = SHA-256("stprov/v1 ak") */
	/* Endorsement keys (TCG EK Credential Profile 2.5, annex B). */
	TPM_TEMPLATE_EK_L1, /* RSA-2048 */
	TPM_TEMPLATE_EK_L2, /* P-256 */
	TPM_TEMPLATE_EK_H1, /* RSA-2048 */
	TPM_TEMPLATE_EK_H2, /* P-256 */
	TPM_TEMPLATE_EK_H3, /* P-384 */
	TPM_TEMPLATES,
};

void tpm_template(enum tpm_template which, struct tpm_blob *ret);

/* What TCG's EK Credential Profile calls the template of an endorsement key: `L-1` to `H-3`. */
const char *tpm_ek_name(enum tpm_template ek);

/* A sealed object under a policy digest, or NULL: with an empty password. */
void tpm_template_sealed(const uint8_t policy[TPM_HASH_SIZE], struct tpm_blob *ret);

/* What a public area says. Views into the blob that it was read from. */
struct tpm_public {
	uint16_t type;     /* TPM_ALG_RSA, TPM_ALG_ECC or TPM_ALG_KEYEDHASH */
	uint16_t name_alg; /* TPM_ALG_SHA256 or TPM_ALG_SHA384 */
	uint32_t attributes;
	const uint8_t *policy;   /* authPolicy */
	size_t policy_len;       /* 0, or the size of the hash */
	uint16_t symmetric_bits; /* of AES-CFB; 0: none */
	size_t unique_at;        /* where `unique` begins: all before it is the template */
	uint16_t curve;          /* of TPM_ALG_ECC */
	/* Coordinates as they are, at most the curve's size; the modulus, or the hash, in x. */
	const uint8_t *x, *y;
	size_t x_len, y_len;
};

/*
 * False if it is not exactly one TPMT_PUBLIC to its last byte, or of a kind that stprov does not
 * know: RSA-2048, P-256 and P-384 keys and sealed data, with AES-CFB or without symmetric
 * algorithm, without scheme or with ECDSA or RSASSA.
 */
bool tpm_public_read(const struct tpm_blob *bytes, struct tpm_public *ret);

/* The curve's point, coordinates padded; false if it is not an elliptic curve key with both. */
bool tpm_public_point(
	const struct tpm_public *public, enum crypto_curve *ret_curve, struct crypto_point *ret);

/* Whether it is that template in all but `unique`. */
bool tpm_public_matches(const struct tpm_blob *bytes, const struct tpm_blob *template);

/* The object's name. -EINVAL: tpm_public_read() refuses it; -EIO; with a text. */
int tpm_public_name(
	const struct tpm_blob *bytes, struct tpm_name *ret, struct error *error) MUST_CHECK;

bool tpm_name_equal(const struct tpm_name *a, const struct tpm_name *b);
