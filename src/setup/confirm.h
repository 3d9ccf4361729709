/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a gateway answers on several links in different names: by which link it is reached. */
#pragma once

#include "neighbour/evidence.h"
#include "setup/state.h"

/*
 * If the links on which the gateway answered (@evidence, of the considered links) saw different
 * MACs, asks each for an ICMP echo from the host's address. Those that get it are then the only
 * ones with evidence, and *ret_confirmed is set. 0 also if none gets it: then all stays as it is.
 * -EINTR has its text; -EADDRINUSE: another host has the host's address, and no link was found.
 */
int setup_confirm(struct setup *setup, const struct evidence *evidence, bool *ret_confirmed,
	struct error *error) MUST_CHECK;
