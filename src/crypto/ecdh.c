/* SPDX-License-Identifier: BSD-2-Clause */
/* Elliptic curve Diffie-Hellman on OpenSSL: see ecdh.h. */
#include "crypto/ecdh.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>

#include "crypto/openssl_numbers.h"

/* An uncompressed point (SEC 1 section 2.3.3) and its largest size. */
#define UNCOMPRESSED 0x04
#define ENCODED_MAX (1 + 2 * CRYPTO_COORDINATE_MAX)

static const struct {
	const char *name;
	size_t size;
} curves[] = {
	[CRYPTO_CURVE_P256] = { "P-256", 32 },
	[CRYPTO_CURVE_P384] = { "P-384", 48 },
};

static int failed(struct error *error)
{
	return crypto_openssl_error(error, -EIO, "ECDH");
}

size_t crypto_curve_size(enum crypto_curve curve)
{
	return curves[curve].size;
}

void crypto_ecdh_wipe(struct crypto_ecdh_key *key)
{
	secret_wipe_bytes(key, sizeof(*key));
}

int crypto_ecdh_generate(enum crypto_curve curve, struct crypto_ecdh_key *ret, struct error *error)
{
	_cleanup_key_ EVP_PKEY *key = NULL;
	_cleanup_number_ BIGNUM *private = NULL;
	const size_t size = curves[curve].size;
	uint8_t encoded[ENCODED_MAX];
	size_t len = 0;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[curve].name);
	if (!key ||
		EVP_PKEY_get_octet_string_param(
			key, OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof(encoded), &len) != 1 ||
		EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &private) != 1)
		return failed(error);
	if (len != 1 + 2 * size || encoded[0] != UNCOMPRESSED)
		return error_set(error, -EIO, "ECDH: the public key is not an uncompressed point");
	memset(ret, 0, sizeof(*ret));
	ret->curve = curve;
	memcpy(ret->public.x, encoded + 1, size);
	memcpy(ret->public.y, encoded + 1 + size, size);
	if (BN_bn2binpad(private, ret->private, (int)size) != (int)size) {
		crypto_ecdh_wipe(ret);
		return failed(error);
	}
	return 0;
}

/* A key of OpenSSL with this point, and with @private unless that is NULL. NULL: it has none. */
static EVP_PKEY *key_import(
	enum crypto_curve curve, const struct crypto_point *public, const uint8_t *private)
{
	const size_t size = curves[curve].size;
	_cleanup_param_builder_ OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	_cleanup_params_ OSSL_PARAM *params = NULL;
	_cleanup_key_ctx_ EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	_cleanup_number_ BIGNUM *number = NULL;
	uint8_t encoded[ENCODED_MAX] = { UNCOMPRESSED };
	EVP_PKEY *key = NULL;

	memcpy(encoded + 1, public->x, size);
	memcpy(encoded + 1 + size, public->y, size);
	if (!builder || !ctx ||
		!OSSL_PARAM_BLD_push_utf8_string(
			builder, OSSL_PKEY_PARAM_GROUP_NAME, curves[curve].name, 0) ||
		!OSSL_PARAM_BLD_push_octet_string(
			builder, OSSL_PKEY_PARAM_PUB_KEY, encoded, 1 + 2 * size))
		return NULL;
	if (private) {
		/* In OpenSSL's secure memory or, as here without it, wiped when it is freed. */
		number = BN_secure_new();
		if (!number || !BN_bin2bn(private, (int)size, number) ||
			!OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number))
			return NULL;
	}
	params = OSSL_PARAM_BLD_to_param(builder);
	if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(
			ctx, &key, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

int crypto_ecdh(const struct crypto_ecdh_key *key, const struct crypto_point *peer,
	uint8_t out[CRYPTO_COORDINATE_MAX], struct error *error)
{
	const size_t size = curves[key->curve].size;
	_cleanup_key_ EVP_PKEY *own = NULL, *other = NULL;
	_cleanup_key_ctx_ EVP_PKEY_CTX *ctx = NULL;
	size_t len = size;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	own = key_import(key->curve, &key->public, key->private);
	if (!own)
		return failed(error);
	/* OpenSSL refuses a point that is not on the curve. */
	other = key_import(key->curve, peer, NULL);
	if (!other)
		return crypto_openssl_error(error, -EINVAL, "ECDH");
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	if (!ctx || EVP_PKEY_derive_init(ctx) != 1)
		return failed(error);
	if (EVP_PKEY_derive_set_peer(ctx, other) != 1)
		return crypto_openssl_error(error, -EINVAL, "ECDH");
	if (EVP_PKEY_derive(ctx, out, &len) != 1 || len != size) {
		secret_wipe_bytes(out, size);
		return failed(error);
	}
	return 0;
}
