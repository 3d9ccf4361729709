/* SPDX-License-Identifier: BSD-2-Clause */
/* The interval of --validity, as ssh-keygen(1) -V has it. Pure. Inside `stprov local` only. */
#pragma once

#include <stdint.h>

#include "base/macros.h"

struct validity {
	uint64_t from, to; /* seconds since 1970; to UINT64_MAX: for ever */
};

/*
 * `+52w` from @now_s on, or `FROM:TO`; each of these is `+1d` or `-1d` (units s m h d w) beside
 * @now_s, YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS in local time or with Z in UTC, a number after
 * 0x, or `always` and `forever`. -EINVAL: another form, or nothing between from and to.
 */
int validity_parse(const char *text, int64_t now_s, struct validity *ret) MUST_CHECK;
