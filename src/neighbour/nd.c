/* SPDX-License-Identifier: BSD-2-Clause */
/* Neighbour Solicitations and Advertisements (RFC 4861): see nd.h. */
#include "neighbour/nd.h"

#include "neighbour/icmp.h"
#include "packet/frame.h"

#define IPV6_VERSION 6
#define IPV6_HEADER_LEN 40
#define IPV6_ICMP 58
/* No host outside the link can send it: every router takes one off. */
#define ND_HOP_LIMIT 255
#define ND_SOLICIT 135
#define ND_ADVERT 136
/* Type to target, without options. */
#define ND_LEN 24
/* Options are counted in units of 8 bytes. */
#define ND_OPTION_UNIT 8
#define ND_OPTION_SOURCE 1
#define ND_OPTION_TARGET 2
#define ND_FLAG_ROUTER 0x80
#define ND_FLAG_SOLICITED 0x40
#define ND_FLAG_OVERRIDE 0x20

size_t nd_encode_solicit(const uint8_t mac[NET_MAC_LEN], const struct net_addr *source,
	const struct net_addr *target, uint8_t out[ND_FRAME_MAX])
{
	assert(target->family == 6 && (source->family == 0 || source->family == 6));
	/* RFC 4291 section 2.7.1: ff02::1:ffXX:XXXX; RFC 2464 section 7: its MAC. */
	const uint8_t *low = target->bytes + 13;
	const uint8_t group[16] = { 0xff, 0x02, [11] = 0x01, 0xff, low[0], low[1], low[2] };
	const uint8_t to[NET_MAC_LEN] = { 0x33, 0x33, 0xff, low[0], low[1], low[2] };
	struct bytes_writer w = bytes_writer(out, ND_FRAME_MAX);
	/* Not from the unspecified address (RFC 4861 section 4.3). */
	size_t option_len = source->family == 6 ? ND_OPTION_UNIT : 0;

	frame_write_header(&w, to, mac, FRAME_IPV6);
	bytes_write_be32(&w, IPV6_VERSION << 28);
	bytes_write_be16(&w, (uint16_t)(ND_LEN + option_len));
	bytes_write_u8(&w, IPV6_ICMP);
	bytes_write_u8(&w, ND_HOP_LIMIT);
	bytes_write(&w, source->bytes, 16);
	bytes_write(&w, group, sizeof(group));
	uint8_t *message = out + w.len;
	bytes_write_be32(&w, (uint32_t)ND_SOLICIT << 24);
	bytes_write_be32(&w, 0);
	bytes_write(&w, target->bytes, 16);
	if (option_len > 0) {
		bytes_write_u8(&w, ND_OPTION_SOURCE);
		bytes_write_u8(&w, 1);
		bytes_write(&w, mac, NET_MAC_LEN);
	}
	uint16_t sum = icmp6_checksum(source->bytes, group, message, ND_LEN + option_len);
	message[2] = (uint8_t)(sum >> 8);
	message[3] = (uint8_t)sum;
	return w.len;
}

size_t nd_encode_advert(const uint8_t mac[NET_MAC_LEN], const struct net_addr *target,
	const struct nd_solicit *solicit, uint8_t out[ND_FRAME_MAX])
{
	assert(target->family == 6 && solicit->source.family == 6);
	struct bytes_writer w = bytes_writer(out, ND_FRAME_MAX);

	frame_write_header(&w, solicit->mac, mac, FRAME_IPV6);
	bytes_write_be32(&w, (uint32_t)IPV6_VERSION << 28);
	bytes_write_be16(&w, ND_LEN + ND_OPTION_UNIT);
	bytes_write_u8(&w, IPV6_ICMP);
	bytes_write_u8(&w, ND_HOP_LIMIT);
	bytes_write(&w, target->bytes, 16);
	bytes_write(&w, solicit->source.bytes, 16);
	uint8_t *message = out + w.len;
	bytes_write_be32(&w, (uint32_t)ND_ADVERT << 24);
	bytes_write_be32(&w, (uint32_t)(ND_FLAG_SOLICITED | ND_FLAG_OVERRIDE) << 24);
	bytes_write(&w, target->bytes, 16);
	bytes_write_u8(&w, ND_OPTION_TARGET);
	bytes_write_u8(&w, 1);
	bytes_write(&w, mac, NET_MAC_LEN);
	uint16_t sum = icmp6_checksum(
		target->bytes, solicit->source.bytes, message, ND_LEN + ND_OPTION_UNIT);
	message[2] = (uint8_t)(sum >> 8);
	message[3] = (uint8_t)sum;
	return w.len;
}

