/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking who has an address: ARP for IPv4 (RFC 826, RFC 5227), Neighbour Solicitation for IPv6
 * (RFC 4861). Pure: whole Ethernet frames in and out, no socket.
 */
#pragma once

#include "packet/candidate.h"

/* Room for either question. */
#define NEIGHBOUR_ASK_FRAME_MAX 96

/*
 * A question for @target, from @mac, sent to all (ARP) or to the solicited-node multicast group.
 * @source: the address of the one who asks; unset: none yet, which is an ARP probe, or a
 * solicitation from :: without link-layer address option. Of the target's family, or unset.
 * Returns the frame's length, 0 if the families make no question.
 */
size_t neighbour_ask_encode(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[NEIGHBOUR_ASK_FRAME_MAX]);

enum arp_op {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

struct arp {
	enum arp_op op;
	uint8_t sender_mac[NET_MAC_LEN];
	struct net_addr sender; /* unset: a probe */
	uint8_t target_mac[NET_MAC_LEN];
	struct net_addr target;
};

/*
 * An ARP frame for IPv4 over Ethernet, padding behind it allowed. False: malformed, another
 * kind, or from a sender whose MAC is none (zero or a group's).
 */
bool arp_decode(const uint8_t *frame, size_t len, struct arp *ret);

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

/*
 * Whether a frame says that somebody has @target: an ARP reply, or an advertisement.
 * Frames of @mac itself do not count. @ret_mac: who has it.
 */
bool neighbour_ask_is_answer(const uint8_t *frame, size_t len, bool checksum_ready,
	const uint8_t mac[NET_MAC_LEN], const struct net_addr *target,
	uint8_t ret_mac[NET_MAC_LEN]);
