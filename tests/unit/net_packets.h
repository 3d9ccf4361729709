/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for the tests of net/: captured ones, and a server's replies built for each test.
 *
 * Captured on a veth pair with dnsmasq 2.90 (--dhcp-host=02:00:00:00:00:10,platform,10.9.0.50,
 * routes by option 121, MTU 9000) and with the kernel's own ARP and Neighbour Discovery. The UDP
 * checksums of dnsmasq's replies are half done, as such a link leaves them.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "dhcp/packet.h"
#include "packet/checksum.h"

#define UNUSED __attribute__((unused))

#define CAPTURED_XID 0x355f63f2U

UNUSED static const char captured_offer[] =
	"020000000010020000000001080045c0015c740e00004011f07e0a0900010a090032004300440148159e0201"
	"0600355f63f200000000000000000a0900320a09000100000000020000000010000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000006382536335010236040a090001330400000e103a04000007083b0400000c"
	"4e0104ffffff001c040a0900ff03040a0900010c08706c6174666f726d06040a090001790c100a070a090003"
	"000a0900011a022328ff";

UNUSED static const char captured_ack[] =
	"020000000010020000000001080045c0015c740f00004011f07d0a0900010a090032004300440148159e0201"
	"0600355f63f200000000000000000a0900320a09000100000000020000000010000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000006382536335010536040a090001330400000e103a04000007083b0400000c"
	"4e0104ffffff001c040a0900ff03040a0900010c08706c6174666f726d06040a090001790c100a070a090003"
	"000a0900011a022328ff";

UNUSED static const char captured_arp_reply[] =
	"020000000010020000000001080600010800060400020200000000010a09000102000000001000000000";

UNUSED static const char captured_advert[] =
	"33330000000102000000000186dd6000000000203aff20010db8000000000000000000000001ff0200000000"
	"000000000000000000018800f92a2000000020010db80000000000000000000000010201020000000001";

/* Echoes of 10.9.0.5 and 2001:db8::5 by the gateway, with the number 0x0123456789abcdef, its last
 * two bytes as identifier and the sequence number 3; computed apart from the code. */
UNUSED static const char echo_request4[] =
	"02000000000102000000001008004500002400000000400166c20a0900050a09000108008be7cdef00030123"
	"456789abcdef";
UNUSED static const char echo_request6[] =
	"02000000000102000000001086dd6000000000103a4020010db800000000000000000000000520010db80000"
	"000000000000000000018000b824cdef00030123456789abcdef";
UNUSED static const char echo_reply4[] =
	"02000000001002000000000108004500002400000000400166c20a0900010a090005000093e7cdef00030123"
	"456789abcdef";
UNUSED static const char echo_reply6[] =
	"02000000001002000000000186dd6000000000103a4020010db800000000000000000000000120010db80000"
	"000000000000000000058100b724cdef00030123456789abcdef";

UNUSED static const uint8_t our_mac[6] = { 0x02, 0, 0, 0, 0, 0x10 };
UNUSED static const uint8_t peer_mac[6] = { 0x02, 0, 0, 0, 0, 0x01 };

/* The bytes of a captured frame; returns their number. */
UNUSED static size_t unhex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex) / 2;

	if (text_parse_hex(hex, out, len) < 0)
		abort();
	return len;
}

UNUSED static struct net_addr ip(const char *text)
{
	struct net_addr addr = { .family = 0 };

	if (text && net_addr_parse(text, &addr) < 0)
		abort();
	return addr;
}

/* A server's message under construction. */
struct reply {
	uint8_t bytes[DHCP_MESSAGE_MAX];
	size_t len;
};

#define REPLY_SNAME_AT 44
#define REPLY_FILE_AT 108
#define REPLY_OPTIONS_AT 240

UNUSED static void reply_option(struct reply *m, uint8_t code, const void *data, size_t len)
{
	m->bytes[m->len++] = code;
	m->bytes[m->len++] = (uint8_t)len;
	memcpy(m->bytes + m->len, data, len);
	m->len += len;
}

UNUSED static void reply_addr(struct reply *m, uint8_t code, const char *text)
{
	struct net_addr addr = ip(text);

	reply_option(m, code, addr.bytes, 4);
}

/* Only the option of the type (0: no option at all). @yiaddr: NULL is 0.0.0.0. */
UNUSED static struct reply reply_begin(
	uint8_t type, uint32_t xid, const uint8_t *mac, const char *yiaddr)
{
	struct reply m = { .len = REPLY_OPTIONS_AT };
	struct bytes_writer w = bytes_writer(m.bytes, sizeof(m.bytes));
	struct net_addr addr = ip(yiaddr);

	bytes_write_be32(&w, 0x02010600);
	bytes_write_be32(&w, xid);
	memcpy(m.bytes + 16, addr.bytes, 4);
	memcpy(m.bytes + 28, mac, 6);
	memcpy(m.bytes + 236, "\x63\x82\x53\x63", 4);
	if (type != 0)
		reply_option(&m, 53, &type, 1);
	return m;
}

UNUSED static void reply_end(struct reply *m)
{
	m->bytes[m->len++] = 255;
}

/* A whole one: an address in a /24, the server as router, an hour. */
UNUSED static struct reply reply_good(
	uint8_t type, uint32_t xid, const uint8_t *mac, const char *yiaddr, const char *server)
{
	struct reply m = reply_begin(type, xid, mac, yiaddr);

	reply_addr(&m, 54, server);
	reply_addr(&m, 1, "255.255.255.0");
	reply_addr(&m, 3, server);
	reply_option(&m, 51, "\0\0\x0e\x10", 4);
	reply_end(&m);
	return m;
}

/* The frame around it; @out: DHCP_PACKET_MAX. Returns its length. */
UNUSED static size_t reply_frame(const struct reply *m, const uint8_t *to, uint8_t *out)
{
	size_t len = dhcp_packet_encode(peer_mac, m->bytes, m->len, out);

	/* The ports change places, and the checksum is as it was. */
	memcpy(out, to, 6);
	out[35] = DHCP_SERVER_PORT;
	out[37] = DHCP_CLIENT_PORT;
	return len;
}
