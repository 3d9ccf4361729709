/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP echo: see icmp.h. */
#include "neighbour/icmp.h"

#include "packet/checksum.h"
#include "packet/frame.h"

/* RFC 791. */
#define IPV4_VERSION_IHL 0x45
#define IPV4_HEADER_LEN 20
#define IPV4_FRAGMENT_BITS 0x3fff
#define IPV4_ICMP 1
#define IPV6_VERSION 6
#define IPV6_ICMP 58
#define HOP_LIMIT 64
#define ICMP_REPLY 0
#define ICMP_REQUEST 8
#define ICMP6_REQUEST 128
#define ICMP6_REPLY 129
/* Type, code, checksum, identifier, sequence; the number. */
#define ICMP_LEN 16

uint16_t icmp6_checksum(
	const uint8_t *source, const uint8_t *destination, const uint8_t *message, size_t len)
{
	const uint8_t tail[8] = { [2] = (uint8_t)(len >> 8), [3] = (uint8_t)len, [7] = IPV6_ICMP };
	uint32_t sum = checksum_add(0, source, 16);

	sum = checksum_add(sum, destination, 16);
	sum = checksum_add(sum, tail, sizeof(tail));
	return checksum_finish(checksum_add(sum, message, len));
}

static void put_checksum(uint8_t *at, uint16_t sum)
{
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

static void write_ipv4(struct bytes_writer *w, const struct icmp_echo *echo)
{
	uint8_t *header = w->data + w->len;

	bytes_write_u8(w, IPV4_VERSION_IHL);
	bytes_write_u8(w, 0);
	bytes_write_be16(w, IPV4_HEADER_LEN + ICMP_LEN);
	bytes_write_be32(w, 0);
	bytes_write_u8(w, HOP_LIMIT);
	bytes_write_u8(w, IPV4_ICMP);
	bytes_write_be16(w, 0);
	bytes_write(w, echo->from.bytes, 4);
	bytes_write(w, echo->to.bytes, 4);
	put_checksum(header + 10, checksum_finish(checksum_add(0, header, IPV4_HEADER_LEN)));
}

static void write_ipv6(struct bytes_writer *w, const struct icmp_echo *echo)
{
	bytes_write_be32(w, (uint32_t)IPV6_VERSION << 28);
	bytes_write_be16(w, ICMP_LEN);
	bytes_write_u8(w, IPV6_ICMP);
	bytes_write_u8(w, HOP_LIMIT);
	bytes_write(w, echo->from.bytes, 16);
	bytes_write(w, echo->to.bytes, 16);
}

size_t icmp_encode_request(const struct icmp_echo *echo, const uint8_t mac[NET_MAC_LEN],
	const uint8_t to_mac[NET_MAC_LEN], uint8_t out[ICMP_FRAME_MAX])
{
	assert(echo->from.family == echo->to.family && net_addr_bits(&echo->from) > 0);
	struct bytes_writer w = bytes_writer(out, ICMP_FRAME_MAX);
	bool four = echo->from.family == 4;

	frame_write_header(&w, to_mac, mac, four ? FRAME_IPV4 : FRAME_IPV6);
	if (four)
		write_ipv4(&w, echo);
	else
		write_ipv6(&w, echo);
	uint8_t *message = out + w.len;
	bytes_write_u8(&w, four ? ICMP_REQUEST : ICMP6_REQUEST);
	bytes_write_u8(&w, 0);
	bytes_write_be16(&w, 0);
	bytes_write_be16(&w, echo->id);
	bytes_write_be16(&w, echo->sequence);
	bytes_write_be64(&w, echo->number);
	put_checksum(message + 2,
		four ? checksum_finish(checksum_add(0, message, ICMP_LEN))
		     : icmp6_checksum(echo->from.bytes, echo->to.bytes, message, ICMP_LEN));
	return w.len;
}

/* The message after an IPv4 header; NULL: not one of ICMP. */
static const uint8_t *read_ipv4(struct bytes_reader *r, struct icmp_echo *echo)
{
	struct bytes_reader fields = *r;
	uint8_t version = bytes_read_u8(&fields);
	size_t header_len = (version & 0xfU) * 4;

	bytes_view(&fields, 1);
	size_t total = bytes_read_be16(&fields);
	bytes_view(&fields, 2);
	uint16_t fragment = bytes_read_be16(&fields);
	bytes_view(&fields, 1);
	uint8_t protocol = bytes_read_u8(&fields);
	bytes_view(&fields, 2);
	bytes_read(&fields, echo->from.bytes, 4);
	bytes_read(&fields, echo->to.bytes, 4);
	echo->from.family = echo->to.family = 4;
	if (version >> 4 != 4 || header_len < IPV4_HEADER_LEN || total != header_len + ICMP_LEN ||
		protocol != IPV4_ICMP || (fragment & IPV4_FRAGMENT_BITS) != 0)
		return NULL;
	const uint8_t *header = bytes_view(r, header_len);
	if (!header || checksum_finish(checksum_add(0, header, header_len)) != 0)
		return NULL;
	return bytes_view(r, ICMP_LEN);
}

static const uint8_t *read_ipv6(struct bytes_reader *r, struct icmp_echo *echo)
{
	uint32_t version = bytes_read_be32(r) >> 28;
	uint16_t payload_len = bytes_read_be16(r);
	uint8_t next = bytes_read_u8(r);

	bytes_view(r, 1);
	echo->from.family = echo->to.family = 6;
	bytes_read(r, echo->from.bytes, 16);
	bytes_read(r, echo->to.bytes, 16);
	const uint8_t *message = bytes_view(r, ICMP_LEN);
	return bytes_reader_ok(r) && version == IPV6_VERSION && next == IPV6_ICMP &&
			       payload_len == ICMP_LEN
		       ? message
		       : NULL;
}

bool icmp_decode_reply(const uint8_t *frame, size_t len, bool checksum_ready, struct icmp_echo *ret)
{
	struct bytes_reader four = bytes_reader(frame, len), six = four;
	struct icmp_echo echo = { .number = 0 };
	const uint8_t *message = NULL;
	uint8_t from[NET_MAC_LEN], type = ICMP_REPLY;
	uint16_t sum = 0;

	if (frame_read_header(&four, FRAME_IPV4, from)) {
		message = read_ipv4(&four, &echo);
		if (message)
			sum = checksum_finish(checksum_add(0, message, ICMP_LEN));
	} else if (frame_read_header(&six, FRAME_IPV6, from)) {
		message = read_ipv6(&six, &echo);
		type = ICMP6_REPLY;
		if (message)
			sum = icmp6_checksum(echo.from.bytes, echo.to.bytes, message, ICMP_LEN);
	}
	if (!message || message[0] != type || message[1] != 0 || (checksum_ready && sum != 0))
		return false;
	struct bytes_reader r = bytes_reader(message + 4, ICMP_LEN - 4);
	echo.id = bytes_read_be16(&r);
	echo.sequence = bytes_read_be16(&r);
	echo.number = bytes_read_be64(&r);
	*ret = echo;
	return true;
}
