/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Neighbour Solicitations and Advertisements for IPv6 (RFC 4861). Pure: whole Ethernet frames in
 * and out, no socket.
 */
#pragma once

#include "net/addr.h"
#include "net/mac.h"

/* Room for a solicitation: the headers of Ethernet and IPv6, the message, one option. */
#define ND_FRAME_MAX 86

/*
 * A solicitation for @target (IPv6) from @mac, to the target's solicited-node multicast group.
 * @source: the sender's address; family 0: it has none yet, so it is sent from :: and without
 * link-layer address option (RFC 4861 section 4.3). Returns the frame's length.
 */
size_t nd_encode_solicit(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[ND_FRAME_MAX]);

struct nd_advert {
	struct net_addr target;
	uint8_t mac[NET_MAC_LEN]; /* by its option, else of the Ethernet header */
	bool router, solicited, override;
};

/*
 * A Neighbour Advertisement with every check of RFC 4861 section 7.1.2 (hop limit, checksum,
 * code, lengths, target, options). @checksum_ready: false leaves out the checksum (packet.h).
 */
bool nd_decode(const uint8_t *frame, size_t len, bool checksum_ready, struct nd_advert *ret);

/* Who asks: the source, an address, and the frame's MAC. */
struct nd_solicit {
	struct net_addr source;
	uint8_t mac[NET_MAC_LEN];
};

/*
 * A Neighbour Solicitation with the checks of RFC 4861 section 7.1.1, from a host that has an
 * address: not duplicate address detection, which comes from ::.
 */
bool nd_decode_solicit(const uint8_t *frame, size_t len, bool checksum_ready,
	struct net_addr *ret_target, struct nd_solicit *ret);
/* The answer that @mac has @target. Returns the frame's length. */
size_t nd_encode_advert(const uint8_t mac[NET_MAC_LEN], const struct net_addr *target,
	const struct nd_solicit *solicit, uint8_t out[ND_FRAME_MAX]);
