/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages of the opening: see opening.h. */
#include "opening/opening.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"

#define SCRYPT_SALT "stprov/v1"
#define COMMITMENT_LABEL "stprov/v1 commit"
#define CONTEXT_LABEL "stprov/v1 SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256"
#define PSK_LABEL "stprov/v1 tls psk"
#define WORDS_LABEL "stprov/v1 sas"

static const struct spake2plus_identities identities = {
	.prover = "stprov local",
	.verifier = "stprov remote",
};

int opening_prover(const struct secret *code, struct spake2plus_prover *ret, struct error *error)
{
	_cleanup_secret_ struct secret normal = *code;

	code_normalise(&normal);
	return spake2plus_derive(normal.bytes, normal.len, &identities, SCRYPT_SALT, ret, error);
}

int opening_verifier(
	const struct secret *code, struct spake2plus_verifier *ret, struct error *error)
{
	struct spake2plus_prover prover;
	int r = opening_prover(code, &prover, error);

	if (r == 0)
		r = spake2plus_register(&prover, ret, error);
	secret_wipe_bytes(&prover, sizeof(prover));
	return r;
}

/* -- what both sides compute ----------------------------------------------------------------- */

/* Both are sent later; until then they are bound to what was sent here. */
static int commit_share(const uint8_t nonce_s[OPENING_NONCE_SIZE],
	const uint8_t share_v[SPAKE2PLUS_POINT_SIZE], uint8_t out[OPENING_COMMITMENT_SIZE],
	struct error *error)
{
	uint8_t input[sizeof(COMMITMENT_LABEL) - 1 + OPENING_SHARE_SIZE];
	struct bytes_writer w = bytes_writer(input, sizeof(input));

	bytes_write(&w, COMMITMENT_LABEL, strlen(COMMITMENT_LABEL));
	bytes_write(&w, nonce_s, OPENING_NONCE_SIZE);
	bytes_write(&w, share_v, SPAKE2PLUS_POINT_SIZE);
	return crypto_sha256(input, w.len, out, error);
}

/* SPAKE2+'s context: everything that was sent except the shares. */
struct context {
	uint8_t bytes[sizeof(CONTEXT_LABEL) - 1 + 2 * OPENING_NONCE_SIZE + OPENING_COMMITMENT_SIZE];
};

static struct context context_of(
	const uint8_t *nonce_c, const uint8_t *nonce_s, const uint8_t *commitment)
{
	struct context context;
	struct bytes_writer w = bytes_writer(context.bytes, sizeof(context.bytes));

	bytes_write(&w, CONTEXT_LABEL, strlen(CONTEXT_LABEL));
	bytes_write(&w, nonce_c, OPENING_NONCE_SIZE);
	bytes_write(&w, nonce_s, OPENING_NONCE_SIZE);
	bytes_write(&w, commitment, OPENING_COMMITMENT_SIZE);
	return context;
}

static int derive_result(
	const uint8_t shared[SPAKE2PLUS_KEY_SIZE], struct opening_result *ret, struct error *error)
{
	int r = crypto_hkdf(
		shared, SPAKE2PLUS_KEY_SIZE, "", PSK_LABEL, ret->psk, sizeof(ret->psk), error);

	if (r == 0)
		r = crypto_hkdf(shared, SPAKE2PLUS_KEY_SIZE, "", WORDS_LABEL, ret->words,
			sizeof(ret->words), error);
	return r;
}

static int foreign_share(struct error *error)
{
	return error_prefix(error, OPENING_E_FOREIGN, "not stprov/v1");
}

/* -- server ---------------------------------------------------------------------------------- */

int opening_server_init(struct opening_server *server, const struct spake2plus_verifier *verifier,
	struct error *error)
{
	memset(server, 0, sizeof(*server));
	server->verifier = verifier;
	int r = random_bytes(server->nonce, sizeof(server->nonce), error);
	if (r == 0)
		r = spake2plus_share_verifier(verifier->w0, &server->share, error);
	if (r == 0)
		r = commit_share(server->nonce, server->share.point, server->commitment, error);
	return r > 0 ? -EIO : r;
}

void opening_server_deinit(struct opening_server *server)
{
	secret_wipe_bytes(server, sizeof(*server));
}

