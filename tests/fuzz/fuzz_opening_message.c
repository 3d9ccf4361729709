/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each message of v1's opening by itself: the first byte chooses the side that takes it, the rest
 * is the message, filled up with zeros.
 */
#include <string.h>

#include "opening/opening.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct secret code = { .len = 5, .bytes = "bocil" };
static struct spake2plus_prover prover;
static struct spake2plus_verifier verifier;
static struct error error;

/* Message 3 by the server: it is answered or it is foreign; no message 5 fits by chance. */
static void take_share(const uint8_t *message)
{
	_cleanup_opening_server_ struct opening_server server;
	uint8_t answer[OPENING_ANSWER_SIZE];
	struct opening_result result;

	if (opening_server_init(&server, &verifier, &error) < 0)
		abort();
	int r = opening_server_answer(&server, message, answer, &error);
	if (r != 0 && r != OPENING_E_FOREIGN)
		abort();
	if (r == 0 && opening_server_finish(&server, message, &result, &error) != OPENING_E_CODE)
		abort();
}

/* Message 4 by the client. A commitment that fits is computed, or nothing would get further. */
static void take_answer(const uint8_t *message)
{
	static const char label[] = "stprov/v1 commit";
	_cleanup_opening_client_ struct opening_client client;
	uint8_t input[sizeof(label) - 1 + OPENING_SHARE_SIZE], share[OPENING_SHARE_SIZE];
	uint8_t confirm[OPENING_CONFIRM_SIZE], commitment[OPENING_COMMITMENT_SIZE];
	struct opening_result result;

	memcpy(input, label, sizeof(label) - 1);
	memcpy(input + sizeof(label) - 1, message, OPENING_SHARE_SIZE);
	if (opening_client_init(&client, &prover, &error) < 0 ||
		crypto_sha256(input, sizeof(input), commitment, &error) < 0)
		abort();
	opening_client_share(&client, commitment, share);
	int r = opening_client_confirm(&client, message, confirm, &result, &error);
	if (r != OPENING_E_CODE && r != OPENING_E_FOREIGN)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t message[OPENING_ANSWER_SIZE] = { 0 };

	if (verifier.l[0] == 0 && (opening_prover(&code, &prover, &error) < 0 ||
					  opening_verifier(&code, &verifier, &error) < 0))
		abort();
	if (size < 1)
		return 0;
	memcpy(message, data + 1, MIN(size - 1, sizeof(message)));
	if (data[0] & 1)
		take_answer(message);
	else
		take_share(message);
	return 0;
}
