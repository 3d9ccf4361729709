/* SPDX-License-Identifier: BSD-2-Clause */
/* By which link a gateway is reached that may answer on several. */
#pragma once

#include "neighbour/evidence.h"
#include "setup/state.h"

/* Whether the links on which the gateway answered saw different MACs. */
bool setup_is_ambiguous(const struct evidence *evidence);

/*
 * Whether the gateway is reached by the links on which it answered (@evidence, of the considered
 * links), where that is not plain: they saw different MACs; or it is one link, and others that come
 * up later may see another one. Asks each for an ICMP echo from the host's address. Those that get
 * it are then the only ones with evidence, and *ret_confirmed is set; if none gets it, all stays as
 * it is. -EINTR has its text; -EADDRINUSE: another host has the host's address.
 */
int setup_confirm(struct setup *setup, const struct evidence *evidence, bool *ret_confirmed,
	struct error *error) MUST_CHECK;
