/*
 * Asking who has an address: ARP for IPv4 (RFC 826, RFC 5227), Neighbour Solicitation for IPv6
 * (RFC 4861). Pure: whole Ethernet frames in and out, no socket.
 */
#pragma once

#include "net/candidate.h"

/* Room for either question. */
#define NET_ASK_FRAME_MAX 96

/*
 * A question for @target, from @mac, sent to all (ARP) or to the solicited-node multicast group.
 * @source: the address of the one who asks; unset: none yet, which is an ARP probe, or a
 * solicitation from :: without link-layer address option. Of the target's family, or unset.
 * Returns the frame's length, 0 if the families make no question.
 */
size_t net_ask_encode(const uint8_t mac[NET_CANDIDATE_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[NET_ASK_FRAME_MAX]);

enum net_arp_op {
	NET_ARP_REQUEST = 1,
	NET_ARP_REPLY = 2,
};

struct net_arp {
	enum net_arp_op op;
	uint8_t sender_mac[NET_CANDIDATE_MAC_LEN];
	struct net_addr sender; /* unset: a probe */
	uint8_t target_mac[NET_CANDIDATE_MAC_LEN];
	struct net_addr target;
};

/*
 * An ARP frame for IPv4 over Ethernet, padding behind it allowed. False: malformed, another
 * kind, or from a sender whose MAC is none (zero or a group's).
 */
bool net_arp_decode(const uint8_t *frame, size_t len, struct net_arp *ret);

struct net_nd_advert {
	struct net_addr target;
	uint8_t mac[NET_CANDIDATE_MAC_LEN]; /* by its option, else of the Ethernet header */
	bool router, solicited, override;
};

/*
 * A Neighbour Advertisement with every check of RFC 4861 section 7.1.2 (hop limit, checksum,
 * code, lengths, target, options). @checksum_ready: false leaves out the checksum (packet.h).
 */
bool net_nd_decode(const uint8_t *frame, size_t len, bool checksum_ready,
	struct net_nd_advert *ret);

/*
 * Whether a frame says that somebody has @target: an ARP reply, or an advertisement.
 * Frames of @mac itself do not count. @ret_mac: who has it.
 */
bool net_ask_is_answer(const uint8_t *frame, size_t len, bool checksum_ready,
	const uint8_t mac[NET_CANDIDATE_MAC_LEN], const struct net_addr *target,
	uint8_t ret_mac[NET_CANDIDATE_MAC_LEN]);
