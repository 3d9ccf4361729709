/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions that spake2plus.c and spake2plus_keys.c share, and that the test vectors call one by
 * one: RFC 9383 gives fixed scalars and all intermediate values. Only these two files and their
 * tests include this header.
 */
#pragma once

#include "crypto/spake2plus.h"

/* The constant points of RFC 9383 section 4, uncompressed. */
extern const uint8_t spake2plus_m[SPAKE2PLUS_POINT_SIZE];
extern const uint8_t spake2plus_n[SPAKE2PLUS_POINT_SIZE];

/* scalar*P + w0*blind: a share with a given scalar. */
int spake2plus_share_fixed(const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE],
	const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], const uint8_t blind[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_share *ret, struct error *error) MUST_CHECK;

/* @len bytes, big endian, modulo the group's order. */
int spake2plus_reduce(const uint8_t *in, size_t len, uint8_t out[SPAKE2PLUS_SCALAR_SIZE],
	struct error *error) MUST_CHECK;

/* Z and V (section 3.3). */
struct spake2plus_secrets {
	uint8_t z[SPAKE2PLUS_POINT_SIZE], v[SPAKE2PLUS_POINT_SIZE];
};

int spake2plus_secrets_prover(const struct spake2plus_prover *prover,
	const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE], const uint8_t share_v[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_secrets *ret, struct error *error) MUST_CHECK;
int spake2plus_secrets_verifier(const struct spake2plus_verifier *verifier,
	const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE], const uint8_t share_p[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_secrets *ret, struct error *error) MUST_CHECK;

/* The parts of the transcript, in its order, without the constants M and N. */
struct spake2plus_transcript {
	const void *context;
	size_t context_len;
	const struct spake2plus_identities *who;
	const uint8_t *share_p, *share_v;
	const struct spake2plus_secrets *secrets;
	const uint8_t *w0;
};

/* Eleven parts with their lengths; three texts, six points, one scalar. */
#define SPAKE2PLUS_TRANSCRIPT_MAX (4 * SPAKE2PLUS_TEXT_MAX)

/* TT (section 3.3) into @out, SPAKE2PLUS_TRANSCRIPT_MAX bytes. -E2BIG. The caller wipes it. */
int spake2plus_transcript_encode(const struct spake2plus_transcript *t, uint8_t *out,
	size_t *ret_len, struct error *error) MUST_CHECK;

/* The key schedule (section 3.4). */
int spake2plus_schedule(const struct spake2plus_transcript *t, struct spake2plus_keys *ret,
	struct error *error) MUST_CHECK;
