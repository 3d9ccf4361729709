/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side: see client.h. */
#include "opening/client.h"

#include <errno.h>
#include <string.h>

#include "opening/exact.h"

/* The first bytes of TLS records: an alert, a handshake message. */
#define TLS_ALERT 0x15
#define TLS_HANDSHAKE 0x16

static int judge_status(uint8_t status, enum opening_status *ret_status, struct error *error)
{
	static const char *const texts[OPENING_STATUS_N] = {
		[OPENING_BUSY] = "the platform is busy with another client",
		[OPENING_CLOSED] = "the platform closed after too many failed attempts",
		[OPENING_COMMITTED] = "the operator has already committed another client's run",
	};

	if (status == OPENING_GO_ON)
		return 0;
	if (status == TLS_ALERT || status == TLS_HANDSHAKE)
		return error_set(error, OPENING_E_OLD, "TLS came in place of stprov/v1");
	if (status >= OPENING_STATUS_N)
		return error_set(error, OPENING_E_FOREIGN, "not stprov/v1: status 0x%02x", status);
	*ret_status = (enum opening_status)status;
	return error_set(error, OPENING_E_STATUS, "%s", texts[status]);
}

/* Messages 1 and 2. The status decides whether anything follows it. */
static int greet_server(struct stream *stream, int64_t deadline_ms,
	uint8_t commitment[OPENING_COMMITMENT_SIZE], enum opening_status *ret_status,
	struct error *error)
{
	uint8_t status;
	int r = stream->write(stream, OPENING_HELLO, OPENING_HELLO_SIZE, deadline_ms, error);

	/* A server that closes at once may have sent a status before. */
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return r;
	r = opening_read(stream, &status, OPENING_STATUS_SIZE, deadline_ms, error);
	if (r == OPENING_E_CLOSED)
		return OPENING_E_SILENT;
	if (r == 0)
		r = judge_status(status, ret_status, error);
	if (r == 0)
		r = opening_read(stream, commitment, OPENING_COMMITMENT_SIZE, deadline_ms, error);
	return r;
}

/* Messages 3 to 5. */
static int prove_code(struct stream *stream, struct opening_client *client,
	const uint8_t commitment[OPENING_COMMITMENT_SIZE], int64_t deadline_ms,
	struct opening_result *ret, bool *ret_tried, struct error *error)
{
	uint8_t share[OPENING_SHARE_SIZE], answer[OPENING_ANSWER_SIZE];
	uint8_t confirm[OPENING_CONFIRM_SIZE];
	struct opening_result result;

	opening_client_share(client, commitment, share);
	*ret_tried = true;
	int r = stream->write(stream, share, sizeof(share), deadline_ms, error);
	if (r == 0)
		r = opening_read(stream, answer, sizeof(answer), deadline_ms, error);
	if (r == 0)
		r = opening_client_confirm(client, answer, confirm, &result, error);
	if (r != 0)
		return r;
	r = stream->write(stream, confirm, sizeof(confirm), deadline_ms, error);
	if (r == 0)
		*ret = result;
	secret_wipe_bytes(&result, sizeof(result));
	return r;
}

int opening_connect(struct stream *stream, const struct spake2plus_prover *prover,
	int64_t deadline_ms, struct opening_result *ret, struct opening_progress *ret_progress,
	struct error *error)
{
	_cleanup_opening_client_ struct opening_client client;
	uint8_t commitment[OPENING_COMMITMENT_SIZE];

	*ret_progress = (struct opening_progress){ .status = OPENING_GO_ON };
	int r = opening_client_init(&client, prover, error);
	if (r == 0)
		r = greet_server(stream, deadline_ms, commitment, &ret_progress->status, error);
	if (r == 0)
		r = prove_code(
			stream, &client, commitment, deadline_ms, ret, &ret_progress->tried, error);
	/* Writing to a peer that has gone. */
	return r == -EPIPE || r == -ECONNRESET ? OPENING_E_CLOSED : r;
}
