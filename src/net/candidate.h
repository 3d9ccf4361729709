/*
 * A link that may be chosen, as evidence.h, choose.h and dhcp_client.h see it; and what those that
 * wait have in common. Plain data: whoever looks at the machine's links fills it in.
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

/*
 * What functions that wait heed besides their own affair. All of it is borrowed and optional:
 * begin with NET_WAIT_INIT.
 */
struct net_wait {
	int interrupt_fd; /* readable: stop with -EINTR (it is not read); -1: none */

	/*
	 * Carriers that come and go: when @carrier_fd is readable, @carrier reads what is there and
	 * sets links[i].carrier. A link that gets carrier is asked at once. 0, or a negative errno
	 * with its text, which ends the wait.
	 */
	int carrier_fd; /* -1: none */
	int (*carrier)(void *context, struct net_candidate *links, size_t n, struct error *error);

	/* Called when it begins and each second: milliseconds that are left. NULL: not. */
	void (*tick)(void *context, int64_t left_ms);

	void *context; /* of both functions */
};

#define NET_WAIT_INIT ((struct net_wait){ .interrupt_fd = -1, .carrier_fd = -1 })
