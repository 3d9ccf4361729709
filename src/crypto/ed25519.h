/* SPDX-License-Identifier: BSD-2-Clause */
/* Ed25519 keys (RFC 8032) and the self-signed certificate made from one. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

#define CRYPTO_ED25519_SEED_SIZE 32
#define CRYPTO_ED25519_PUBLIC_SIZE 32

/* Longest certificate that crypto_cert_make() makes, in bytes (248 at present). */
#define CRYPTO_CERT_MAX 512

/* The public key that belongs to a seed. */
int crypto_ed25519_public(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE],
	uint8_t out[CRYPTO_ED25519_PUBLIC_SIZE], struct error *error) MUST_CHECK;

/*
 * The certificate of protocol v0.0.1 in DER: byte for byte determined by the seed
 * (docs/protocol.md): X.509 v3, serial 0, no names, 1970 to 2038, DNS:stprov.
 */
int crypto_cert_make(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], uint8_t out[CRYPTO_CERT_MAX],
	size_t *ret_len, struct error *error) MUST_CHECK;
