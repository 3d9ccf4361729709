/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hashes and derivations of SPAKE2+ (RFC 9383 sections 3.2 to 3.4): the code's scalars, the
 * transcript, the keys. See spake2plus.h; the points are in spake2plus.c.
 */
#include "crypto/spake2plus.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/bytes.h"
#include "crypto/kdf.h"
#include "crypto/openssl.h"
#include "crypto/spake2plus_private.h"

/* Bytes of w0s and of w1s: 64 bits more than the order, so that the remainder has no bias. */
#define WIDE_SIZE 40

#define SCRYPT_N 1024
#define SCRYPT_R 8
#define SCRYPT_P 1

/* -- from the code --------------------------------------------------------------------------- */

/* A part after its length as 8 bytes, little endian, as for all parts in RFC 9383. */
static void write_part(struct bytes_writer *w, const void *part, size_t len)
{
	for (unsigned shift = 0; shift < 64; shift += 8)
		bytes_write_u8(w, (uint8_t)((uint64_t)len >> shift));
	bytes_write(w, part, len);
}

static void write_identities(struct bytes_writer *w, const struct spake2plus_identities *who)
{
	write_part(w, who->prover, strlen(who->prover));
	write_part(w, who->verifier, strlen(who->verifier));
}

static int scrypt(const void *input, size_t len, const char *salt, uint8_t out[2 * WIDE_SIZE],
	struct error *error)
{
	uint64_t n = SCRYPT_N;
	uint32_t r = SCRYPT_R, p = SCRYPT_P;
	/* OSSL_PARAM has no const, but OpenSSL only reads input parameters. */
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)input, len),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt, strlen(salt)),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_SCRYPT, NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	int ok = ctx && EVP_KDF_derive(ctx, out, (size_t)2 * WIDE_SIZE, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? 0 : crypto_openssl_error(error, -EIO, "scrypt");
}

int spake2plus_derive(const void *code, size_t len, const struct spake2plus_identities *who,
	const char *salt, struct spake2plus_prover *ret, struct error *error)
{
	uint8_t input[SPAKE2PLUS_TRANSCRIPT_MAX], wide[2 * WIDE_SIZE];
	struct bytes_writer w = bytes_writer(input, sizeof(input));
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	write_part(&w, code, len);
	write_identities(&w, who);
	if (!bytes_writer_ok(&w))
		r = error_set(error, -E2BIG, "the code is too long");
	if (r == 0)
		r = scrypt(input, w.len, salt, wide, error);
	if (r == 0)
		r = spake2plus_reduce(wide, WIDE_SIZE, ret->w0, error);
	if (r == 0)
		r = spake2plus_reduce(wide + WIDE_SIZE, WIDE_SIZE, ret->w1, error);
	secret_wipe_bytes(input, sizeof(input));
	secret_wipe_bytes(wide, sizeof(wide));
	return r;
}

/* -- transcript and keys --------------------------------------------------------------------- */

int spake2plus_transcript_encode(
	const struct spake2plus_transcript *t, uint8_t *out, size_t *ret_len, struct error *error)
{
	struct bytes_writer w = bytes_writer(out, SPAKE2PLUS_TRANSCRIPT_MAX);

	write_part(&w, t->context, t->context_len);
	write_identities(&w, t->who);
	write_part(&w, spake2plus_m, SPAKE2PLUS_POINT_SIZE);
	write_part(&w, spake2plus_n, SPAKE2PLUS_POINT_SIZE);
	write_part(&w, t->share_p, SPAKE2PLUS_POINT_SIZE);
	write_part(&w, t->share_v, SPAKE2PLUS_POINT_SIZE);
	write_part(&w, t->secrets->z, SPAKE2PLUS_POINT_SIZE);
	write_part(&w, t->secrets->v, SPAKE2PLUS_POINT_SIZE);
	write_part(&w, t->w0, SPAKE2PLUS_SCALAR_SIZE);
	if (!bytes_writer_ok(&w))
		return error_set(error, -E2BIG, "the transcript is too long");
	*ret_len = w.len;
	return 0;
}

