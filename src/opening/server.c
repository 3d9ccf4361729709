/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's side: see server.h. */
#include "opening/server.h"

#include <string.h>

#include "base/clock.h"
#include "opening/exact.h"

/* Messages 1 and 2. */
static int greet_client(struct stream *stream, const struct opening_server *server,
	const struct opening_ops *ops, void *context, int64_t deadline_ms, struct error *error)
{
	uint8_t hello[OPENING_HELLO_SIZE];
	uint8_t offer[OPENING_STATUS_SIZE + OPENING_COMMITMENT_SIZE];
	enum opening_status status = OPENING_BUSY;

	int r = opening_read(stream, hello, sizeof(hello), deadline_ms, error);
	if (r != 0)
		return r;
	if (memcmp(hello, OPENING_HELLO, sizeof(hello)) != 0)
		return error_set(error, OPENING_E_FOREIGN, "not a client of stprov");
	r = ops->status(context, &status, error);
	if (r != 0)
		return r;
	offer[0] = (uint8_t)status;
	memcpy(offer + OPENING_STATUS_SIZE, server->commitment, OPENING_COMMITMENT_SIZE);
	r = stream->write(stream, offer,
		status == OPENING_GO_ON ? sizeof(offer) : OPENING_STATUS_SIZE, deadline_ms, error);
	if (r == 0 && status != OPENING_GO_ON)
		return error_set(error, OPENING_E_REFUSED, "turned away with status %d", status);
	return r;
}

/* Messages 3 to 5. A message that can be refused without an answer does not use up an attempt. */
static int verify_client(struct stream *stream, struct opening_server *server,
	const struct opening_ops *ops, void *context, int64_t deadline_ms, int64_t attempt_ms,
	struct opening_result *ret, struct error *error)
{
	uint8_t share[OPENING_SHARE_SIZE], answer[OPENING_ANSWER_SIZE];
	uint8_t confirm[OPENING_CONFIRM_SIZE];

	int r = opening_read(stream, share, sizeof(share), deadline_ms, error);
	if (r == 0)
		r = opening_server_answer(server, share, answer, error);
	if (r == 0)
		r = ops->attempt(context, error);
	if (r != 0)
		return r;
	deadline_ms = MIN(deadline_ms, clock_now_ms() + attempt_ms);
	r = stream->write(stream, answer, sizeof(answer), deadline_ms, error);
	if (r == 0)
		r = opening_read(stream, confirm, sizeof(confirm), deadline_ms, error);
	return r == 0 ? opening_server_finish(server, confirm, ret, error) : r;
}

int opening_accept(struct stream *stream, const struct spake2plus_verifier *verifier,
	const struct opening_ops *ops, void *context, int64_t deadline_ms, int64_t attempt_ms,
	struct opening_result *ret, struct error *error)
{
	_cleanup_opening_server_ struct opening_server server;

	int r = opening_server_init(&server, verifier, error);
	if (r == 0)
		r = greet_client(stream, &server, ops, context, deadline_ms, error);
	if (r == 0)
		r = verify_client(
			stream, &server, ops, context, deadline_ms, attempt_ms, ret, error);
	return r;
}
