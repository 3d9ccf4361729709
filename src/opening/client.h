/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of the opening over a stream. */
#pragma once

#include "base/stream.h"
#include "opening/opening.h"

/* How far the opening came; filled in whatever its result is. */
struct opening_progress {
	enum opening_status status; /* of message 2; OPENING_GO_ON if none came */
	/*
	 * Message 3 may have been sent: the platform counts an attempt. To begin again on another
	 * connection would let it try how the laptop's words come out.
	 */
	bool tried;
};

/*
 * From message 1 to message 5, after which TLS begins on the same connection. 0; a positive
 * OPENING_E_; or a negative errno (-ETIMEDOUT); with their text. The caller wipes the result.
 */
int opening_connect(struct stream *stream, const struct spake2plus_prover *prover,
	int64_t deadline_ms, struct opening_result *ret, struct opening_progress *ret_progress,
	struct error *error) MUST_CHECK;