static int confirm(const uint8_t key[SPAKE2PLUS_KEY_SIZE],
	const uint8_t share[SPAKE2PLUS_POINT_SIZE], uint8_t out[SPAKE2PLUS_CONFIRM_SIZE],
	struct error *error)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	size_t n = 0;

	if (!EVP_Q_mac(NULL, "HMAC", NULL, NULL, params, key, SPAKE2PLUS_KEY_SIZE, share,
		    SPAKE2PLUS_POINT_SIZE, out, SPAKE2PLUS_CONFIRM_SIZE, &n) ||
		n != SPAKE2PLUS_CONFIRM_SIZE)
		return crypto_openssl_error(error, -EIO, "HMAC");
	return 0;
}

int spake2plus_schedule(
	const struct spake2plus_transcript *t, struct spake2plus_keys *ret, struct error *error)
{
	uint8_t transcript[SPAKE2PLUS_TRANSCRIPT_MAX], main_key[CRYPTO_SHA256_SIZE];
	uint8_t confirmation[2 * SPAKE2PLUS_KEY_SIZE]; /* K_confirmP, K_confirmV */
	size_t len = 0;

	int r = spake2plus_transcript_encode(t, transcript, &len, error);
	if (r == 0)
		r = crypto_sha256(transcript, len, main_key, error);
	if (r == 0)
		r = crypto_hkdf(main_key, sizeof(main_key), "", "ConfirmationKeys", confirmation,
			sizeof(confirmation), error);
	if (r == 0)
		r = crypto_hkdf(main_key, sizeof(main_key), "", "SharedKey", ret->shared,
			sizeof(ret->shared), error);
	if (r == 0)
		r = confirm(confirmation, t->share_v, ret->confirm_p, error);
	if (r == 0)
		r = confirm(confirmation + SPAKE2PLUS_KEY_SIZE, t->share_p, ret->confirm_v, error);
	secret_wipe_bytes(transcript, sizeof(transcript));
	secret_wipe_bytes(main_key, sizeof(main_key));
	secret_wipe_bytes(confirmation, sizeof(confirmation));
	return r;
}

int spake2plus_finish_prover(const struct spake2plus_prover *prover,
	const struct spake2plus_identities *who, const void *context, size_t context_len,
	const struct spake2plus_share *ours, const uint8_t theirs[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_keys *ret, struct error *error)
{
	struct spake2plus_secrets secrets;
	const struct spake2plus_transcript t = { .context = context,
		.context_len = context_len,
		.who = who,
		.share_p = ours->point,
		.share_v = theirs,
		.secrets = &secrets,
		.w0 = prover->w0 };

	int r = spake2plus_secrets_prover(prover, ours->scalar, theirs, &secrets, error);
	if (r == 0)
		r = spake2plus_schedule(&t, ret, error);
	secret_wipe_bytes(&secrets, sizeof(secrets));
	return r;
}

int spake2plus_finish_verifier(const struct spake2plus_verifier *verifier,
	const struct spake2plus_identities *who, const void *context, size_t context_len,
	const struct spake2plus_share *ours, const uint8_t theirs[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_keys *ret, struct error *error)
{
	struct spake2plus_secrets secrets;
	const struct spake2plus_transcript t = { .context = context,
		.context_len = context_len,
		.who = who,
		.share_p = theirs,
		.share_v = ours->point,
		.secrets = &secrets,
		.w0 = verifier->w0 };

	int r = spake2plus_secrets_verifier(verifier, ours->scalar, theirs, &secrets, error);
	if (r == 0)
		r = spake2plus_schedule(&t, ret, error);
	secret_wipe_bytes(&secrets, sizeof(secrets));
	return r;
}

bool spake2plus_confirms(const uint8_t expected[SPAKE2PLUS_CONFIRM_SIZE],
	const uint8_t received[SPAKE2PLUS_CONFIRM_SIZE])
{
	return CRYPTO_memcmp(expected, received, SPAKE2PLUS_CONFIRM_SIZE) == 0;
}
