/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP for IPv4 over Ethernet (RFC 826). Pure: whole Ethernet frames in and out, no socket. */
#pragma once

#include "net/addr.h"
#include "net/mac.h"

/* Room for a request: the Ethernet header and RFC 826's 28 bytes. */
#define ARP_FRAME_MAX 42

/*
 * A request for @target (IPv4) from @mac, to all. @source: the sender's address; family 0: it has
 * none yet, which makes it a probe (RFC 5227). Returns the frame's length.
 */
size_t arp_encode_request(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[ARP_FRAME_MAX]);

enum arp_op {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

struct arp {
	bool broadcast;                 /* the frame was to all */
	uint8_t frame_mac[NET_MAC_LEN]; /* the frame's source; a host's own packets have it twice */
	enum arp_op op;
	uint8_t sender_mac[NET_MAC_LEN];
	struct net_addr sender; /* unset: a probe */
	uint8_t target_mac[NET_MAC_LEN];
	struct net_addr target;
};

/*
 * An ARP frame for IPv4 over Ethernet, padding after it allowed. False: malformed, another
 * kind, or from a sender whose MAC is not a host's (zero or a group's).
 */
bool arp_decode(const uint8_t *frame, size_t len, struct arp *ret);

/* The answer to @request: @mac has the address. Returns the frame's length. */
size_t arp_encode_reply(
	const uint8_t mac[NET_MAC_LEN], const struct arp *request, uint8_t out[ARP_FRAME_MAX]);
