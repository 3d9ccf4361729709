/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of the opening over a stream. */
#pragma once

#include "base/stream.h"
#include "opening/opening.h"

/*
 * From message 1 to message 5, after which TLS begins on the same connection. 0; a positive
 * OPENING_E_; or a negative errno (-ETIMEDOUT); with their text. @ret_status: set with
 * OPENING_E_STATUS. The caller wipes the result.
 */
int opening_connect(struct stream *stream, const struct spake2plus_prover *prover,
	int64_t deadline_ms, struct opening_result *ret, enum opening_status *ret_status,
	struct error *error) MUST_CHECK;