int opening_server_answer(struct opening_server *server, const uint8_t message[OPENING_SHARE_SIZE],
	uint8_t ret_answer[OPENING_ANSWER_SIZE], struct error *error)
{
	const uint8_t *nonce_c = message, *share_p = message + OPENING_NONCE_SIZE;
	struct context context = context_of(nonce_c, server->nonce, server->commitment);
	struct bytes_writer w = bytes_writer(ret_answer, OPENING_ANSWER_SIZE);

	int r = spake2plus_finish_verifier(server->verifier, &identities, context.bytes,
		sizeof(context.bytes), &server->share, share_p, &server->keys, error);
	if (r != 0)
		return r > 0 ? foreign_share(error) : r;
	bytes_write(&w, server->nonce, sizeof(server->nonce));
	bytes_write(&w, server->share.point, sizeof(server->share.point));
	bytes_write(&w, server->keys.confirm_v, sizeof(server->keys.confirm_v));
	return 0;
}

int opening_server_finish(const struct opening_server *server,
	const uint8_t message[OPENING_CONFIRM_SIZE], struct opening_result *ret,
	struct error *error)
{
	if (!spake2plus_confirms(server->keys.confirm_p, message))
		return error_set(error, OPENING_E_CODE, "the client has a different code");
	return derive_result(server->keys.shared, ret, error);
}

/* -- client ---------------------------------------------------------------------------------- */

int opening_client_init(
	struct opening_client *client, const struct spake2plus_prover *prover, struct error *error)
{
	memset(client, 0, sizeof(*client));
	client->prover = prover;
	int r = random_bytes(client->nonce, sizeof(client->nonce), error);
	if (r == 0)
		r = spake2plus_share_prover(prover->w0, &client->share, error);
	return r > 0 ? -EIO : r;
}

void opening_client_deinit(struct opening_client *client)
{
	secret_wipe_bytes(client, sizeof(*client));
}

void opening_client_share(struct opening_client *client,
	const uint8_t commitment[OPENING_COMMITMENT_SIZE], uint8_t ret_share[OPENING_SHARE_SIZE])
{
	struct bytes_writer w = bytes_writer(ret_share, OPENING_SHARE_SIZE);

	memcpy(client->commitment, commitment, sizeof(client->commitment));
	bytes_write(&w, client->nonce, sizeof(client->nonce));
	bytes_write(&w, client->share.point, sizeof(client->share.point));
}

/* A peer that chose its share after seeing ours could search for equal comparison words. */
static int check_commitment(const struct opening_client *client, const uint8_t *nonce_s,
	const uint8_t *share_v, struct error *error)
{
	uint8_t expected[OPENING_COMMITMENT_SIZE];
	int r = commit_share(nonce_s, share_v, expected, error);

	if (r < 0)
		return r;
	if (memcmp(expected, client->commitment, sizeof(expected)) != 0)
		return error_set(error, OPENING_E_FOREIGN,
			"not stprov/v1: what was sent is not what was committed to");
	return 0;
}

static int check_answer(const struct opening_client *client,
	const uint8_t message[OPENING_ANSWER_SIZE], struct spake2plus_keys *keys,
	struct error *error)
{
	const uint8_t *nonce_s = message, *share_v = message + OPENING_NONCE_SIZE;
	const uint8_t *confirm_v = message + OPENING_SHARE_SIZE;
	struct context context = context_of(client->nonce, nonce_s, client->commitment);
	int r = check_commitment(client, nonce_s, share_v, error);

	if (r != 0)
		return r;
	r = spake2plus_finish_prover(client->prover, &identities, context.bytes,
		sizeof(context.bytes), &client->share, share_v, keys, error);
	if (r != 0)
		return r > 0 ? foreign_share(error) : r;
	if (!spake2plus_confirms(keys->confirm_v, confirm_v))
		return error_set(error, OPENING_E_CODE, "the server has a different code");
	return 0;
}

int opening_client_confirm(const struct opening_client *client,
	const uint8_t message[OPENING_ANSWER_SIZE], uint8_t ret_confirm[OPENING_CONFIRM_SIZE],
	struct opening_result *ret, struct error *error)
{
	struct spake2plus_keys keys;
	int r = check_answer(client, message, &keys, error);

	if (r == 0)
		r = derive_result(keys.shared, ret, error);
	if (r == 0)
		memcpy(ret_confirm, keys.confirm_p, OPENING_CONFIRM_SIZE);
	secret_wipe_bytes(&keys, sizeof(keys));
	return r;
}
