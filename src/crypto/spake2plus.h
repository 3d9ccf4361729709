/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPAKE2+ (RFC 9383), ciphersuite P256-SHA256-HKDF-SHA256-HMAC-SHA256: two sides that share a
 * code agree on a key; the verifier holds only values derived from the code. A peer that does not
 * know the code learns only whether one guess was right.
 *
 * This header has the arithmetic and the key schedule; opening/ has the messages.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

/* Scalars modulo the group's order, big endian; uncompressed points; keys and confirmations. */
#define SPAKE2PLUS_SCALAR_SIZE 32
#define SPAKE2PLUS_POINT_SIZE 65
#define SPAKE2PLUS_KEY_SIZE 32
#define SPAKE2PLUS_CONFIRM_SIZE 32

/* Longest code, identity or context. */
#define SPAKE2PLUS_TEXT_MAX 512

/* Positive results of the finishing functions. */
enum {
	SPAKE2PLUS_E_POINT = 1, /* the peer's share is not a point of the curve, or the identity */
};

/* The identities of both sides, which both know (RFC 9383 section 3.1). NUL-terminated. */
struct spake2plus_identities {
	const char *prover, *verifier;
};

/* The values derived from the code. The caller wipes them. */
struct spake2plus_prover {
	uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], w1[SPAKE2PLUS_SCALAR_SIZE];
};

/* The values that the verifier keeps: w0 and L = w1 * P. They are enough to test guesses. */
struct spake2plus_verifier {
	uint8_t w0[SPAKE2PLUS_SCALAR_SIZE];
	uint8_t l[SPAKE2PLUS_POINT_SIZE];
};

/* One side of one exchange: its secret scalar, and the share that it sends. */
struct spake2plus_share {
	uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE];
	uint8_t point[SPAKE2PLUS_POINT_SIZE];
};

/* The keys of both sides; equal if both know the same code. */
struct spake2plus_keys {
	uint8_t confirm_p[SPAKE2PLUS_CONFIRM_SIZE]; /* the prover sends it */
	uint8_t confirm_v[SPAKE2PLUS_CONFIRM_SIZE]; /* the verifier sends it */
	uint8_t shared[SPAKE2PLUS_KEY_SIZE]; /* K_shared; to be used after both confirmations are
						checked */
};

/*
 * w0 and w1 from a code (RFC 9383 section 3.2 with scrypt, N 1024, r 8, p 1): each is half of 80
 * bytes, big endian, modulo the group's order. @salt: a text. -EIO with its text.
 */
int spake2plus_derive(const void *code, size_t len, const struct spake2plus_identities *who,
	const char *salt, struct spake2plus_prover *ret, struct error *error) MUST_CHECK;

/* The verifier's values, from the code's scalars. */
int spake2plus_register(const struct spake2plus_prover *prover, struct spake2plus_verifier *ret,
	struct error *error) MUST_CHECK;

/*
 * A share with a new random scalar: X = x*P + w0*M for the prover, Y = y*P + w0*N for the verifier.
 * The caller wipes it.
 */
int spake2plus_share_prover(const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], struct spake2plus_share *ret,
	struct error *error) MUST_CHECK;
int spake2plus_share_verifier(const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE],
	struct spake2plus_share *ret, struct error *error) MUST_CHECK;

/*
 * The keys from our share and the peer's, which is checked first: uncompressed, on the curve, not
 * the identity (the cofactor is 1). @context: at most SPAKE2PLUS_TEXT_MAX bytes. 0,
 * SPAKE2PLUS_E_POINT or a negative errno, with their text. The caller wipes the keys.
 */
int spake2plus_finish_prover(const struct spake2plus_prover *prover,
	const struct spake2plus_identities *who, const void *context, size_t context_len,
	const struct spake2plus_share *ours, const uint8_t theirs[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_keys *ret, struct error *error) MUST_CHECK;
int spake2plus_finish_verifier(const struct spake2plus_verifier *verifier,
	const struct spake2plus_identities *who, const void *context, size_t context_len,
	const struct spake2plus_share *ours, const uint8_t theirs[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_keys *ret, struct error *error) MUST_CHECK;

/* Whether two confirmations are the same; takes the same time wherever they differ. */
bool spake2plus_confirms(const uint8_t expected[SPAKE2PLUS_CONFIRM_SIZE],
	const uint8_t received[SPAKE2PLUS_CONFIRM_SIZE]);
