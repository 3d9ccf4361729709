/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers around DHCPv4 messages: see packet.h. */
#include "dhcp/packet.h"

#include "packet/checksum.h"
#include "packet/frame.h"

#define IPV4_VERSION 4
#define IPV4_WORDS_MIN 5
#define IPV4_HEADER_LEN 20
#define IPV4_UDP 17
#define IPV4_TTL 64
/* Precedence "internetwork control", as other clients ask for it. */
#define IPV4_TOS 0xc0
/* More fragments, and the offset. */
#define IPV4_FRAGMENT 0x3fff
#define UDP_HEADER_LEN 8

/* Over the pseudo header (RFC 768): both addresses, protocol, length. */
static uint32_t pseudo_sum(const uint8_t *addresses, size_t udp_len)
{
	const uint8_t tail[4] = { 0, IPV4_UDP, (uint8_t)(udp_len >> 8), (uint8_t)udp_len };

	return checksum_add(checksum_add(0, addresses, 8), tail, sizeof(tail));
}

static void put_checksum(uint8_t *at, uint32_t sum, uint16_t zero)
{
	uint16_t checksum = checksum_finish(sum);

	if (checksum == 0)
		checksum = zero;
	at[0] = (uint8_t)(checksum >> 8);
	at[1] = (uint8_t)checksum;
}

size_t dhcp_packet_encode(
	const uint8_t mac[NET_MAC_LEN], const uint8_t *message, size_t len, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, DHCP_PACKET_MAX);
	uint8_t *ip = out + FRAME_HEADER_LEN, *udp = ip + IPV4_HEADER_LEN;

	if (len > DHCP_MESSAGE_MAX)
		return 0;
	frame_write_header(&w, frame_broadcast, mac, FRAME_IPV4);
	bytes_write_u8(&w, IPV4_VERSION << 4 | IPV4_WORDS_MIN);
	bytes_write_u8(&w, IPV4_TOS);
	bytes_write_be16(&w, (uint16_t)(IPV4_HEADER_LEN + UDP_HEADER_LEN + len));
	bytes_write_be32(&w, 0);
	bytes_write_u8(&w, IPV4_TTL);
	bytes_write_u8(&w, IPV4_UDP);
	bytes_write_be16(&w, 0);
	bytes_write_be32(&w, 0);
	bytes_write_be32(&w, 0xffffffffU);
	bytes_write_be16(&w, DHCP_CLIENT_PORT);
	bytes_write_be16(&w, DHCP_SERVER_PORT);
	bytes_write_be16(&w, (uint16_t)(UDP_HEADER_LEN + len));
	bytes_write_be16(&w, 0);
	bytes_write(&w, message, len);
	put_checksum(ip + 10, checksum_add(0, ip, IPV4_HEADER_LEN), 0);
	/* In UDP 0 says that there is none. */
	put_checksum(udp + 6,
		checksum_add(pseudo_sum(ip + 12, UDP_HEADER_LEN + len), udp, UDP_HEADER_LEN + len),
		0xffff);
	return w.len;
}

/* The UDP datagram in an IPv4 packet, all of it there; NULL otherwise. */
static const uint8_t *find_udp(
	struct bytes_reader *r, const uint8_t **ret_addresses, size_t *ret_len)
{
	size_t left = bytes_left(r);
	const uint8_t *header = bytes_view(r, IPV4_HEADER_LEN);

	if (!header)
		return NULL;
	size_t header_len = (header[0] & 0x0fU) * 4;
	size_t total_len = (size_t)(header[2] << 8 | header[3]);
	unsigned fragment = (unsigned)(header[6] << 8 | header[7]);
	/* What is beyond the total length is Ethernet's padding. */
	if (header[0] >> 4 != IPV4_VERSION || header_len < IPV4_HEADER_LEN ||
		total_len < header_len || total_len > left || (fragment & IPV4_FRAGMENT) ||
		header[9] != IPV4_UDP)
		return NULL;
	if (checksum_finish(checksum_add(0, header, header_len)) != 0)
		return NULL;
	bytes_view(r, header_len - IPV4_HEADER_LEN);
	*ret_addresses = header + 12;
	*ret_len = total_len - header_len;
	return bytes_view(r, *ret_len);
}

const uint8_t *dhcp_packet_decode(
	const uint8_t *frame, size_t len, bool checksum_ready, size_t *ret_len)
{
	struct bytes_reader r = bytes_reader(frame, len);
	uint8_t from[NET_MAC_LEN];
	const uint8_t *addresses = NULL;
	size_t room = 0;

	if (!frame_read_header(&r, FRAME_IPV4, from))
		return NULL;
	const uint8_t *udp = find_udp(&r, &addresses, &room);
	if (!udp)
		return NULL;
	r = bytes_reader(udp, room);
	bytes_read_be16(&r);
	uint16_t port = bytes_read_be16(&r);
	size_t udp_len = bytes_read_be16(&r);
	uint16_t checksum = bytes_read_be16(&r);
	if (!bytes_reader_ok(&r) || port != DHCP_CLIENT_PORT || udp_len < UDP_HEADER_LEN ||
		udp_len > room)
		return NULL;
	if (checksum_ready && checksum != 0 &&
		checksum_finish(checksum_add(pseudo_sum(addresses, udp_len), udp, udp_len)) != 0)
		return NULL;
	*ret_len = udp_len - UDP_HEADER_LEN;
	return udp + UDP_HEADER_LEN;
}

/* The fixed part of a message before the client's hardware address, and after it (RFC 2131). */
#define BOOTP_ADDRESSES 12
#define BOOTP_CHADDR 28
#define BOOTP_COOKIE 236

/* What is in a message of our client: a request from @mac, of a type that clients send. */
static const char *check_message(const uint8_t *message, size_t len, const uint8_t mac[NET_MAC_LEN])
{
	static const uint8_t begin[] = { 1, 1, NET_MAC_LEN, 0 }, no_addresses[16];
	static const uint8_t cookie_and_type[] = { 99, 130, 83, 99, 53, 1 };
	const size_t type_at = BOOTP_COOKIE + sizeof(cookie_and_type);

	if (len <= type_at)
		return "too short";
	if (memcmp(message, begin, sizeof(begin)) != 0 ||
		memcmp(message + BOOTP_ADDRESSES, no_addresses, sizeof(no_addresses)) != 0)
		return "not a client's request";
	if (!net_mac_equal(message + BOOTP_CHADDR, mac))
		return "from another client";
	if (memcmp(message + BOOTP_COOKIE, cookie_and_type, sizeof(cookie_and_type)) != 0)
		return "not DHCP";
	switch (message[type_at]) {
	case DHCP_DISCOVER:
	case DHCP_REQUEST:
	case DHCP_DECLINE:
		return NULL;
	default:
		return "of a type that no client sends";
	}
}

const char *dhcp_packet_check(const uint8_t *frame, size_t len, const uint8_t mac[NET_MAC_LEN])
{
	uint8_t again[DHCP_PACKET_MAX];

	if (len <= DHCP_HEADERS_LEN || len > DHCP_PACKET_MAX)
		return "of a wrong size";
	const uint8_t *message = frame + DHCP_HEADERS_LEN;
	size_t message_len = len - DHCP_HEADERS_LEN;
	if (dhcp_packet_encode(mac, message, message_len, again) != len ||
		memcmp(again, frame, len) != 0)
		return "with other headers than a client's";
	return check_message(message, message_len, mac);
}
