/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPAKE2+ (RFC 9383), ciphersuite P256-SHA256-HKDF-SHA256-HMAC-SHA256: two sides that share a
 * code, of which the verifier holds only what is derived from it, agree on a key. Whoever does
 * not know the code learns nothing but whether one guess was right.
 *
 * Only the arithmetic and the key schedule; the messages around it are in opening/.
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

/* Who takes part; names that both sides know (RFC 9383 section 3.1). NUL-terminated. */
struct spake2plus_identities {
	const char *prover, *verifier;
};

/* What follows from the code. The caller wipes it. */
struct spake2plus_prover {
	uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], w1[SPAKE2PLUS_SCALAR_SIZE];
};

/* What the verifier keeps of it: w0 and L = w1 * P. Enough to test guesses at the code with. */
struct spake2plus_verifier {
	uint8_t w0[SPAKE2PLUS_SCALAR_SIZE];
	uint8_t l[SPAKE2PLUS_POINT_SIZE];
};

/* One exchange of one side: its secret scalar, and the share that it sends. */
struct spake2plus_share {
	uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE];
	uint8_t point[SPAKE2PLUS_POINT_SIZE];
};

/* What both sides hold in the end, if they know the same code. */
struct spake2plus_keys {
	uint8_t confirm_p[SPAKE2PLUS_CONFIRM_SIZE]; /* what the prover sends */
	uint8_t confirm_v[SPAKE2PLUS_CONFIRM_SIZE]; /* what the verifier sends */
	uint8_t shared[SPAKE2PLUS_KEY_SIZE];        /* K_shared; to be used once both are checked */
};

/*
 * w0 and w1 from a code (RFC 9383 section 3.2 with scrypt, N 1024, r 8, p 1): each is half of 80
 * bytes, big endian, modulo the group's order. @salt: a text. -EIO with its text.
 */
int spake2plus_derive(const void *code, size_t len, const struct spake2plus_identities *who,
	const char *salt, struct spake2plus_prover *ret, struct error *error) MUST_CHECK;

/* What a verifier keeps of it. */
int spake2plus_register(const struct spake2plus_prover *prover, struct spake2plus_verifier *ret,
	struct error *error) MUST_CHECK;

/*
 * A share with a new random scalar: X = x*P + w0*M of the prover, Y = y*P + w0*N of the verifier.
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

/*
 * An exchange with itself: afterwards OpenSSL has nothing left to load for a real one, and a
 * process may give up open(2).
 */
int spake2plus_warm_up(struct error *error) MUST_CHECK;
