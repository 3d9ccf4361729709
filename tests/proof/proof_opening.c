/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The opening's steps with any messages of a peer, each of which ends where its memory ends. Keys
 * and hashes are OpenSSL's, in whose place any bytes of their sizes are, or an error.
 */
#include <string.h>

#include "any.h"
#include "base/random.h"
#include "opening/opening.h"

static int any_result(void *out, size_t len)
{
	Frama_C_make_unknown(out, len);
	return Frama_C_interval(-200, 2);
}

int random_bytes(void *buf, size_t len, struct error *error)
{
	return any_result(buf, len);
}

/*@ requires \valid_read((const uint8_t *)data + (0 .. len - 1)); */
int crypto_sha256(
	const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE], struct error *error)
{
	return any_result(out, CRYPTO_SHA256_SIZE);
}

int crypto_hkdf(const void *ikm, size_t ikm_len, const char *salt, const char *info, void *out,
	size_t out_len, struct error *error)
{
	return any_result(out, out_len);
}

void code_normalise(struct secret *code)
{
	code->len = Frama_C_interval(0, SECRET_MAX);
}

int spake2plus_derive(const void *code, size_t len, const struct spake2plus_identities *who,
	const char *salt, struct spake2plus_prover *ret, struct error *error)
{
	return any_result(ret, sizeof(*ret));
}

int spake2plus_register(const struct spake2plus_prover *prover, struct spake2plus_verifier *ret,
	struct error *error)
{
	return any_result(ret, sizeof(*ret));
}

int spake2plus_share_prover(
	const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], struct spake2plus_share *ret, struct error *error)
{
	return any_result(ret, sizeof(*ret));
}

int spake2plus_share_verifier(
	const uint8_t w0[SPAKE2PLUS_SCALAR_SIZE], struct spake2plus_share *ret, struct error *error)
{
	return any_result(ret, sizeof(*ret));
}

/*@ requires \valid_read((const uint8_t *)context + (0 .. context_len - 1));
    requires \valid_read(theirs + (0 .. SPAKE2PLUS_POINT_SIZE - 1)); */
int spake2plus_finish_prover(const struct spake2plus_prover *prover,
	const struct spake2plus_identities *who, const void *context, size_t context_len,
	const struct spake2plus_share *ours, const uint8_t theirs[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_keys *ret, struct error *error)
{
	return any_result(ret, sizeof(*ret));
}

/*@ requires \valid_read((const uint8_t *)context + (0 .. context_len - 1));
    requires \valid_read(theirs + (0 .. SPAKE2PLUS_POINT_SIZE - 1)); */
int spake2plus_finish_verifier(const struct spake2plus_verifier *verifier,
	const struct spake2plus_identities *who, const void *context, size_t context_len,
	const struct spake2plus_share *ours, const uint8_t theirs[SPAKE2PLUS_POINT_SIZE],
	struct spake2plus_keys *ret, struct error *error)
{
	return any_result(ret, sizeof(*ret));
}

/*@ requires \valid_read(expected + (0 .. SPAKE2PLUS_CONFIRM_SIZE - 1));
    requires \valid_read(received + (0 .. SPAKE2PLUS_CONFIRM_SIZE - 1)); */
bool spake2plus_confirms(const uint8_t expected[SPAKE2PLUS_CONFIRM_SIZE],
	const uint8_t received[SPAKE2PLUS_CONFIRM_SIZE])
{
	return any_bool();
}

int main(void)
{
	static struct secret code;
	static struct spake2plus_prover prover;
	static struct spake2plus_verifier verifier;
	static struct opening_server server;
	static struct opening_client client;
	uint8_t share[OPENING_SHARE_SIZE], answer[OPENING_ANSWER_SIZE];
	uint8_t confirm[OPENING_CONFIRM_SIZE];
	struct opening_result result;
	struct error error;

	(void)any_len();
	if (opening_prover(&code, &prover, &error) != 0 ||
		opening_verifier(&code, &verifier, &error) != 0)
		return 1;
	if (any_bool()) {
		if (opening_server_init(&server, &verifier, &error) == 0 &&
			opening_server_answer(
				&server, any_bytes(OPENING_SHARE_SIZE), answer, &error) == 0)
			(void)!opening_server_finish(
				&server, any_bytes(OPENING_CONFIRM_SIZE), &result, &error);
		opening_server_deinit(&server);
		return 0;
	}
	if (opening_client_init(&client, &prover, &error) == 0) {
		opening_client_share(&client, any_bytes(OPENING_COMMITMENT_SIZE), share);
		(void)!opening_client_confirm(
			&client, any_bytes(OPENING_ANSWER_SIZE), confirm, &result, &error);
	}
	opening_client_deinit(&client);
	return 0;
}
