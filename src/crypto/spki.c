/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys in DER, and their signatures: see spki.h. */
#include "crypto/spki.h"

#include <errno.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "base/bytes.h"
#include "crypto/openssl_numbers.h"

/* SEQUENCE { SEQUENCE { id-ecPublicKey, the curve }, BIT STRING { an uncompressed point. */
static const uint8_t head_p256[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42,
	0x00, 0x04 };
static const uint8_t head_p384[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04 };
/* SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING { SEQUENCE { INTEGER 00... */
static const uint8_t head_rsa[] = { 0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86,
	0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30,
	0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00 };
/* ...INTEGER 65537 } } } */
static const uint8_t tail_rsa[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };

void crypto_spki_ec(
	enum crypto_curve curve, const struct crypto_point *point, struct crypto_spki *ret)
{
	struct bytes_writer w = bytes_writer(ret->der, sizeof(ret->der));

	if (curve == CRYPTO_CURVE_P384)
		bytes_write(&w, head_p384, sizeof(head_p384));
	else
		bytes_write(&w, head_p256, sizeof(head_p256));
	bytes_write(&w, point->x, crypto_curve_size(curve));
	bytes_write(&w, point->y, crypto_curve_size(curve));
	assert(bytes_writer_ok(&w));
	ret->len = w.len;
}

bool crypto_spki_rsa(const uint8_t modulus[CRYPTO_RSA_SIZE], struct crypto_spki *ret)
{
	struct bytes_writer w = bytes_writer(ret->der, sizeof(ret->der));

	if (modulus[0] < 0x80)
		return false;
	bytes_write(&w, head_rsa, sizeof(head_rsa));
	bytes_write(&w, modulus, CRYPTO_RSA_SIZE);
	bytes_write(&w, tail_rsa, sizeof(tail_rsa));
	assert(bytes_writer_ok(&w));
	ret->len = w.len;
	return true;
}

static void free_signature(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}

static void free_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

/* In DER, as OpenSSL takes it; 0: no memory. */
static size_t encode_signature(
	const uint8_t *r, size_t r_len, const uint8_t *s, size_t s_len, uint8_t out[80])
{
	_cleanup_(free_signature) ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r_number = BN_bin2bn(r, (int)r_len, NULL);
	BIGNUM *s_number = BN_bin2bn(s, (int)s_len, NULL);

	if (!signature || !r_number || !s_number ||
		ECDSA_SIG_set0(signature, r_number, s_number) != 1) {
		BN_free(r_number);
		BN_free(s_number);
		return 0;
	}
	int len = i2d_ECDSA_SIG(signature, NULL);
	return len > 0 && len <= 80 ? (size_t)i2d_ECDSA_SIG(signature, &out) : 0;
}

int crypto_ecdsa_verify(const struct crypto_point *key, const void *data, size_t len,
	const uint8_t *r, size_t r_len, const uint8_t *s, size_t s_len, struct error *error)
{
	const size_t size = crypto_curve_size(CRYPTO_CURVE_P256);
	struct crypto_spki spki;
	uint8_t der[80];
	int init = crypto_openssl_init(error);

	if (init < 0)
		return init;
	if (r_len == 0 || s_len == 0 || r_len > size || s_len > size)
		return CRYPTO_ECDSA_E_WRONG;
	crypto_spki_ec(CRYPTO_CURVE_P256, key, &spki);
	const unsigned char *begin = spki.der;
	_cleanup_key_ EVP_PKEY *public = d2i_PUBKEY(NULL, &begin, (long)spki.len);
	_cleanup_(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const size_t der_len = encode_signature(r, r_len, s, s_len, der);
	if (!ctx || der_len == 0)
		return crypto_openssl_error(error, -EIO, "ECDSA");
	bool good = public && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, public) == 1 &&
		    EVP_DigestVerify(ctx, der, der_len, data, len) == 1;
	ERR_clear_error();
	return good ? 0 : CRYPTO_ECDSA_E_WRONG;
}
