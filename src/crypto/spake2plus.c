/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The points of SPAKE2+ (RFC 9383 sections 3.3 and 4) on OpenSSL's P-256: see spake2plus.h.
 * spake2plus_keys.c has the hashes and the key derivation.
 *
 * Scalars are BN_FLG_CONSTTIME, and each product is computed separately: with two scalars in one
 * call OpenSSL may choose an algorithm that is not constant in time.
 */
#include "crypto/spake2plus.h"

#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto/openssl.h"
#include "crypto/spake2plus_private.h"

/* An uncompressed point (SEC 1 section 2.3.3). */
#define POINT_UNCOMPRESSED 0x04

const uint8_t spake2plus_m[SPAKE2PLUS_POINT_SIZE] = { 0x04, 0x88, 0x6e, 0x2f, 0x97, 0xac, 0xe4,
	0x6e, 0x55, 0xba, 0x9d, 0xd7, 0x24, 0x25, 0x79, 0xf2, 0x99, 0x3b, 0x64, 0xe1, 0x6e, 0xf3,
	0xdc, 0xab, 0x95, 0xaf, 0xd4, 0x97, 0x33, 0x3d, 0x8f, 0xa1, 0x2f, 0x5f, 0xf3, 0x55, 0x16,
	0x3e, 0x43, 0xce, 0x22, 0x4e, 0x0b, 0x0e, 0x65, 0xff, 0x02, 0xac, 0x8e, 0x5c, 0x7b, 0xe0,
	0x94, 0x19, 0xc7, 0x85, 0xe0, 0xca, 0x54, 0x7d, 0x55, 0xa1, 0x2e, 0x2d, 0x20 };

const uint8_t spake2plus_n[SPAKE2PLUS_POINT_SIZE] = { 0x04, 0xd8, 0xbb, 0xd6, 0xc6, 0x39, 0xc6,
	0x29, 0x37, 0xb0, 0x4d, 0x99, 0x7f, 0x38, 0xc3, 0x77, 0x07, 0x19, 0xc6, 0x29, 0xd7, 0x01,
	0x4d, 0x49, 0xa2, 0x4b, 0x4f, 0x98, 0xba, 0xa1, 0x29, 0x2b, 0x49, 0x07, 0xd6, 0x0a, 0xa6,
	0xbf, 0xad, 0xe4, 0x50, 0x08, 0xa6, 0x36, 0x33, 0x7f, 0x51, 0x68, 0xc6, 0x4d, 0x9b, 0xd3,
	0x60, 0x34, 0x80, 0x8c, 0xd5, 0x64, 0x49, 0x0b, 0x1e, 0x65, 0x6e, 0xdb, 0xe7 };

/* -- curve and points ------------------------------------------------------------------------ */

struct curve {
	EC_GROUP *group;
	BN_CTX *scratch; /* wiped when it is freed */
};

static void curve_close(struct curve *curve)
{
	EC_GROUP_free(curve->group);
	BN_CTX_free(curve->scratch);
}
#define _cleanup_curve_ _cleanup_(curve_close)

static void point_free(EC_POINT **point)
{
	EC_POINT_clear_free(*point);
}
#define _cleanup_point_ _cleanup_(point_free)

static void number_free(BIGNUM **number)
{
	BN_clear_free(*number);
}
#define _cleanup_number_ _cleanup_(number_free)

static int failed(struct error *error)
{
	return crypto_openssl_error(error, -EIO, "P-256");
}

static int curve_open(struct curve *ret, struct error *error)
{
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	ret->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	ret->scratch = BN_CTX_new();
	return ret->group && ret->scratch ? 0 : failed(error);
}

/* NULL if out of memory. */
static BIGNUM *scalar_new(const uint8_t bytes[SPAKE2PLUS_SCALAR_SIZE])
{
	BIGNUM *scalar = BN_bin2bn(bytes, SPAKE2PLUS_SCALAR_SIZE, NULL);

	if (scalar)
		BN_set_flags(scalar, BN_FLG_CONSTTIME);
	return scalar;
}

