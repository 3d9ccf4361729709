/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Ethernet, IPv4 and UDP headers around a DHCPv4 message (RFC 791, RFC 768), for a client that
 * has no address yet. Pure.
 */
#pragma once

#include "dhcp/message.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68

/* Headers before the message: Ethernet 14, IPv4 20, UDP 8. */
#define DHCP_HEADERS_LEN 42
#define DHCP_PACKET_MAX (DHCP_HEADERS_LEN + DHCP_MESSAGE_MAX)

/*
 * A broadcast frame from @mac, 0.0.0.0 port 68 to 255.255.255.255 port 67. Returns its length, 0
 * if the message is too long; @out has room for DHCP_PACKET_MAX.
 */
size_t dhcp_packet_encode(
	const uint8_t mac[NET_MAC_LEN], const uint8_t *message, size_t len, uint8_t *out);

/*
 * Whether a frame is one that dhcp_packet_encode() makes for this MAC, with a client's message
 * about the same MAC in it: what a process without privileges may have sent. NULL, or what is
 * wrong.
 */
const char *dhcp_packet_check(const uint8_t *frame, size_t len, const uint8_t mac[NET_MAC_LEN]);

/*
 * Finds the message in a frame. Checked: lengths, header checksum, no fragment, UDP, port 68, UDP
 * checksum (where there is one and @checksum_ready). NULL: not one. @ret_len: its length.
 */
const uint8_t *dhcp_packet_decode(
	const uint8_t *frame, size_t len, bool checksum_ready, size_t *ret_len);
