/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Elliptic curve Diffie-Hellman (NIST SP 800-56Ar3 section 5.7.1.2) with a key that is used once,
 * on the curves of TPM 2.0 that stprov uses.
 */
#pragma once

#include "base/error.h"
#include "base/secret.h"

enum crypto_curve {
	CRYPTO_CURVE_P256,
	CRYPTO_CURVE_P384,
};

/* Bytes of the largest coordinate. */
#define CRYPTO_COORDINATE_MAX 48

/* Bytes of a coordinate, of a private key and of the shared value: 32 or 48. */
size_t crypto_curve_size(enum crypto_curve curve);

/* A point, big endian, each coordinate crypto_curve_size() bytes. */
struct crypto_point {
	uint8_t x[CRYPTO_COORDINATE_MAX], y[CRYPTO_COORDINATE_MAX];
};

struct crypto_ecdh_key {
	enum crypto_curve curve;
	struct crypto_point public;
	uint8_t private[CRYPTO_COORDINATE_MAX]; /* big endian; the owner wipes it */
};

void crypto_ecdh_wipe(struct crypto_ecdh_key *key);
#define _cleanup_ecdh_ _cleanup_(crypto_ecdh_wipe)

/* A new random key. -EIO with its text. */
int crypto_ecdh_generate(
	enum crypto_curve curve, struct crypto_ecdh_key *ret, struct error *error) MUST_CHECK;

/*
 * The shared value, the x coordinate of private * peer: crypto_curve_size() bytes in @out, which
 * the caller wipes. -EINVAL: @peer is not a point of the curve; -EIO; both with their text.
 */
int crypto_ecdh(const struct crypto_ecdh_key *key, const struct crypto_point *peer,
	uint8_t out[CRYPTO_COORDINATE_MAX], struct error *error) MUST_CHECK;
