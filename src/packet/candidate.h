/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link that may be chosen, as evidence.h, choose.h and dhcp/client.h see it. Plain data: the
 * code that reads the machine's links fills it in.
 */
#pragma once

#include <net/if.h>

#include "net/addr.h"
#include "net/mac.h"

/* Candidates that are considered at once. */
#define CANDIDATES_MAX 64

struct candidate {
	int index; /* of the interface, > 0 */
	char name[IF_NAMESIZE];
	uint8_t mac[NET_MAC_LEN];
	unsigned speed; /* Mbit/s; 0: unknown */
	bool carrier;
	struct net_addr source; /* to ask from (evidence.h); unset: as a host without address */
	bool evidence;          /* for choose.h: the gateway answered here, or a DHCP server did */
};

/* Whether candidate @a is to be preferred: the faster one, then the one that comes first. */
bool candidate_before(const struct candidate *links, size_t a, size_t b);
