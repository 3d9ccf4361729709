/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's side of the opening over a stream. */
#pragma once

#include "base/stream.h"
#include "opening/opening.h"

/* What the opening asks of the process that counts attempts. */
struct opening_ops {
	/* After message 1: whether to go on. 0 or a negative errno with its text. */
	int (*status)(void *context, enum opening_status *ret, struct error *error);
	/*
	 * Before message 4, which lets the peer test one guess: from now on this counts as failed
	 * unless a valid message 5 follows. 0, or what opening_accept() then returns.
	 */
	int (*attempt)(void *context, struct error *error);
};

/*
 * From message 1 to a valid message 5, and not a byte beyond it. @attempt_ms: how long message 5
 * may take after message 4, within the deadline. 0; a positive OPENING_E_; what @ops returned;
 * or a negative errno; with their text. The caller wipes the result.
 */
int opening_accept(struct stream *stream, const struct spake2plus_verifier *verifier,
	const struct opening_ops *ops, void *context, int64_t deadline_ms, int64_t attempt_ms,
	struct opening_result *ret, struct error *error) MUST_CHECK;
