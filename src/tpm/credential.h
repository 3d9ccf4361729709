/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MakeCredential (Part 1, section 24; Part 3, section 12.6) without a TPM: a secret that only the
 * TPM with this endorsement key gives back, and only if an object of this name is in it too.
 * Pure, except for random numbers.
 */
#pragma once

#include "tpm/public.h"

/*
 * @ek: a P-256, P-384 or RSA-2048 key with AES-CFB. @name: of the attestation key. @credential:
 * @len bytes, at most the size of the key's hash. -EINVAL: the key is not of such a kind; -EIO;
 * with a text.
 */
int tpm_credential_make(const struct tpm_blob *ek, const struct tpm_name *name,
	const void *credential, size_t len, struct tpm_blob *ret_credential,
	struct tpm_blob *ret_secret, struct error *error) MUST_CHECK;

/* The two halves, for tests with fixed randomness. */

/* The seed and what the TPM decrypts to it, for an elliptic curve key; the caller wipes the seed.
 */
int tpm_credential_seed(const struct tpm_public *ek, const struct crypto_ecdh_key *ephemeral,
	uint8_t ret_seed[CRYPTO_HASH_MAX], struct tpm_blob *ret_secret,
	struct error *error) MUST_CHECK;

/* The credential under keys that follow from the seed, which is as long as the key's hash. */
int tpm_credential_wrap(const struct tpm_public *ek, const uint8_t seed[CRYPTO_HASH_MAX],
	const struct tpm_name *name, const void *credential, size_t len,
	struct tpm_blob *ret_credential, struct error *error) MUST_CHECK;
