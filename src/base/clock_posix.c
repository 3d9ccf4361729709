/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock for deadlines, by POSIX alone: see clock.h. */
#include <time.h>

#include "base/clock.h"

int64_t clock_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
