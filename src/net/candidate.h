/*
 * A link that may be chosen, as evidence.h, choose.h and dhcp_client.h see it. Plain data: whoever
 * looks at the machine's links fills it in.
 */
#pragma once

#include <net/if.h>

#include "net/addr.h"

/* Candidates that are considered at once. */
#define NET_CANDIDATES_MAX 64

/* Bytes of an Ethernet address, and of its text `02:00:5e:10:00:01` with NUL. */
#define NET_CANDIDATE_MAC_LEN 6
#define NET_CANDIDATE_MAC_TEXT 18

struct net_candidate {
	int index; /* of the interface, > 0 */
	char name[IF_NAMESIZE];
	uint8_t mac[NET_CANDIDATE_MAC_LEN];
	unsigned speed; /* Mbit/s; 0: unknown */
	bool carrier;
	struct net_addr source; /* to ask from (evidence.h); unset: as somebody without address */
	bool evidence;          /* for choose.h: the gateway answered here, or a DHCP server did */
};

/* Whether candidate @a is to be preferred: the faster one, then the one that comes first. */
bool net_candidate_before(const struct net_candidate *links, size_t a, size_t b);

void net_candidate_format_mac(const uint8_t mac[NET_CANDIDATE_MAC_LEN],
	char out[NET_CANDIDATE_MAC_TEXT]);