/* A point of the peer or a constant one: SPAKE2PLUS_E_POINT unless it is valid. */
static int point_decode(const struct curve *curve, const uint8_t in[SPAKE2PLUS_POINT_SIZE],
	EC_POINT **ret, struct error *error)
{
	_cleanup_point_ EC_POINT *point = EC_POINT_new(curve->group);

	if (!point)
		return failed(error);
	/* Refuses other forms of 65 bytes; oct2point checks the equation of the curve. */
	if (in[0] != POINT_UNCOMPRESSED ||
		!EC_POINT_oct2point(
			curve->group, point, in, SPAKE2PLUS_POINT_SIZE, curve->scratch) ||
		EC_POINT_is_at_infinity(curve->group, point) ||
		EC_POINT_is_on_curve(curve->group, point, curve->scratch) != 1)
		return crypto_openssl_error(
			error, SPAKE2PLUS_E_POINT, "the peer's share is not a point of the curve");
	*ret = TAKE_PTR(point);
	return 0;
}

/* The identity has a shorter form, and no computed point may be the identity. */
static int point_encode(const struct curve *curve, const EC_POINT *point,
	uint8_t out[SPAKE2PLUS_POINT_SIZE], struct error *error)
{
	if (EC_POINT_is_at_infinity(curve->group, point))
		return error_set(error, SPAKE2PLUS_E_POINT,
			"the peer's share leads to the point at infinity");
	if (EC_POINT_point2oct(curve->group, point, POINT_CONVERSION_UNCOMPRESSED, out,
		    SPAKE2PLUS_POINT_SIZE, curve->scratch) != SPAKE2PLUS_POINT_SIZE)
		return failed(error);
	return 0;
}

/* scalar * point; NULL is the base point. */
static int multiply(const struct curve *curve, const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE],
	const EC_POINT *point, EC_POINT **ret, struct error *error)
{
	_cleanup_number_ BIGNUM *k = scalar_new(scalar);
	_cleanup_point_ EC_POINT *product = EC_POINT_new(curve->group);
	int ok = k && product;

	if (ok && point)
		ok = EC_POINT_mul(curve->group, product, NULL, point, k, curve->scratch);
	else if (ok)
		ok = EC_POINT_mul(curve->group, product, k, NULL, NULL, curve->scratch);
	if (!ok)
		return failed(error);
	*ret = TAKE_PTR(product);
	return 0;
}

static int multiply_and_encode(const struct curve *curve,
	const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE], const EC_POINT *point,
	uint8_t out[SPAKE2PLUS_POINT_SIZE], struct error *error)
{
	_cleanup_point_ EC_POINT *product = NULL;
	int r = multiply(curve, scalar, point, &product, error);

	return r == 0 ? point_encode(curve, product, out, error) : r;
}

/* w0 * blind, where blind is M or N. */
static int blinding(const struct curve *curve, const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE],
	const uint8_t blind[SPAKE2PLUS_POINT_SIZE], EC_POINT **ret, struct error *error)
{
	_cleanup_point_ EC_POINT *base = NULL;
	int r = point_decode(curve, blind, &base, error);

	return r == 0 ? multiply(curve, w0, base, ret, error) : r;
}

/* -- shares ---------------------------------------------------------------------------------- */

int spake2plus_share_fixed(const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE],
	const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], const uint8_t blind[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_share *ret, struct error *error)
{
	_cleanup_curve_ struct curve curve = { .group = NULL };
	_cleanup_point_ EC_POINT *sum = NULL, *blinded = NULL;
	int r = curve_open(&curve, error);

	if (r == 0)
		r = multiply(&curve, scalar, NULL, &sum, error);
	if (r == 0)
		r = blinding(&curve, w0, blind, &blinded, error);
	if (r != 0)
		return r;
	if (!EC_POINT_add(curve.group, sum, sum, blinded, curve.scratch))
		return failed(error);
	r = point_encode(&curve, sum, ret->point, error);
	if (r == 0)
		memcpy(ret->scalar, scalar, SPAKE2PLUS_SCALAR_SIZE);
	return r;
}

/* 1 to the group's order less 1, uniformly distributed. */
static int random_scalar(uint8_t out[SPAKE2PLUS_SCALAR_SIZE], struct error *error)
{
	_cleanup_curve_ struct curve curve = { .group = NULL };
	_cleanup_number_ BIGNUM *scalar = BN_new();
	int r = curve_open(&curve, error);

	if (r < 0)
		return r;
	do {
		if (!scalar || !BN_priv_rand_range(scalar, EC_GROUP_get0_order(curve.group)))
			return failed(error);
	} while (BN_is_zero(scalar));
	if (BN_bn2binpad(scalar, out, SPAKE2PLUS_SCALAR_SIZE) != SPAKE2PLUS_SCALAR_SIZE)
		return failed(error);
	return 0;
}

