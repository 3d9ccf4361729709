/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What follows from the code, computed in a process of its own, so that the monitor, which may
 * wait for hours, does not keep what OpenSSL needs for it: more than half a megabyte.
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
