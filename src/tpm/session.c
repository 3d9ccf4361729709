/* SPDX-License-Identifier: BSD-2-Clause */
/* HMACs and parameter encryption of sessions: see session.h. */
#include "tpm/session.h"

#include <errno.h>
#include <string.h>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/aes.h"

#define AES_KEY_SIZE 16
/* Labels of KDFa and KDFe (Part 1, annex B.1 and sections 19.6.8 and 21.3). */
#define LABEL_SALT "SECRET"
#define LABEL_SESSION "ATH"
#define LABEL_ENCRYPTION "CFB"

#define _cleanup_wipe_ _cleanup_(secret_wipe)

void tpm_session_wipe(struct tpm_session *session)
{
	secret_wipe_bytes(session, sizeof(*session));
}

void tpm_salt_wipe(struct tpm_salt *salt)
{
	secret_wipe_bytes(salt, sizeof(*salt));
}

/* -- keys ------------------------------------------------------------------------------------- */

static void write_coordinate(struct tpm_blob *blob, const uint8_t *coordinate, size_t size)
{
	blob->bytes[blob->len++] = 0;
	blob->bytes[blob->len++] = (uint8_t)size;
	memcpy(blob->bytes + blob->len, coordinate, size);
	blob->len += size;
}

int tpm_salt_make(const struct tpm_public *key, const struct crypto_ecdh_key *ephemeral,
	struct tpm_salt *ret, struct error *error)
{
	uint8_t z[CRYPTO_COORDINATE_MAX];
	uint8_t info[sizeof(LABEL_SALT) + 2 * CRYPTO_COORDINATE_MAX];
	struct bytes_writer w = bytes_writer(info, sizeof(info));
	const size_t size = crypto_curve_size(CRYPTO_CURVE_P256);
	enum crypto_curve curve;
	struct crypto_point point;

	if (!tpm_public_point(key, &curve, &point) || curve != CRYPTO_CURVE_P256 ||
		key->name_alg != TPM_ALG_SHA256)
		return error_set(error, -EINVAL, "the TPM's key is not one for a session's salt");
	assert(ephemeral->curve == CRYPTO_CURVE_P256);
	int r = crypto_ecdh(ephemeral, &point, z, error);
	if (r < 0)
		return r;
	bytes_write(&w, LABEL_SALT, sizeof(LABEL_SALT)); /* with its NUL */
	bytes_write(&w, ephemeral->public.x, size);
	bytes_write(&w, key->x, key->x_len);
	r = crypto_sskdf(
		CRYPTO_HASH_SHA256, z, size, info, w.len, ret->salt, sizeof(ret->salt), error);
	secret_wipe_bytes(z, sizeof(z));
	if (r < 0)
		return r;
	ret->encrypted.len = 0;
	write_coordinate(&ret->encrypted, ephemeral->public.x, size);
	write_coordinate(&ret->encrypted, ephemeral->public.y, size);
	return 0;
}

/* KDFa with two nonces as its context. */
static int derive(const struct tpm_session *session, const uint8_t *key, const char *label,
	const uint8_t *nonce_a, const uint8_t *nonce_b, void *out, size_t len, struct error *error)
{
	uint8_t nonces[2 * TPM_NONCE_SIZE];

	memcpy(nonces, nonce_a, TPM_NONCE_SIZE);
	memcpy(nonces + TPM_NONCE_SIZE, nonce_b, TPM_NONCE_SIZE);
	return crypto_kbkdf(CRYPTO_HASH_SHA256, key, TPM_SESSION_KEY_SIZE, label, nonces,
		sizeof(nonces), out, len, error);
}

int tpm_session_derive(
	struct tpm_session *session, const uint8_t salt[TPM_HASH_SIZE], struct error *error)
{
	return derive(session, salt, LABEL_SESSION, session->nonce_tpm, session->nonce_caller,
		session->key, sizeof(session->key), error);
}

/* Encrypts or decrypts the first parameter, a TPM2B, in place. @newer: the sender's nonce. */
static int crypt_first(const struct tpm_session *session, bool encrypt, const uint8_t *newer,
	const uint8_t *older, uint8_t *params, size_t len, struct error *error)
{
	uint8_t key[AES_KEY_SIZE + CRYPTO_AES_BLOCK];
	struct bytes_reader reader = bytes_reader(params, len);
	size_t size = bytes_read_be16(&reader);

	if (!bytes_view(&reader, size))
		return error_set(error, -EBADMSG, "an encrypted parameter is truncated");
	int r = derive(
		session, session->key, LABEL_ENCRYPTION, newer, older, key, sizeof(key), error);
	if (r == 0)
		r = encrypt ? crypto_aes_cfb_encrypt(key, AES_KEY_SIZE, key + AES_KEY_SIZE,
				      params + 2, size, error)
			    : crypto_aes_cfb_decrypt(key, AES_KEY_SIZE, key + AES_KEY_SIZE,
				      params + 2, size, error);
	secret_wipe_bytes(key, sizeof(key));
	return r;
}

/* -- hashes ----------------------------------------------------------------------------------- */

/* cpHash: command, names, parameters (section 16.7). */
static int hash_command(
	const struct tpm_request *request, uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t bytes[4 + TPM_HANDLES_MAX * TPM_NAME_MAX + TPM_PARAMS_MAX];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	bytes_write_be32(&w, request->command);
	for (size_t i = 0; i < request->n_handles; i++)
		bytes_write(&w, request->handles[i].name.bytes, request->handles[i].name.len);
	bytes_write(&w, request->params, request->len);
	assert(bytes_writer_ok(&w));
	return crypto_sha256(bytes, w.len, out, error);
}