static int share(const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE],
	const uint8_t blind[SPAKE2PLUS_POINT_SIZE], struct spake2plus_share *ret,
	struct error *error)
{
	uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE];
	int r = random_scalar(scalar, error);

	if (r == 0)
		r = spake2plus_share_fixed(scalar, w0, blind, ret, error);
	secret_wipe_bytes(scalar, sizeof(scalar));
	return r;
}

int spake2plus_share_prover(
	const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], struct spake2plus_share *ret, struct error *error)
{
	return share(w0, spake2plus_m, ret, error);
}

int spake2plus_share_verifier(
	const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], struct spake2plus_share *ret, struct error *error)
{
	return share(w0, spake2plus_n, ret, error);
}

/* -- the shared points ----------------------------------------------------------------------- */

/* The peer's share without its blinding: Y - w0*N, or X - w0*M. */
static int unblind(const struct curve *curve, const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE],
	const uint8_t blind[SPAKE2PLUS_POINT_SIZE], const uint8_t theirs[SPAKE2PLUS_POINT_SIZE],
	EC_POINT **ret, struct error *error)
{
	_cleanup_point_ EC_POINT *point = NULL, *blinded = NULL;
	int r = point_decode(curve, theirs, &point, error);

	if (r == 0)
		r = blinding(curve, w0, blind, &blinded, error);
	if (r != 0)
		return r;
	if (!EC_POINT_invert(curve->group, blinded, curve->scratch) ||
		!EC_POINT_add(curve->group, point, point, blinded, curve->scratch))
		return failed(error);
	*ret = TAKE_PTR(point);
	return 0;
}

int spake2plus_secrets_prover(const struct spake2plus_prover *prover,
	const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE], const uint8_t share_v[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_secrets *ret, struct error *error)
{
	_cleanup_curve_ struct curve curve = { .group = NULL };
	_cleanup_point_ EC_POINT *point = NULL;
	int r = curve_open(&curve, error);

	if (r == 0)
		r = unblind(&curve, prover->w0, spake2plus_n, share_v, &point, error);
	if (r == 0)
		r = multiply_and_encode(&curve, scalar, point, ret->z, error);
	if (r == 0)
		r = multiply_and_encode(&curve, prover->w1, point, ret->v, error);
	return r;
}

int spake2plus_secrets_verifier(const struct spake2plus_verifier *verifier,
	const uint8_t scalar[SPAKE2PLUS_SCALAR_SIZE], const uint8_t share_p[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_secrets *ret, struct error *error)
{
	_cleanup_curve_ struct curve curve = { .group = NULL };
	_cleanup_point_ EC_POINT *point = NULL, *l = NULL;
	int r = curve_open(&curve, error);

	if (r == 0)
		r = unblind(&curve, verifier->w0, spake2plus_m, share_p, &point, error);
	if (r == 0)
		r = point_decode(&curve, verifier->l, &l, error);
	if (r == 0)
		r = multiply_and_encode(&curve, scalar, point, ret->z, error);
	if (r == 0)
		r = multiply_and_encode(&curve, scalar, l, ret->v, error);
	return r;
}

/* -- from the code --------------------------------------------------------------------------- */

int spake2plus_reduce(
	const uint8_t *in, size_t len, uint8_t out[SPAKE2PLUS_SCALAR_SIZE], struct error *error)
{
	_cleanup_curve_ struct curve curve = { .group = NULL };
	_cleanup_number_ BIGNUM *wide = BN_bin2bn(in, (int)len, NULL), *scalar = BN_new();
	int r = curve_open(&curve, error);

	if (r < 0)
		return r;
	if (!wide || !scalar)
		return failed(error);
	BN_set_flags(wide, BN_FLG_CONSTTIME);
	if (!BN_mod(scalar, wide, EC_GROUP_get0_order(curve.group), curve.scratch) ||
		BN_bn2binpad(scalar, out, SPAKE2PLUS_SCALAR_SIZE) != SPAKE2PLUS_SCALAR_SIZE)
		return failed(error);
	return 0;
}

int spake2plus_register(const struct spake2plus_prover *prover, struct spake2plus_verifier *ret,
	struct error *error)
{
	_cleanup_curve_ struct curve curve = { .group = NULL };
	int r = curve_open(&curve, error);

	if (r == 0)
		r = multiply_and_encode(&curve, prover->w1, NULL, ret->l, error);
	if (r == 0)
		memcpy(ret->w0, prover->w0, sizeof(ret->w0));
	return r;
}
