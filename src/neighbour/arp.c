/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP for IPv4 over Ethernet: see arp.h. */
#include "neighbour/arp.h"

#include "packet/frame.h"

/* RFC 826: Ethernet, IPv4, and the lengths of their addresses. */
#define ARP_KIND 0x00010800U
#define ARP_LENGTHS 0x0604

static size_t encode_arp(const uint8_t mac[NET_MAC_LEN], const uint8_t *to, const struct arp *arp,
	uint8_t out[ARP_FRAME_MAX])
{
	struct bytes_writer w = bytes_writer(out, ARP_FRAME_MAX);

	frame_write_header(&w, to, mac, FRAME_ARP);
	bytes_write_be32(&w, ARP_KIND);
	bytes_write_be16(&w, ARP_LENGTHS);
	bytes_write_be16(&w, (uint16_t)arp->op);
	bytes_write(&w, mac, NET_MAC_LEN);
	bytes_write(&w, arp->sender.bytes, 4);
	bytes_write(&w, arp->target_mac, NET_MAC_LEN);
	bytes_write(&w, arp->target.bytes, 4);
	return w.len;
}

size_t arp_encode_request(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[ARP_FRAME_MAX])
{
	assert(target->family == 4 && (source->family == 0 || source->family == 4));
	const struct arp arp = { .op = ARP_REQUEST, .sender = *source, .target = *target };

	return encode_arp(mac, frame_broadcast, &arp, out);
}

size_t arp_encode_reply(
	const uint8_t mac[NET_MAC_LEN], const struct arp *request, uint8_t out[ARP_FRAME_MAX])
{
	struct arp arp = { .op = ARP_REPLY, .sender = request->target, .target = request->sender };

	memcpy(arp.target_mac, request->sender_mac, NET_MAC_LEN);
	return encode_arp(mac, request->sender_mac, &arp, out);
}

bool arp_decode(const uint8_t *frame, size_t len, struct arp *ret)
{
	struct bytes_reader r = bytes_reader(frame, len);
	struct arp arp;

	if (!frame_read_header(&r, FRAME_ARP, arp.frame_mac) || bytes_read_be32(&r) != ARP_KIND ||
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
	/* The header was there. */
	arp.broadcast = net_mac_equal(frame, frame_broadcast);
	*ret = arp;
	return true;
}
