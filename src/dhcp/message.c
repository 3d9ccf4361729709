/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCPv4 messages: see message.h. Their options are in options.c. */
#include "dhcp/message.h"

#include <string.h>

#include "base/bytes.h"
#include "dhcp/options.h"

/* RFC 2131 section 2 and RFC 1700's hardware type of Ethernet. */
#define OP_REQUEST 1
#define OP_REPLY 2
#define HTYPE_ETHERNET 1
#define CHADDR_LEN 16
#define SNAME_LEN 64
#define FILE_LEN 128
#define COOKIE 0x63825363U
/* RFC 951's vendor area of 64 bytes: relays drop what is shorter. */
#define MESSAGE_MIN 300

/* Bits of option 52. */
#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2

static void write_zeros(struct bytes_writer *w, size_t n)
{
	while (n-- > 0)
		bytes_write_u8(w, 0);
}

static void write_option(struct bytes_writer *w, uint8_t code, const void *data, size_t len)
{
	bytes_write_u8(w, code);
	bytes_write_u8(w, (uint8_t)len);
	bytes_write(w, data, len);
}

/* What a DECLINE must not have (RFC 2131 table 5). */
static void write_wishes(struct bytes_writer *w)
{
	static const uint8_t max_size[2] = { DHCP_MESSAGE_MAX >> 8, DHCP_MESSAGE_MAX & 0xff };
	/*
	 * What clients usually ask for; 6 is not read. RFC 3442: 121 before 3. Not 51 and 54, which
	 * every server sends anyway: some send them twice when they are asked for.
	 */
	static const uint8_t parameters[] = { DHCP_OPTION_SUBNET_MASK, DHCP_OPTION_ROUTES,
		DHCP_OPTION_ROUTERS, DHCP_OPTION_DNS, DHCP_OPTION_HOSTNAME, DHCP_OPTION_MTU };

	write_option(w, DHCP_OPTION_MAX_SIZE, max_size, sizeof(max_size));
	write_option(w, DHCP_OPTION_PARAMETERS, parameters, sizeof(parameters));
}

size_t dhcp_encode(const struct dhcp_request *request, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, DHCP_MESSAGE_MAX);
	uint8_t type = (uint8_t)request->type;

	bytes_write_u8(&w, OP_REQUEST);
	bytes_write_u8(&w, HTYPE_ETHERNET);
	bytes_write_u8(&w, NET_MAC_LEN);
	bytes_write_u8(&w, 0);
	bytes_write_be32(&w, request->xid);
	bytes_write_be16(&w, type == DHCP_DECLINE ? 0 : request->secs);
	/* No broadcast flag: a packet socket hears what is sent to an address not yet set. */
	bytes_write_be16(&w, 0);
	write_zeros(&w, 4 * 4);
	bytes_write(&w, request->mac, NET_MAC_LEN);
	write_zeros(&w, CHADDR_LEN - NET_MAC_LEN + SNAME_LEN + FILE_LEN);
	bytes_write_be32(&w, COOKIE);
	write_option(&w, DHCP_OPTION_TYPE, &type, 1);
	if (type != DHCP_DISCOVER) {
		write_option(&w, DHCP_OPTION_ADDRESS, request->address.bytes, 4);
		write_option(&w, DHCP_OPTION_SERVER, request->server.bytes, 4);
	}
	if (type != DHCP_DECLINE)
		write_wishes(&w);
	bytes_write_u8(&w, DHCP_OPTION_END);
	if (w.len < MESSAGE_MIN)
		write_zeros(&w, MESSAGE_MIN - w.len);
	return w.len;
}

