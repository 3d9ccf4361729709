/* SPDX-License-Identifier: BSD-2-Clause */
/* The host key, its certificate, and what sshd(8) is told of it. */
#pragma once

#include "host/outcome.h"

/*
 * Installs them. A different key that is there is replaced only if @replace, which also removes the
 * host keys of other types.
 */
void host_apply_key(const struct host_source *source, bool replace, struct host_outcome *outcome);
