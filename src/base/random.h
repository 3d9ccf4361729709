/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes from the kernel. */
#pragma once

#include "base/error.h"

/*
 * Fills @buf with @len bytes of the kernel's generator (getrandom(2), no flags). Waits until it is
 * seeded, which can take a while on a machine that has just booted. A negative errno
 * with its text if the kernel has no generator.
 */
int random_bytes(void *buf, size_t len, struct error *error) MUST_CHECK;
