/* Candidates: see candidate.h. */
#include "net/candidate.h"

#include <stdio.h>

bool net_candidate_before(const struct net_candidate *links, size_t a, size_t b)
{
	if (links[a].speed != links[b].speed)
		return links[a].speed > links[b].speed;
	return a < b;
}

void net_candidate_format_mac(const uint8_t mac[NET_CANDIDATE_MAC_LEN],
	char out[NET_CANDIDATE_MAC_TEXT])
{
	snprintf(out, NET_CANDIDATE_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		mac[2], mac[3], mac[4], mac[5]);
}
