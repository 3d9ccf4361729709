/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From -i to a connection: each address of the platform in turn, again while --wait lasts, and v1's
 * opening on it. Inside `stprov local run` only.
 */
#pragma once

#include "local/run.h"
#include "opening/opening.h"

/*
 * Connects. run->address and run->endpoint are then those of the connection. @ret_fd: the
 * caller closes it. A negative errno or positive result of what failed, with its text.
 */
int reach_v0(struct run *run, int *ret_fd, struct error *error) MUST_CHECK;
/*
 * The same, and the opening. Once the code was tried on a connection there is no other: the
 * platform, or who pretends to be it, gets one guess and one pair of words. @ret: the caller wipes
 * it.
 */
int reach_v1(
	struct run *run, int *ret_fd, struct opening_result *ret, struct error *error) MUST_CHECK;
