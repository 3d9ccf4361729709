/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking which host has an address: see ask.h. */
#include "neighbour/ask.h"

#include <string.h>

size_t ask_encode(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[ASK_FRAME_MAX])
{
	static const struct net_addr none = { .family = 0 };

	if (!source || source->family == 0)
		source = &none;
	else if (source->family != target->family)
		return 0;
	if (target->family == 4)
		return arp_encode_request(mac, source, target, out);
	if (target->family == 6)
		return nd_encode_solicit(mac, source, target, out);
	return 0;
}

/* The same address, whatever its scope: on the wire there is none. */
static bool is_same_address(const struct net_addr *a, const struct net_addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool ask_is_answer(const uint8_t *frame, size_t len, bool checksum_ready,
	const uint8_t mac[NET_MAC_LEN], const struct net_addr *target, uint8_t ret_mac[NET_MAC_LEN])
{
	struct arp arp;
	struct nd_advert advert;
	const uint8_t *who;

	if (target->family == 4) {
		if (!arp_decode(frame, len, &arp) || arp.op != ARP_REPLY ||
			!is_same_address(&arp.sender, target))
			return false;
		who = arp.sender_mac;
	} else {
		if (!nd_decode(frame, len, checksum_ready, &advert) ||
			!is_same_address(&advert.target, target))
			return false;
		who = advert.mac;
	}
	if (net_mac_equal(who, mac))
		return false;
	memcpy(ret_mac, who, NET_MAC_LEN);
	return true;
}