/* NULL, or what is wrong. */
static const char *open_options(const struct bytes_reader *r, const uint8_t *sname,
	const uint8_t *file, struct dhcp_options *options)
{
	struct dhcp_value overload;

	if (!dhcp_options_add(options, *r))
		return "cut short";
	dhcp_options_get_fixed(options, DHCP_OPTION_OVERLOAD, 1, &overload);
	if (!overload.there)
		return NULL;
	/* 0 overloads neither field. */
	if (overload.len != 1 || overload.bytes[0] > (OVERLOAD_FILE | OVERLOAD_SNAME))
		return "malformed overload option";
	if ((overload.bytes[0] & OVERLOAD_FILE) &&
		!dhcp_options_add(options, bytes_reader(file, FILE_LEN)))
		return "malformed options in the file field";
	if ((overload.bytes[0] & OVERLOAD_SNAME) &&
		!dhcp_options_add(options, bytes_reader(sname, SNAME_LEN)))
		return "malformed options in the sname field";
	return NULL;
}

static const char *read_type(const struct dhcp_options *options, enum dhcp_type *ret)
{
	struct dhcp_value value;

	dhcp_options_get_fixed(options, DHCP_OPTION_TYPE, 1, &value);
	if (!value.there)
		return "no message type";
	if (value.len != 1)
		return "malformed message type";
	switch (value.bytes[0]) {
	case DHCP_OFFER:
	case DHCP_ACK:
	case DHCP_NAK:
		*ret = value.bytes[0];
		return NULL;
	default:
		return "not a server's message";
	}
}

static const char *read_server(const struct dhcp_options *options, struct net_addr *ret)
{
	struct net_addr server = { .family = 4 };
	struct dhcp_value value;

	dhcp_options_get_fixed(options, DHCP_OPTION_SERVER, 4, &value);
	if (!value.there)
		return "no server identifier";
	memcpy(server.bytes, value.bytes, 4);
	if (value.len != 4 || !net_addr_is_unicast(&server))
		return "malformed server identifier";
	*ret = server;
	return NULL;
}

/* The fixed part, up to the cookie. */
static const char *read_message_head(struct bytes_reader *r, struct dhcp_reply *reply,
	uint8_t yiaddr[4], const uint8_t **ret_sname, const uint8_t **ret_file)
{
	uint8_t op = bytes_read_u8(r), htype = bytes_read_u8(r), hlen = bytes_read_u8(r);

	bytes_view(r, 1);
	reply->xid = bytes_read_be32(r);
	bytes_view(r, 2 + 2 + 4);
	bytes_read(r, yiaddr, 4);
	bytes_view(r, 4 + 4);
	bytes_read(r, reply->mac, sizeof(reply->mac));
	bytes_view(r, CHADDR_LEN - sizeof(reply->mac));
	*ret_sname = bytes_view(r, SNAME_LEN);
	*ret_file = bytes_view(r, FILE_LEN);
	uint32_t cookie = bytes_read_be32(r);
	if (!bytes_reader_ok(r))
		return "cut short";
	if (op != OP_REPLY)
		return "not a reply";
	if (htype != HTYPE_ETHERNET || hlen != NET_MAC_LEN)
		return "not for Ethernet";
	if (cookie != COOKIE)
		return "no magic cookie";
	return NULL;
}

const char *dhcp_decode(const uint8_t *data, size_t len, struct dhcp_reply *ret)
{
	struct bytes_reader r = bytes_reader(data, len);
	/* What is not in use is a reader too. */
	struct dhcp_options options = { .fields = { r, r, r }, .n = 0 };
	struct dhcp_reply reply;
	const uint8_t *sname = NULL, *file = NULL;
	uint8_t yiaddr[4] = { 0 };

	if (len > DHCP_MESSAGE_MAX)
		return "too long";
	memset(&reply, 0, sizeof(reply));
	const char *wrong = read_message_head(&r, &reply, yiaddr, &sname, &file);
	if (!wrong)
		wrong = open_options(&r, sname, file, &options);
	if (!wrong)
		wrong = read_type(&options, &reply.type);
	if (!wrong)
		wrong = read_server(&options, &reply.server);
	if (wrong)
		return wrong;
	if (reply.type != DHCP_NAK)
		reply.unusable = dhcp_options_lease(&options, yiaddr, &reply);
	*ret = reply;
	return NULL;
}