/* rpHash: response code 0, command, parameters (section 16.8). */
static int hash_answer(const struct tpm_request *request, const struct tpm_answer *answer,
	uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t bytes[8 + TPM_MESSAGE_MAX];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	bytes_write_be32(&w, 0);
	bytes_write_be32(&w, request->command);
	bytes_write(&w, answer->params, answer->len);
	assert(bytes_writer_ok(&w));
	return crypto_sha256(bytes, w.len, out, error);
}

/* The HMAC of an authorization (section 19.6.5). */
static int make_hmac(const struct tpm_session *session, const uint8_t hash[TPM_HASH_SIZE],
	const uint8_t *newer, const uint8_t *older, uint8_t attributes, uint8_t out[TPM_HASH_SIZE],
	struct error *error)
{
	uint8_t bytes[TPM_HASH_SIZE + 2 * TPM_NONCE_SIZE + 1];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	bytes_write(&w, hash, TPM_HASH_SIZE);
	bytes_write(&w, newer, TPM_NONCE_SIZE);
	bytes_write(&w, older, TPM_NONCE_SIZE);
	bytes_write_u8(&w, attributes);
	assert(bytes_writer_ok(&w));
	return crypto_hmac(
		CRYPTO_HASH_SHA256, session->key, sizeof(session->key), bytes, w.len, out, error);
}

/* -- a command and its answer ----------------------------------------------------------------- */

static int authorize(const struct tpm_request *request, const struct tpm_auth *auth,
	struct tpm_authorization *ret, struct error *error)
{
	const struct tpm_session *session = auth->session;
	uint8_t hash[TPM_HASH_SIZE];

	*ret = (struct tpm_authorization){
		.handle = session ? session->handle : TPM_RH_PASSWORD,
		.attributes = auth->attributes | TPM_SESSION_CONTINUE,
	};
	if (!session)
		return 0;
	ret->nonce_len = TPM_NONCE_SIZE;
	memcpy(ret->nonce, session->nonce_caller, TPM_NONCE_SIZE);
	if (!session->salted)
		return 0;
	ret->hmac_len = TPM_HASH_SIZE;
	int r = hash_command(request, hash, error);
	if (r < 0)
		return r;
	return make_hmac(session, hash, session->nonce_caller, session->nonce_tpm, ret->attributes,
		ret->hmac, error);
}

/* A new nonce, and the encryption with it. */
static int roll(struct tpm_request *request, const struct tpm_auth *auth, struct error *error)
{
	struct tpm_session *session = auth->session;
	int r = random_bytes(session->nonce_caller, TPM_NONCE_SIZE, error);

	assert(session->salted || auth->attributes == 0);
	if (r == 0 && auth->attributes & TPM_SESSION_DECRYPT)
		r = crypt_first(session, true, session->nonce_caller, session->nonce_tpm,
			request->params, request->len, error);
	return r;
}

int tpm_session_protect(struct tpm_request *request, const struct tpm_auth *auths, size_t n,
	struct tpm_authorization ret[TPM_AUTHS_MAX], struct error *error)
{
	int r = 0;
	size_t sessions = 0;

	assert(n <= TPM_AUTHS_MAX);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (auths[i].session) {
			sessions++;
			r = roll(request, &auths[i], error);
		}
	/* The HMAC of one would have to cover the nonces of the other. */
	assert(sessions <= 1);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = authorize(request, &auths[i], &ret[i], error);
	return r;
}

static int altered(const struct tpm_request *request, struct error *error)
{
	return error_set(error, -EBADMSG, "the TPM's answer to %s was altered on its way",
		tpm_command_name(request->command));
}

static int check_hmac(const struct tpm_request *request, const struct tpm_answer *answer,
	const struct tpm_session *session, const struct tpm_authorization *got, struct error *error)
{
	_cleanup_wipe_ struct secret expected = { .len = TPM_HASH_SIZE };
	uint8_t hash[TPM_HASH_SIZE];

	if (!session->salted)
		return got->hmac_len == 0 ? 0 : altered(request, error);
	int r = hash_answer(request, answer, hash, error);
	if (r == 0)
		r = make_hmac(session, hash, got->nonce, session->nonce_caller, got->attributes,
			expected.bytes, error);
	if (r == 0 && !secret_equal(&expected, got->hmac, got->hmac_len))
		r = altered(request, error);
	return r;
}

static int check_session(const struct tpm_request *request, struct tpm_answer *answer,
	const struct tpm_auth *auth, const struct tpm_authorization *got, struct error *error)
{
	struct tpm_session *session = auth->session;

	if (got->nonce_len != TPM_NONCE_SIZE)
		return altered(request, error);
	int r = check_hmac(request, answer, session, got, error);
	if (r < 0)
		return r;
	memcpy(session->nonce_tpm, got->nonce, TPM_NONCE_SIZE);
	if (!(auth->attributes & TPM_SESSION_ENCRYPT))
		return 0;
	return crypt_first(session, false, session->nonce_tpm, session->nonce_caller,
		answer->params, answer->len, error);
}

int tpm_session_check(const struct tpm_request *request, struct tpm_answer *answer,
	const struct tpm_auth *auths, const struct tpm_authorization *got, size_t n,
	struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		/* As asked for. Whether decrypt is echoed says nothing of the answer. */
		uint8_t differ = got[i].attributes ^ (auths[i].attributes | TPM_SESSION_CONTINUE);
		if (differ & (uint8_t)~TPM_SESSION_DECRYPT)
			r = altered(request, error);
		else if (auths[i].session)
			r = check_session(request, answer, &auths[i], &got[i], error);
		else if (got[i].nonce_len != 0 || got[i].hmac_len != 0)
			r = altered(request, error);
	}
	return r;
}
