/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator is to type on the laptop, once the service listens. */
#pragma once

#include "console/journal.h"
#include "net/own_addrs.h"
#include "service/monitor_config.h"

/*
 * The addresses at which a client that is allowed can reach the service: their number. @error: has
 * a text if they could not be read.
 */
size_t invite_addresses(const struct monitor_config *config,
	struct net_addr addresses[NET_OWN_ADDRS_MAX], struct error *error);

/* Logs the code, if it was made here, and the command for each address; warns of a weak one. */
void invite_show(const struct monitor_config *config, struct journal *journal);
