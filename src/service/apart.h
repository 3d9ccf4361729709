/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Derives keys from the code in a child process. OpenSSL needs more than half a megabyte for that,
 * which the monitor, which may wait for hours, does not keep.
 */
#pragma once

#include <stdbool.h>

#include "opening/opening.h"

/* The caller wipes it. */
struct apart_keys {
	struct spake2plus_verifier verifier;
	struct secret basic, seed; /* v0.0.1's, as of otp_derive(), if asked for */
};

/* opening_verifier() and, with @compat, otp_derive(). The process has ended when this returns. */
int apart_derive(const struct secret *code, bool compat, struct apart_keys *ret,
	struct error *error) MUST_CHECK;
