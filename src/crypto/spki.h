/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Public keys as numbers, in the form in which others name them: SubjectPublicKeyInfo in DER (RFC
 * 5280 section 4.1.2.7, RFC 5480, RFC 8017 appendix A.1). Pure.
 */
#pragma once

#include "crypto/ecdh.h"
#include "crypto/oaep.h"

struct crypto_spki {
	size_t len;
	uint8_t der[320];
};

void crypto_spki_ec(
	enum crypto_curve curve, const struct crypto_point *point, struct crypto_spki *ret);
/* Exponent 65537. False if the modulus has less than 2048 bits. */
bool crypto_spki_rsa(const uint8_t modulus[CRYPTO_RSA_SIZE], struct crypto_spki *ret);

/* Positive result of crypto_ecdsa_verify(). */
enum {
	CRYPTO_ECDSA_E_WRONG = 1, /* it is not this key's signature of these bytes */
};

/*
 * Verifies an ECDSA signature with SHA-256 by a key on P-256 (FIPS 186-4). @r, @s: big endian, 1 to
 * 32 bytes each. 0; the above, without a text, also for a point that is not on the curve; -EIO
 * with its text.
 */
int crypto_ecdsa_verify(const struct crypto_point *key, const void *data, size_t len,
	const uint8_t *r, size_t r_len, const uint8_t *s, size_t s_len,
	struct error *error) MUST_CHECK;
