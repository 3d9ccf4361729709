/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP for IPv4 over Ethernet: see arp.h. The other half, Neighbour Discovery, is nd.c. */
#include "neighbour/arp.h"

#include "neighbour/nd.h"
#include "packet/frame.h"

/* RFC 826: Ethernet, IPv4, and the lengths of their addresses. */
#define ARP_KIND 0x00010800U
#define ARP_LENGTHS 0x0604

static size_t arp_encode(const uint8_t *mac, const struct net_addr *source,
	const struct net_addr *target, uint8_t *out)
{
	static const uint8_t nobody[NET_MAC_LEN];
	struct bytes_writer w = bytes_writer(out, NEIGHBOUR_ASK_FRAME_MAX);

	frame_write_header(&w, frame_broadcast, mac, FRAME_ARP);
	bytes_write_be32(&w, ARP_KIND);
	bytes_write_be16(&w, ARP_LENGTHS);
	bytes_write_be16(&w, ARP_REQUEST);
	bytes_write(&w, mac, NET_MAC_LEN);
	bytes_write(&w, source->bytes, 4);
	bytes_write(&w, nobody, sizeof(nobody));
	bytes_write(&w, target->bytes, 4);
	return w.len;
}

bool arp_decode(const uint8_t *frame, size_t len, struct arp *ret)
{
	struct bytes_reader r = bytes_reader(frame, len);
	uint8_t from[NET_MAC_LEN];
	struct arp arp;

	if (!frame_read_header(&r, FRAME_ARP, from) || bytes_read_be32(&r) != ARP_KIND ||
		bytes_read_be16(&r) != ARP_LENGTHS)
		return false;
	uint16_t op = bytes_read_be16(&r);
	bytes_read(&r, arp.sender_mac, sizeof(arp.sender_mac));
	arp.sender = frame_read_ipv4(&r);
	bytes_read(&r, arp.target_mac, sizeof(arp.target_mac));
	arp.target = frame_read_ipv4(&r);
	/* Ethernet frames are padded to 60 bytes, so what follows means nothing. */
	if (!bytes_reader_ok(&r) || (op != ARP_REQUEST && op != ARP_REPLY) ||
		!net_mac_is_unicast(arp.sender_mac))
		return false;
	arp.op = op;
	*ret = arp;
	return true;
}

size_t neighbour_ask_encode(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[NEIGHBOUR_ASK_FRAME_MAX])
{
	static const struct net_addr none = { .family = 0 };

	if (!source || source->family == 0)
		source = &none;
	else if (source->family != target->family)
		return 0;
	if (target->family == 4)
		return arp_encode(mac, source, target, out);
	if (target->family == 6)
		return nd_encode_solicit(mac, source, target, out);
	return 0;
}

/* The same address, whatever its scope: on the wire there is none. */
static bool same(const struct net_addr *a, const struct net_addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool neighbour_ask_is_answer(const uint8_t *frame, size_t len, bool checksum_ready,
	const uint8_t mac[NET_MAC_LEN], const struct net_addr *target, uint8_t ret_mac[NET_MAC_LEN])
{
	struct arp arp;
	struct nd_advert advert;
	const uint8_t *who;

	if (target->family == 4) {
		if (!arp_decode(frame, len, &arp) || arp.op != ARP_REPLY ||
			!same(&arp.sender, target))
			return false;
		who = arp.sender_mac;
	} else {
		if (!nd_decode(frame, len, checksum_ready, &advert) ||
			!same(&advert.target, target))
			return false;
		who = advert.mac;
	}
	if (net_mac_equal(who, mac))
		return false;
	memcpy(ret_mac, who, NET_MAC_LEN);
	return true;
}