static bool is_multicast(const uint8_t *bytes)
{
	return bytes[0] == 0xff;
}

static bool is_unspecified(const uint8_t *bytes)
{
	static const uint8_t zero[16];

	return memcmp(bytes, zero, sizeof(zero)) == 0;
}

/* The options after the target; the MAC in the target's option, where there is one. */
static bool read_options(struct bytes_reader *r, uint8_t mac[NET_MAC_LEN])
{
	while (bytes_reader_ok(r) && bytes_left(r) > 0) {
		uint8_t type = bytes_read_u8(r);
		size_t len = bytes_read_u8(r) * (size_t)ND_OPTION_UNIT;
		if (len == 0)
			return false;
		const uint8_t *body = bytes_view(r, len - 2);
		if (body && type == ND_OPTION_TARGET) {
			if (len != ND_OPTION_UNIT)
				return false;
			memcpy(mac, body, NET_MAC_LEN);
		}
	}
	return bytes_reader_ok(r);
}

/*
 * The ICMPv6 message in an IPv6 packet, all of it there; what is after it is padding. A reader that
 * failed if the packet is another one.
 */
static struct bytes_reader read_icmp6(struct bytes_reader *r, bool checksum_ready,
	uint8_t ret_source[16], uint8_t ret_destination[16])
{
	uint32_t version = bytes_read_be32(r) >> 28;
	size_t len = bytes_read_be16(r);
	uint8_t next = bytes_read_u8(r), hops = bytes_read_u8(r);

	bytes_read(r, ret_source, 16);
	bytes_read(r, ret_destination, 16);
	r->failed |= version != IPV6_VERSION || next != IPV6_ICMP || hops != ND_HOP_LIMIT ||
		     is_multicast(ret_source) || is_unspecified(ret_source) || len > bytes_left(r);
	if (r->failed)
		return *r;
	const uint8_t *message = bytes_view(r, len);
	if (!message || (checksum_ready &&
				icmp6_checksum(ret_source, ret_destination, message, len) != 0)) {
		r->failed = true;
		return *r;
	}
	return bytes_reader(message, len);
}

bool nd_decode(const uint8_t *frame, size_t len, bool checksum_ready, struct nd_advert *ret)
{
	struct bytes_reader r = bytes_reader(frame, len);
	struct nd_advert advert = { .target = { .family = 6 } };
	uint8_t source[16], destination[16];

	if (!frame_read_header(&r, FRAME_IPV6, advert.mac))
		return false;
	r = read_icmp6(&r, checksum_ready, source, destination);
	uint8_t type = bytes_read_u8(&r), code = bytes_read_u8(&r);
	bytes_read_be16(&r);
	uint32_t flags = bytes_read_be32(&r) >> 24;
	bytes_read(&r, advert.target.bytes, 16);
	if (type != ND_ADVERT || code != 0 || !read_options(&r, advert.mac) ||
		is_multicast(advert.target.bytes) || is_unspecified(advert.target.bytes) ||
		!net_mac_is_unicast(advert.mac))
		return false;
	if (is_multicast(destination) && (flags & ND_FLAG_SOLICITED))
		return false;
	advert.router = flags & ND_FLAG_ROUTER;
	advert.solicited = flags & ND_FLAG_SOLICITED;
	advert.override = flags & ND_FLAG_OVERRIDE;
	*ret = advert;
	return true;
}

bool nd_decode_solicit(const uint8_t *frame, size_t len, bool checksum_ready,
	struct net_addr *ret_target, struct nd_solicit *ret)
{
	struct bytes_reader r = bytes_reader(frame, len);
	struct nd_solicit solicit = { .source = { .family = 6 } };
	struct net_addr target = { .family = 6 };
	uint8_t destination[16], unused[NET_MAC_LEN];

	if (!frame_read_header(&r, FRAME_IPV6, solicit.mac))
		return false;
	r = read_icmp6(&r, checksum_ready, solicit.source.bytes, destination);
	uint8_t type = bytes_read_u8(&r), code = bytes_read_u8(&r);
	bytes_view(&r, 2 + 4);
	bytes_read(&r, target.bytes, 16);
	if (type != ND_SOLICIT || code != 0 || !read_options(&r, unused) ||
		is_multicast(target.bytes) || is_unspecified(target.bytes) ||
		!net_mac_is_unicast(solicit.mac))
		return false;
	*ret_target = target;
	*ret = solicit;
	return true;
}
