/* SPDX-License-Identifier: BSD-2-Clause */
/* arp.h's half for IPv6, which neighbour_ask_encode() calls. Not for other folders. */
#pragma once

#include "neighbour/arp.h"

size_t nd_encode_solicit(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t *out);
