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

/*
 * Goes to the UDP datagram in an IPv4 packet. @ret_addresses: both of them; @ret_len: what is in
 * the packet after its header, all of it there. What is after that is Ethernet's padding.
 */
static bool find_udp(struct bytes_reader *r, uint8_t ret_addresses[8], size_t *ret_len)
{
	struct bytes_reader ip = *r;
	uint8_t version = bytes_read_u8(&ip);
	size_t header_len = (version & 0x0fU) * 4;

	bytes_view(&ip, 1);
	size_t total_len = bytes_read_be16(&ip);
	bytes_view(&ip, 2);
	unsigned fragment = bytes_read_be16(&ip);
	bytes_view(&ip, 1);
	uint8_t protocol = bytes_read_u8(&ip);
	bytes_view(&ip, 2);
	bytes_read(&ip, ret_addresses, 8);
	if (version >> 4 != IPV4_VERSION || header_len < IPV4_HEADER_LEN ||
		total_len < header_len || total_len > bytes_left(r) || (fragment & IPV4_FRAGMENT) ||
		protocol != IPV4_UDP)
		return false;
	const uint8_t *header = bytes_view(r, header_len);
	if (!header || checksum_finish(checksum_add(0, header, header_len)) != 0)
		return false;
	*ret_len = total_len - header_len;
	return true;
}

const uint8_t *dhcp_packet_decode(
	const uint8_t *frame, size_t len, bool checksum_ready, size_t *ret_len)
{
	struct bytes_reader r = bytes_reader(frame, len);
	uint8_t from[NET_MAC_LEN], addresses[8];
	size_t room = 0;

	if (!frame_read_header(&r, FRAME_IPV4, from) || !find_udp(&r, addresses, &room))
		return NULL;
	struct bytes_reader header = r;
	bytes_read_be16(&header);
	uint16_t port = bytes_read_be16(&header);
	size_t udp_len = bytes_read_be16(&header);
	uint16_t checksum = bytes_read_be16(&header);
	if (port != DHCP_CLIENT_PORT || udp_len < UDP_HEADER_LEN || udp_len > room ||
		udp_len > bytes_left(&r))
		return NULL;
	const uint8_t *udp = bytes_view(&r, udp_len);
	if (!udp || (checksum_ready && checksum != 0 &&
			    checksum_finish(checksum_add(
				    pseudo_sum(addresses, udp_len), udp, udp_len)) != 0))
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
