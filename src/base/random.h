/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes from the kernel. */
#pragma once

#include "base/error.h"

/*
 * Fills @buf with @len bytes of the kernel's generator. On Linux that is getrandom(2) without
 * flags, which waits until it is seeded; that can take a while on a machine that has just booted.
 * Elsewhere it is /dev/urandom. A negative errno with its text if the kernel has no generator.
 */
int random_bytes(void *buf, size_t len, struct error *error) MUST_CHECK;
