/* SPDX-License-Identifier: BSD-2-Clause */
/* The signals that ask a command to stop, as a descriptor: looked at when it suits. */
#pragma once

#include "base/error.h"

/*
 * Blocks SIGINT, SIGTERM, SIGHUP and SIGQUIT, so that none cuts a change in half, and opens a
 * descriptor (signalfd(2), non-blocking) that is readable when one came. The caller closes it.
 */
int signals_open(int *ret_fd, struct error *error) MUST_CHECK;
