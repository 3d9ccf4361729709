/* SPDX-License-Identifier: BSD-2-Clause */
/* MakeCredential: see credential.h. */
#include "tpm/credential.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/aes.h"

/* With its NUL it is part of the seed's derivation, or OAEP's label. */
#define LABEL_SEED "IDENTITY"
#define LABEL_STORAGE "STORAGE"
#define LABEL_INTEGRITY "INTEGRITY"
#define AES_KEY_MAX 32

static int unknown_key(struct error *error)
{
	return error_set(error, -EINVAL, "the endorsement key is not of a known kind");
}

static enum crypto_hash hash_of(const struct tpm_public *ek)
{
	return ek->name_alg == TPM_ALG_SHA384 ? CRYPTO_HASH_SHA384 : CRYPTO_HASH_SHA256;
}

static void write_sized(struct bytes_writer *w, const void *bytes, size_t len)
{
	bytes_write_be16(w, (uint16_t)len);
	bytes_write(w, bytes, len);
}

int tpm_credential_seed(const struct tpm_public *ek, const struct crypto_ecdh_key *ephemeral,
	uint8_t ret_seed[CRYPTO_HASH_MAX], struct tpm_blob *ret_secret, struct error *error)
{
	uint8_t z[CRYPTO_COORDINATE_MAX], info[sizeof(LABEL_SEED) + 2 * CRYPTO_COORDINATE_MAX];
	struct bytes_writer w = bytes_writer(info, sizeof(info));
	struct bytes_writer out = bytes_writer(ret_secret->bytes, sizeof(ret_secret->bytes));
	enum crypto_curve curve;
	struct crypto_point point;

	if (!tpm_public_point(ek, &curve, &point) || curve != ephemeral->curve)
		return unknown_key(error);
	const size_t size = crypto_curve_size(curve);
	int r = crypto_ecdh(ephemeral, &point, z, error);
	if (r < 0)
		return r;
	bytes_write(&w, LABEL_SEED, sizeof(LABEL_SEED));
	bytes_write(&w, ephemeral->public.x, size);
	bytes_write(&w, ek->x, ek->x_len);
	r = crypto_sskdf(
		hash_of(ek), z, size, info, w.len, ret_seed, crypto_hash_size(hash_of(ek)), error);
	secret_wipe_bytes(z, sizeof(z));
	if (r < 0)
		return r;
	write_sized(&out, ephemeral->public.x, size);
	write_sized(&out, ephemeral->public.y, size);
	assert(bytes_writer_ok(&w) && bytes_writer_ok(&out));
	ret_secret->len = out.len;
	return 0;
}

int tpm_credential_wrap(const struct tpm_public *ek, const uint8_t seed[CRYPTO_HASH_MAX],
	const struct tpm_name *name, const void *credential, size_t len,
	struct tpm_blob *ret_credential, struct error *error)
{
	static const uint8_t zero_iv[CRYPTO_AES_BLOCK];
	const enum crypto_hash hash = hash_of(ek);
	const size_t size = crypto_hash_size(hash), key_size = ek->symmetric_bits / 8;
	uint8_t key[AES_KEY_MAX], integrity[CRYPTO_HASH_MAX], hmac[CRYPTO_HASH_MAX];
	uint8_t inner[2 + CRYPTO_HASH_MAX + TPM_NAME_MAX];
	struct bytes_writer w = bytes_writer(inner, sizeof(inner));

	if (key_size == 0)
		return unknown_key(error);
	assert(len <= size && key_size <= sizeof(key));
	write_sized(&w, credential, len);
	const size_t inner_len = w.len;
	int r = crypto_kbkdf(
		hash, seed, size, LABEL_STORAGE, name->bytes, name->len, key, key_size, error);
	if (r == 0)
		r = crypto_aes_cfb_encrypt(key, key_size, zero_iv, inner, inner_len, error);
	if (r == 0)
		r = crypto_kbkdf(
			hash, seed, size, LABEL_INTEGRITY, NULL, 0, integrity, size, error);
	/* The HMAC is over the encrypted credential and the name. */
	bytes_write(&w, name->bytes, name->len);
	assert(bytes_writer_ok(&w));
	if (r == 0)
		r = crypto_hmac(hash, integrity, size, inner, w.len, hmac, error);
	secret_wipe_bytes(key, sizeof(key));
	secret_wipe_bytes(integrity, sizeof(integrity));
	if (r == 0) {
		struct bytes_writer out =
			bytes_writer(ret_credential->bytes, sizeof(ret_credential->bytes));
		write_sized(&out, hmac, size);
		bytes_write(&out, inner, inner_len);
		assert(bytes_writer_ok(&out));
		ret_credential->len = out.len;
	}
	secret_wipe_bytes(inner, sizeof(inner));
	return r;
}

static int make_rsa_seed(const struct tpm_public *ek, uint8_t seed[CRYPTO_HASH_MAX],
	struct tpm_blob *ret_secret, struct error *error)
{
	const size_t size = crypto_hash_size(hash_of(ek));

	/* crypto_rsa_oaep() has SHA-256, which is the hash of each RSA template. */
	if (ek->x_len != CRYPTO_RSA_SIZE || ek->name_alg != TPM_ALG_SHA256)
		return unknown_key(error);
	int r = random_bytes(seed, size, error);
	if (r == 0)
		r = crypto_rsa_oaep(ek->x, LABEL_SEED, sizeof(LABEL_SEED), seed, size,
			ret_secret->bytes, error);
	if (r == 0)
		ret_secret->len = CRYPTO_RSA_SIZE;
	return r;
}

static int make_ecc_seed(const struct tpm_public *ek, uint8_t seed[CRYPTO_HASH_MAX],
	struct tpm_blob *ret_secret, struct error *error)
{
	_cleanup_ecdh_ struct crypto_ecdh_key ephemeral = { .curve = CRYPTO_CURVE_P256 };
	enum crypto_curve curve;
	struct crypto_point point;

	if (!tpm_public_point(ek, &curve, &point))
		return unknown_key(error);
	int r = crypto_ecdh_generate(curve, &ephemeral, error);
	return r == 0 ? tpm_credential_seed(ek, &ephemeral, seed, ret_secret, error) : r;
}

int tpm_credential_make(const struct tpm_blob *ek, const struct tpm_name *name,
	const void *credential, size_t len, struct tpm_blob *ret_credential,
	struct tpm_blob *ret_secret, struct error *error)
{
	uint8_t seed[CRYPTO_HASH_MAX];
	struct tpm_public public;

	if (!tpm_public_read(ek, &public) || public.type == TPM_ALG_KEYEDHASH ||
		len > crypto_hash_size(hash_of(&public)))
		return unknown_key(error);
	int r = public.type == TPM_ALG_RSA ? make_rsa_seed(&public, seed, ret_secret, error)
					   : make_ecc_seed(&public, seed, ret_secret, error);
	if (r == 0)
		r = tpm_credential_wrap(
			&public, seed, name, credential, len, ret_credential, error);
	secret_wipe_bytes(seed, sizeof(seed));
	return r;
}
