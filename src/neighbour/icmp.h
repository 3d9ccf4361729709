/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP echo over Ethernet, of either family (RFC 792, RFC 4443 section 4). Pure: whole Ethernet
 * frames in and out, no socket.
 */
#pragma once

#include "net/addr.h"
#include "net/mac.h"

/* Room for a request: the headers of Ethernet, IPv6 and ICMP, and the number. */
#define ICMP_FRAME_MAX 70

struct icmp_echo {
	struct net_addr from, to;
	uint16_t id, sequence;
	uint64_t number; /* the data: random, so that only an answer has it */
};

/*
 * A request from @mac to @to_mac, whose addresses are of one family. Returns the frame's length.
 */
size_t icmp_encode_request(const struct icmp_echo *echo, const uint8_t mac[NET_MAC_LEN],
	const uint8_t to_mac[NET_MAC_LEN], uint8_t out[ICMP_FRAME_MAX]);

/*
 * An echo reply with eight bytes of data. Checked: lengths, header checksum, no fragment, code, the
 * message's checksum (where @checksum_ready, packet.h). False: not one.
 */
bool icmp_decode_reply(
	const uint8_t *frame, size_t len, bool checksum_ready, struct icmp_echo *ret);

/* Over the pseudo header of RFC 8200 section 8.1 and the ICMPv6 message; 0 if it contains a right
 * checksum. */
uint16_t icmp6_checksum(
	const uint8_t *source, const uint8_t *destination, const uint8_t *message, size_t len);
