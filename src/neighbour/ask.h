/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking which host has an address, of either family: by ARP for IPv4 (arp.h), by Neighbour
 * Solicitation for IPv6 (nd.h). Pure: whole Ethernet frames in and out, no socket.
 */
#pragma once

#include "base/macros.h"
#include "neighbour/arp.h"
#include "neighbour/nd.h"

/* Room for either question. */
#define ASK_FRAME_MAX MAX(ARP_FRAME_MAX, ND_FRAME_MAX)

/*
 * A question for @target, from @mac. @source: the address of the one who asks, of the target's
 * family; NULL or family 0: none yet. Returns the frame's length, 0 if the families make no
 * question.
 */
size_t ask_encode(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[ASK_FRAME_MAX]);

/*
 * Whether a frame says that another host has @target: an ARP reply, or an advertisement.
 * Frames of @mac itself do not count. @ret_mac: who has it.
 */
bool ask_is_answer(const uint8_t *frame, size_t len, bool checksum_ready,
	const uint8_t mac[NET_MAC_LEN], const struct net_addr *target,
	uint8_t ret_mac[NET_MAC_LEN]);
