/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp/: DHCPv4 messages and the headers around them. */
#include "tap.h"

#include "net_packets.h"

#define XID 0x12345678U

static void text_of(const struct net_addr *addr, char *out)
{
	strcpy(out, "");
	if (addr->family != 0)
		net_addr_format(addr, out);
}

#define tap_eq_addr(got, want)                                                                     \
	do {                                                                                       \
		char got_text_[NET_ADDR_TEXT_MAX];                                                 \
		text_of(&(got), got_text_);                                                        \
		tap_eq_text(got_text_, want);                                                      \
	} while (0)

#define tap_eq_prefix(got, want)                                                                   \
	do {                                                                                       \
		char got_prefix_[NET_PREFIX_TEXT_MAX];                                             \
		net_prefix_format(&(got), got_prefix_);                                            \
		tap_eq_text(got_prefix_, want);                                                    \
	} while (0)

/* `10.0.0.0/8 10.9.0.1 onlink ` for each route in the order in which it is set. */
static void tap_eq_ways(const struct dhcp_lease *lease, const char *want)
{
	static struct dhcp_way ways[DHCP_WAYS_MAX];
	size_t n = dhcp_lease_ways(lease, ways), len = 0;
	char to[NET_PREFIX_TEXT_MAX], via[NET_ADDR_TEXT_MAX], text[4096] = "";

	for (size_t i = 0; i < n; i++) {
		net_prefix_format(&ways[i].route.to, to);
		text_of(&ways[i].route.via, via);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s %s", to, via,
			ways[i].onlink ? "onlink " : "");
	}
	tap_eq_text(text, want);
}

/* Messages -----------------------------------------------------------------------------------*/

static void a_captured_offer_is_read(void)
{
	static struct dhcp_reply reply;
	uint8_t frame[DHCP_PACKET_MAX];
	size_t len = unhex(captured_offer, frame), message_len = 0;
	const uint8_t *message = dhcp_packet_decode(frame, len, false, &message_len);

	tap_ok(message != NULL);
	if (!message)
		return;
	tap_ok(dhcp_decode(message, message_len, &reply) == NULL);
	tap_eq_int(reply.type, DHCP_OFFER);
	tap_eq_int(reply.xid, CAPTURED_XID);
	tap_eq_bytes(reply.mac, 6, our_mac, 6);
	tap_ok(reply.unusable == NULL);
	tap_eq_int(reply.odd, 0);
	tap_eq_prefix(reply.lease.address, "10.9.0.50/24");
	tap_eq_addr(reply.server, "10.9.0.1");
	tap_eq_int(reply.lease.mtu, 9000);
	tap_eq_text(reply.lease.hostname, "platform");
	tap_eq_int(reply.lease.n_routers, 1);
	tap_eq_addr(reply.lease.routers[0], "10.9.0.1");
	tap_eq_int(reply.lease.n_routes, 1);
	tap_eq_prefix(reply.lease.routes[0].to, "10.7.0.0/16");
	tap_eq_addr(reply.lease.routes[0].via, "10.9.0.3");
	tap_ok(dhcp_lease_check(&reply.lease) == NULL);
}

static void a_captured_ack_is_read(void)
{
	static struct dhcp_reply reply;
	uint8_t frame[DHCP_PACKET_MAX];
	size_t len = unhex(captured_ack, frame), message_len = 0;
	const uint8_t *message = dhcp_packet_decode(frame, len, false, &message_len);

	tap_ok(message && !dhcp_decode(message, message_len, &reply));
	tap_eq_int(reply.type, DHCP_ACK);
}

/* RFC 2131 table 5 says what is in which message. */
static void what_is_sent_is_a_whole_message(void)
{
	static const char discover[] = "350101"
				       "390205c0"
				       "3706017903060c1a"
				       "ff";
	static const char request[] = "350103"
				      "32040a090032"
				      "36040a090001"
				      "390205c0"
				      "3706017903060c1a"
				      "ff";
	static const char decline[] = "350104"
				      "32040a090032"
				      "36040a090001"
				      "ff";
	static const struct {
		enum dhcp_type type;
		const char *options;
		uint16_t secs;
	} rows[] = { { DHCP_DISCOVER, discover, 3 }, { DHCP_REQUEST, request, 3 },
		{ DHCP_DECLINE, decline, 0 } };
	uint8_t got[DHCP_MESSAGE_MAX], want[DHCP_MESSAGE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dhcp_request message = { .type = rows[i].type,
			.xid = XID,
			.secs = 3,
			.address = ip("10.9.0.50"),
			.server = ip("10.9.0.1") };
		memcpy(message.mac, our_mac, 6);
		memset(want, 0, sizeof(want));
		unhex("0101060012345678", want);
		want[9] = (uint8_t)rows[i].secs;
		memcpy(want + 28, our_mac, 6);
		unhex("63825363", want + 236);
		unhex(rows[i].options, want + 240);
		size_t len = dhcp_encode(&message, got);
		tap_eq_bytes(got, len, want, 300);
	}
}

static void a_message_that_is_none_is_refused_with_a_reason(void)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *reason;
	} rows[] = { { 0, 1, "not a reply" }, { 1, 6, "not for Ethernet" },
		{ 2, 16, "not for Ethernet" }, { 236, 0, "no magic cookie" },
		{ 239, 0x64, "no magic cookie" }, { 240, 99, "no message type" },
		{ 242, 1, "not a server's message" }, { 242, 8, "not a server's message" },
		{ 242, 0, "not a server's message" }, { 243, 99, "no server identifier" },
		{ 245, 127, "malformed server identifier" },
		{ 245, 255, "malformed server identifier" },
		{ 245, 0, "malformed server identifier" }, { 244, 250, "cut short" } };
	struct reply good = reply_good(DHCP_OFFER, XID, our_mac, "10.9.0.50", "10.9.0.1");
	static struct dhcp_reply reply;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reply m = good;
		m.bytes[rows[i].at] = rows[i].value;
		tap_eq_text(dhcp_decode(m.bytes, m.len, &reply), rows[i].reason);
	}
	tap_ok(dhcp_decode(good.bytes, good.len, &reply) == NULL);
	tap_eq_text(dhcp_decode(good.bytes, DHCP_MESSAGE_MAX + 1, &reply), "too long");
	for (size_t n = 0; n < 240 + 3 + 6; n++)
		tap_ok(dhcp_decode(good.bytes, n, &reply) != NULL);
}

static void a_lease_needs_a_usable_address_and_mask(void)
{
	static const struct {
		const char *address, *mask, *unusable;
	} rows[] = {
		{ "10.9.0.50", "255.255.255.0", NULL },
		{ "10.9.0.50", "255.255.255.255", NULL },
		{ "10.9.0.50", "255.255.255.254", NULL },
		{ "10.9.0.0", "255.255.255.254", NULL },
		{ "10.9.0.50", "128.0.0.0", NULL },
		{ "10.9.0.50", "0.0.0.0", "no usable subnet mask" },
		{ "10.9.0.50", "255.0.255.0", "malformed subnet mask" },
		{ "10.9.0.50", "0.0.0.255", "malformed subnet mask" },
		{ NULL, "255.255.255.0", "no usable address" },
		{ "127.0.0.1", "255.0.0.0", "no usable address" },
		{ "224.0.0.1", "240.0.0.0", "no usable address" },
		{ "255.255.255.255", "255.255.255.0", "no usable address" },
		{ "0.0.0.5", "255.0.0.0", "no usable address" },
		{ "10.9.0.0", "255.255.255.0", "the network's own address" },
		{ "10.9.0.255", "255.255.255.0", "the network's broadcast address" },
		{ "10.9.0.3", "255.255.255.252", "the network's broadcast address" },
	};
	static struct dhcp_reply reply;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, rows[i].address);
		reply_addr(&m, 54, "10.9.0.1");
		if (rows[i].mask)
			reply_addr(&m, 1, rows[i].mask);
		reply_end(&m);
		tap_ok(dhcp_decode(m.bytes, m.len, &reply) == NULL);
		if (rows[i].unusable)
			tap_eq_text(reply.unusable, rows[i].unusable);
		else
			tap_ok(reply.unusable == NULL && !dhcp_lease_check(&reply.lease));
	}
}

static void a_lease_needs_no_router_and_no_time(void)
{
	struct reply m = reply_begin(DHCP_ACK, XID, our_mac, "10.9.0.50");
	static struct dhcp_reply reply;

	reply_addr(&m, 54, "10.9.0.1");
	reply_addr(&m, 1, "255.255.255.0");
	/* No end option either: servers that fill a message to its last byte leave it out. */
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
	tap_eq_int(reply.lease.n_routers, 0);
	tap_eq_int(reply.lease.n_routes, 0);
	tap_eq_int(reply.lease.mtu, 0);
	tap_eq_text(reply.lease.hostname, "");
}

static void a_malformed_option_is_left_out_and_named(void)
{
	static const struct {
		uint8_t code, len;
		const char *value;
		uint8_t odd;
		const char *unusable;
	} rows[] = {
		{ 3, 0, "", 3, NULL },
		{ 3, 3, "\x0a\x09\0", 3, NULL },
		{ 12, 0, "", 12, NULL },
		{ 12, 1, "\0", 12, NULL },
		{ 12, 4, "a\0b\0", 12, NULL },
		{ 12, 5, "a b.c", 12, NULL },
		{ 12, 3, "\x1b[m", 12, NULL },
		{ 12, 2, "-a", 12, NULL },
		{ 12, 3, "a_b", 12, NULL },
		{ 12, 2, "\xc3\xa9", 12, NULL },
		{ 26, 1, "\5", 26, NULL },
		{ 26, 2, "\2\x3f", 26, NULL },
		{ 26, 3, "\5\xdc\0", 26, NULL },
		{ 51, 3, "\0\0\1", 0, "malformed lease time" },
		{ 51, 4, "\0\0\0\0", 0, "malformed lease time" },
		{ 1, 3, "\xff\xff\xff", 0, "malformed subnet mask" },
		{ 121, 0, "", 121, NULL },
		{ 121, 1, "\x18", 121, NULL },
		{ 121, 5, "\x21\x0a\x09\0\1", 121, NULL }, /* width 33 */
		{ 121, 4, "\0\x0a\x09\0", 121, NULL },     /* a router cut short */
		{ 121, 6, "\0\x0a\x09\0\1\x18", 121, NULL },
	};
	static struct dhcp_reply reply;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
		reply_addr(&m, 54, "10.9.0.1");
		if (rows[i].code != 1)
			reply_addr(&m, 1, "255.255.255.0");
		reply_option(&m, rows[i].code, rows[i].value, rows[i].len);
		reply_end(&m);
		tap_ok(dhcp_decode(m.bytes, m.len, &reply) == NULL);
		if (reply.odd != rows[i].odd)
			tap_fail(__FILE__, __LINE__, "row %zu: odd %u", i, reply.odd);
		if (rows[i].unusable)
			tap_eq_text(reply.unusable, rows[i].unusable);
		else
			tap_ok(!reply.unusable && !dhcp_lease_check(&reply.lease));
		tap_eq_int(reply.lease.n_routers + reply.lease.n_routes + reply.lease.mtu +
				   strlen(reply.lease.hostname),
			0);
	}
}

/*
 * Options 3 and 121 are lists: an entry that no host can use spoils neither the others nor the
 * list. The columns: the option, its value, the routes that are set.
 */
static const struct {
	uint8_t code;
	const char *hex, *ways;
} odd_entries[] = {
	{ 3, "00000000", "" },
	{ 3,
		"e0000001"
		"0a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 3,
		"0a090032"
		"0a090001",
		"0.0.0.0/0 10.9.0.1 " }, /* the client itself */
	{ 121,
		"04e000000000"
		"180a0102"
		"0a090002"
		"000a090001",
		"10.1.2.0/24 10.9.0.2 0.0.0.0/0 10.9.0.1 " },
	{ 121,
		"04f000000000"
		"000a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 121,
		"20ffffffff00000000"
		"000a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 121,
		"087f0a090001"
		"000a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 121,
		"180a01020a090032"
		"000a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 121,
		"180a0102e0000001"
		"000a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 121,
		"180a01027f000001"
		"000a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 121,
		"000a090032"
		"000a090001",
		"0.0.0.0/0 10.9.0.1 " },
	{ 121, "00e0000001", "" },
};

static void an_entry_that_cannot_be_used_is_left_out_alone(void)
{
	static struct dhcp_reply reply;

	for (size_t i = 0; i < ARRAY_SIZE(odd_entries); i++) {
		struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
		uint8_t value[64];
		reply_addr(&m, 54, "10.9.0.1");
		reply_addr(&m, 1, "255.255.255.0");
		reply_option(&m, odd_entries[i].code, value, unhex(odd_entries[i].hex, value));
		if (odd_entries[i].code == 121)
			reply_addr(&m, 3, "10.9.0.99");
		reply_end(&m);
		tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
		tap_eq_int(reply.odd, 0);
		tap_eq_int(reply.odd_entry, odd_entries[i].code);
		tap_ok(dhcp_lease_check(&reply.lease) == NULL);
		tap_eq_ways(&reply.lease, odd_entries[i].ways);
	}
}

/* Servers send what they are asked for beside what they send anyway. */
static void the_first_of_two_options_of_fixed_length_counts(void)
{
	static const char *const same[] = {
		/* dnsmasq 2.90 with a server identifier as an option, the options in full. */
		"35010236040a000201330400000e100104ffffff0036040a00020103040a000201ff",
		"35010236040a000201330400000e10330400000e100104ffffff0003040a000201ff",
		"35010235010236040a000201330400000e100104ffffff000104ffffff0003040a000201ff",
		"3501021a0205781a02057836040a0002010104ffffff0003040a000201ff",
		"35010234010034010036040a0002010104ffffff0003040a000201ff",
		/* Two that differ. */
		("35010235010636040a00020136040a0002630104ffffff000104fffffffe"
		 "330400000001330400000000"
		 "03040a000201ff"),
	};
	static struct dhcp_reply reply;

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct reply m = reply_begin(0, XID, our_mac, "10.0.2.50");
		m.len += unhex(same[i], m.bytes + m.len);
		tap_eq_text(dhcp_decode(m.bytes, m.len, &reply) ? "refused" : "", "");
		tap_ok(reply.unusable == NULL);
		tap_eq_int(reply.type, DHCP_OFFER);
		tap_eq_addr(reply.server, "10.0.2.1");
		tap_eq_prefix(reply.lease.address, "10.0.2.50/24");
		tap_eq_int(reply.odd, 0);
		tap_eq_ways(&reply.lease, "0.0.0.0/0 10.0.2.1 ");
		tap_eq_int(reply.lease.mtu, i == 3 ? 1400 : 0);
	}
}

static void without_a_subnet_mask_the_address_is_alone(void)
{
	struct reply m = reply_begin(DHCP_ACK, XID, our_mac, "10.9.0.50");
	static struct dhcp_reply reply;

	reply_addr(&m, 54, "10.9.0.1");
	reply_addr(&m, 3, "10.9.0.1");
	reply_end(&m);
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable && reply.no_mask);
	tap_eq_prefix(reply.lease.address, "10.9.0.50/32");
	tap_eq_ways(&reply.lease, "0.0.0.0/0 10.9.0.1 onlink ");
}

/* RFC 3442 gives the routes no order; a kernel does. */
static void routes_are_set_after_what_their_routers_need(void)
{
	static const struct {
		const char *mask, *hex, *ways;
	} rows[] = {
		/* Networks of hosters. */
		{ "255.255.255.255", "20a9fea9feac1f010100ac1f010120ac1f010100000000",
			"172.31.1.1/32  169.254.169.254/32 172.31.1.1 0.0.0.0/0 172.31.1.1 " },
		{ "255.255.255.255", "20a9fea9feac1f010100ac1f0101",
			"169.254.169.254/32 172.31.1.1 onlink 0.0.0.0/0 172.31.1.1 onlink " },
		/* A default route on the link; with a router beside it that one. */
		{ "255.255.255.0", "180a01020a0002020000000000",
			"10.1.2.0/24 10.0.2.2 0.0.0.0/0  " },
		{ "255.255.255.0",
			"0000000000"
			"000a000201",
			"0.0.0.0/0 10.0.2.1 " },
		/* A router that another router reaches, and one beyond that. */
		{ "255.255.255.0",
			"100a030a020001"
			"100a020a010001"
			"100a010a000202",
			"10.1.0.0/16 10.0.2.2 10.2.0.0/16 10.1.0.1 10.3.0.0/16 10.2.0.1 " },
		/* Two that wait for each other. */
		{ "255.255.255.0",
			"100a010a020001"
			"100a020a010001",
			"10.1.0.0/16 10.2.0.1 onlink 10.2.0.0/16 10.1.0.1 onlink " },
		/* The own network by a router goes last; on the link it is there already. */
		{ "255.255.255.0",
			"180a00020a000201"
			"000a000201",
			"0.0.0.0/0 10.0.2.1 10.0.2.0/24 10.0.2.1 " },
		{ "255.255.255.0",
			"180a000200000000"
			"000a000201",
			"0.0.0.0/0 10.0.2.1 " },
		/* Two to one destination, two default routes. */
		{ "255.255.255.0",
			"180a01020a000202"
			"180a01020a000203"
			"000a000201"
			"000a000204",
			"10.1.2.0/24 10.0.2.2 0.0.0.0/0 10.0.2.1 0.0.0.0/0 10.0.2.4 " },
	};
	static struct dhcp_reply reply;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.0.2.50");
		uint8_t value[64];
		reply_addr(&m, 54, "10.0.2.1");
		reply_addr(&m, 1, rows[i].mask);
		reply_option(&m, 121, value, unhex(rows[i].hex, value));
		reply_end(&m);
		tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
		tap_eq_int(reply.odd + reply.odd_entry, 0);
		tap_eq_ways(&reply.lease, rows[i].ways);
	}
}

static void good_options_are_taken(void)
{
	struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
	static struct dhcp_reply reply;

	reply_addr(&m, 54, "10.9.0.1");
	reply_addr(&m, 1, "255.255.255.0");
	reply_option(&m, 3, "\x0a\x09\0\1\x0a\x09\0\2", 8);
	reply_option(&m, 6, "\x09\x09\x09\x09\x08\x08\x08\x08", 8);
	reply_option(&m, 12, "a-1.example.org\0", 16); /* with C's NUL */
	reply_option(&m, 26, "\x23\x28", 2);           /* jumbo frames */
	reply_option(&m, 51, "\xff\xff\xff\xff", 4);
	reply_option(&m, 0, "", 0); /* padding, twice */
	reply_end(&m);
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
	tap_eq_int(reply.odd, 0);
	tap_eq_int(reply.lease.n_routers, 2);
	tap_eq_addr(reply.lease.routers[1], "10.9.0.2");
	tap_eq_text(reply.lease.hostname, "a-1.example.org");
	tap_eq_int(reply.lease.mtu, 9000);
}

static void classless_routes_win_over_routers(void)
{
	/* RFC 3442: 0/0,
	 * 10/8, 10.0.0/24, 10.17/16, 10.27.129/24, 10.229.0.128/25, 10.198.122.47/32. */
	static const char routes[] =
		"000a090001"
		"080a0a090002"
		"180a00000a090003"
		"100a110a090004"
		"180a1b810a090005"
		"190ae500800a090006"
		"200ac67a2f0a090007"
		"10ac1000000000" /* on the link */ "09ac9f0a090008"; /* bits beyond */
	static const char *const want[] = { "10.0.0.0/8 10.9.0.2", "10.0.0.0/24 10.9.0.3",
		"10.17.0.0/16 10.9.0.4", "10.27.129.0/24 10.9.0.5", "10.229.0.128/25 10.9.0.6",
		"10.198.122.47/32 10.9.0.7", "172.16.0.0/16 ", "172.128.0.0/9 10.9.0.8" };
	struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
	static struct dhcp_reply reply;
	uint8_t value[128];

	reply_addr(&m, 54, "10.9.0.1");
	reply_addr(&m, 1, "255.255.255.0");
	reply_addr(&m, 3, "10.9.0.99");
	reply_option(&m, 121, value, unhex(routes, value));
	reply_end(&m);
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
	tap_eq_int(reply.odd, 0);
	tap_eq_int(reply.lease.n_routers, 1);
	tap_eq_addr(reply.lease.routers[0], "10.9.0.1");
	tap_eq_int(reply.lease.n_routes, ARRAY_SIZE(want));
	for (size_t i = 0; i < reply.lease.n_routes && i < ARRAY_SIZE(want); i++) {
		char to[NET_PREFIX_TEXT_MAX], via[NET_ADDR_TEXT_MAX], text[160];
		net_prefix_format(&reply.lease.routes[i].to, to);
		text_of(&reply.lease.routes[i].via, via);
		snprintf(text, sizeof(text), "%s %s", to, via);
		tap_eq_text(text, want[i]);
	}
	tap_ok(dhcp_lease_check(&reply.lease) == NULL);
}

/* RFC 3442: option 3 does not count where 121 is, even if that has no default route. */
static void classless_routes_without_default_mean_no_router(void)
{
	struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
	static struct dhcp_reply reply;

	reply_addr(&m, 54, "10.9.0.1");
	reply_addr(&m, 1, "255.255.255.0");
	reply_addr(&m, 3, "10.9.0.99");
	reply_option(&m, 121, "\x08\x0a\x0a\x09\0\2", 6);
	reply_end(&m);
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
	tap_eq_int(reply.lease.n_routers, 0);
	tap_eq_int(reply.lease.n_routes, 1);
	/* A malformed one is as none: option 3 counts. */
	m.bytes[m.len - 7] = 99;
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
	tap_eq_int(reply.odd, 121);
	tap_eq_int(reply.lease.n_routers, 1);
	tap_eq_addr(reply.lease.routers[0], "10.9.0.99");
}

static void long_options_come_in_pieces(void)
{
	struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
	static struct dhcp_reply reply;

	reply_addr(&m, 54, "10.9.0.1");
	reply_option(&m, 1, "\xff\xff", 2);
	reply_option(&m, 121, "\x18\x0a\0\0\x0a", 5);
	reply_option(&m, 1, "\xff\0", 2);
	reply_option(&m, 121, "\x09\0\3", 3);
	reply_end(&m);
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
	tap_eq_prefix(reply.lease.address, "10.9.0.50/24");
	tap_eq_int(reply.lease.n_routes, 1);
	tap_eq_addr(reply.lease.routes[0].via, "10.9.0.3");
}

static void overloaded_fields_hold_options(void)
{
	static const struct {
		uint8_t overload, len;
		size_t n_routers;
	} rows[] = { { 0, 32, 0 }, { 1, 24, 0 }, { 2, 32, 1 }, { 3, 24, 1 } };
	static struct dhcp_reply reply;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
		reply_addr(&m, 54, "10.9.0.1");
		reply_option(&m, 52, &rows[i].overload, 1);
		reply_end(&m);
		memcpy(m.bytes + REPLY_FILE_AT, "\1\4\xff\xff\xff\0\xff", 7);
		memcpy(m.bytes + REPLY_SNAME_AT, "\0\0\3\4\x0a\x09\0\1\xff", 9);
		tap_ok(dhcp_decode(m.bytes, m.len, &reply) == NULL);
		tap_ok(reply.unusable == NULL);
		tap_eq_int(reply.lease.address.len, rows[i].len);
		tap_eq_int(reply.lease.n_routers, rows[i].n_routers);
	}
}

static void overload_that_makes_no_sense_is_refused(void)
{
	static struct dhcp_reply reply;

	for (unsigned value = 0; value < 256; value++) {
		struct reply m = reply_good(DHCP_OFFER, XID, our_mac, "10.9.0.50", "10.9.0.1");
		uint8_t byte = (uint8_t)value;
		m.len--;
		reply_option(&m, 52, &byte, 1);
		reply_end(&m);
		const char *wrong = dhcp_decode(m.bytes, m.len, &reply);
		tap_ok((wrong == NULL) == (value <= 3));
	}
	struct reply m = reply_good(DHCP_OFFER, XID, our_mac, "10.9.0.50", "10.9.0.1");
	m.len--;
	reply_option(&m, 52, "\3", 1);
	reply_end(&m);
	m.bytes[REPLY_FILE_AT] = 12;
	m.bytes[REPLY_FILE_AT + 1] = 127; /* one beyond the field's end */
	tap_eq_text(dhcp_decode(m.bytes, m.len, &reply), "malformed options in the file field");
	m.bytes[REPLY_FILE_AT + 1] = 126;
	m.bytes[REPLY_SNAME_AT] = 12;
	m.bytes[REPLY_SNAME_AT + 1] = 63;
	tap_eq_text(dhcp_decode(m.bytes, m.len, &reply), "malformed options in the sname field");
	m.bytes[REPLY_SNAME_AT + 1] = 62;
	tap_ok(dhcp_decode(m.bytes, m.len, &reply) == NULL);
}

static void more_than_there_is_room_for_is_left_out(void)
{
	struct reply m = reply_begin(DHCP_OFFER, XID, our_mac, "10.9.0.50");
	static struct dhcp_reply reply;
	uint8_t many[255];

	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = (uint8_t)(1 + i / 4);
	reply_addr(&m, 54, "10.9.0.1");
	reply_addr(&m, 1, "255.255.255.0");
	reply_option(&m, 3, many, 252);
	reply_option(&m, 6, many, 252);
	for (unsigned i = 0; i < 60; i++) {
		uint8_t route[6] = { 8, (uint8_t)(10 + i), 10, 9, 0, 2 };
		reply_option(&m, 121, route, 6);
	}
	reply_end(&m);
	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !reply.unusable);
	tap_eq_int(reply.lease.n_routes, DHCP_ROUTES_MAX);
	tap_ok(dhcp_lease_check(&reply.lease) == NULL);
}

static void a_nak_needs_no_address(void)
{
	struct reply m = reply_begin(DHCP_NAK, XID, our_mac, NULL);
	static struct dhcp_reply reply;

	reply_addr(&m, 54, "10.9.0.1");
	reply_end(&m);
	tap_ok(dhcp_decode(m.bytes, m.len, &reply) == NULL);
	tap_eq_int(reply.type, DHCP_NAK);
	tap_ok(reply.unusable == NULL);
	tap_eq_addr(reply.server, "10.9.0.1");
}

/* Packets ------------------------------------------------------------------------------------*/

static void packets_are_as_other_clients_make_them(void)
{
	uint8_t message[DHCP_MESSAGE_MAX], frame[DHCP_PACKET_MAX], head[64];
	struct dhcp_request request = { .type = DHCP_DISCOVER, .xid = CAPTURED_XID };

	memcpy(request.mac, our_mac, 6);
	size_t len = dhcp_packet_encode(our_mac, message, dhcp_encode(&request, message), frame);
	tap_eq_int(len, 342);
	size_t head_len =
		unhex("ffffffffffff020000000010080045c0014800000000401178e600000000ffffffff"
		      "0044004301340b31",
			head);
	tap_eq_bytes(frame, head_len, head, head_len);
	tap_eq_int(dhcp_packet_encode(our_mac, message, DHCP_MESSAGE_MAX + 1, frame), 0);
}

static void a_half_done_checksum_counts_when_the_kernel_says_so(void)
{
	uint8_t frame[DHCP_PACKET_MAX];
	size_t len = unhex(captured_offer, frame), message_len;

	tap_ok(dhcp_packet_decode(frame, len, true, &message_len) == NULL);
	tap_ok(dhcp_packet_decode(frame, len, false, &message_len) != NULL);
	/* No checksum at all is UDP's own choice. */
	frame[40] = frame[41] = 0;
	tap_ok(dhcp_packet_decode(frame, len, true, &message_len) != NULL);
}

/* Puts the IPv4 header's checksum right. */
static void mend_header(uint8_t *frame)
{
	size_t len = MAX((frame[14] & 15U) * 4, 20U);

	frame[24] = frame[25] = 0;
	uint16_t sum = checksum_finish(checksum_add(0, frame + 14, len));
	frame[24] = (uint8_t)(sum >> 8);
	frame[25] = (uint8_t)sum;
}

static void packets_are_strict(void)
{
	static const struct {
		size_t at;
		uint8_t value;
		bool mend;
		const char *what;
	} rows[] = { { 12, 0x86, true, "type" }, { 14, 0x65, true, "version" },
		{ 14, 0x44, true, "header of 16 bytes" }, { 14, 0x4f, true, "header of 60 bytes" },
		{ 16, 0x7f, true, "total length beyond the end" }, { 16, 0, true, "total length" },
		{ 20, 0x20, true, "fragment to come" }, { 21, 1, true, "fragment" },
		{ 23, 6, true, "protocol" }, { 24, 0xff, false, "header checksum" },
		{ 37, 67, true, "port" }, { 38, 0x7f, true, "UDP length beyond the end" },
		{ 39, 7, true, "UDP length" }, { 50, 9, true, "byte under the checksum" },
		{ 29, 9, true, "source address under the checksum" } };
	struct reply m = reply_good(DHCP_OFFER, XID, our_mac, "10.9.0.50", "10.9.0.1");
	uint8_t good[DHCP_PACKET_MAX + 20], frame[DHCP_PACKET_MAX];
	size_t len = reply_frame(&m, our_mac, good), message_len = 0;

	tap_ok(dhcp_packet_decode(good, len, true, &message_len) != NULL);
	tap_eq_int(message_len, m.len);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(frame, good, len);
		frame[rows[i].at] = rows[i].value;
		if (rows[i].mend)
			mend_header(frame);
		if (rows[i].at == 39)
			frame[38] = 0;
		if (dhcp_packet_decode(frame, len, true, &message_len))
			tap_fail(__FILE__, __LINE__, "taken with another %s", rows[i].what);
	}
	for (size_t n = 0; n < len; n++)
		tap_ok(!dhcp_packet_decode(good, n, true, &message_len));
	/* Padding behind it is Ethernet's. */
	tap_ok(dhcp_packet_decode(good, len + 20, true, &message_len) != NULL);
	tap_eq_int(message_len, m.len);
}

static void ip_options_are_passed_over(void)
{
	struct reply m = reply_good(DHCP_OFFER, XID, our_mac, "10.9.0.50", "10.9.0.1");
	uint8_t frame[DHCP_PACKET_MAX + 4];
	size_t len = reply_frame(&m, our_mac, frame), message_len = 0;

	memmove(frame + 38, frame + 34, len - 34);
	memset(frame + 34, 1, 4); /* "no operation", four times */
	frame[14] = 0x46;
	frame[16] = (uint8_t)((len - 10) >> 8);
	frame[17] = (uint8_t)(len - 10);
	mend_header(frame);
	const uint8_t *message = dhcp_packet_decode(frame, len + 4, true, &message_len);
	tap_ok(message == frame + 46);
	tap_eq_int(message_len, m.len);
}

static void a_lease_of_a_process_without_privileges_is_checked(void)
{
	struct reply m = reply_good(DHCP_ACK, XID, our_mac, "10.9.0.50", "10.9.0.1");
	static struct dhcp_reply reply;
	struct dhcp_lease lease;

	tap_ok(!dhcp_decode(m.bytes, m.len, &reply) && !dhcp_lease_check(&reply.lease));
#define CHECK(change, text)                                                                        \
	do {                                                                                       \
		lease = reply.lease;                                                               \
		change;                                                                            \
		tap_eq_text(dhcp_lease_check(&lease), text);                                       \
	} while (0)
	CHECK(lease.address.addr = ip("::1"), "no usable address");
	CHECK(lease.address.addr = ip("10.9.0.255"), "the network's broadcast address");
	CHECK(lease.address.len = 33, "no usable subnet mask");
	CHECK(lease.address.len = 0, "no usable subnet mask");
	CHECK(lease.n_routers = 9, "no usable router");
	CHECK(lease.routers[0] = ip("224.0.0.1"), "no usable router");
	CHECK(lease.routers[0] = ip("10.9.0.50"), "no usable router");
	CHECK(strcpy(lease.hostname, "a b"), "malformed host name");
	CHECK(memset(lease.hostname, 'a', sizeof(lease.hostname)), "malformed host name");
	CHECK(lease.mtu = 575, "no usable MTU");
	CHECK(lease.mtu = 65536, "no usable MTU");
	CHECK(lease.n_routes = 33, "too many routes");
	CHECK(lease.n_routes = 1, "malformed route");
	CHECK((lease.n_routes = 1, lease.routes[0].to.addr = ip("10.0.0.1"),
		      lease.routes[0].to.len = 8),
		"malformed route");
#undef CHECK
}

/* A frame of our client, with its checksums made anew after a change; its length. */
static size_t client_frame(uint8_t type, size_t at, uint8_t value, uint8_t *out)
{
	const struct dhcp_request request = { .type = (enum dhcp_type)type,
		.xid = XID,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.address = { .family = 4, .bytes = { 10, 0, 2, 50 } },
		.server = { .family = 4, .bytes = { 10, 0, 2, 1 } } };
	uint8_t message[DHCP_MESSAGE_MAX];
	size_t len = dhcp_encode(&request, message);

	if (at < len)
		message[at] = value;
	return dhcp_packet_encode(request.mac, message, len, out);
}

static void only_a_clients_frames_are_sent_for_the_role(void)
{
	static const uint8_t mac[NET_MAC_LEN] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t types[] = { DHCP_DISCOVER, DHCP_REQUEST, DHCP_DECLINE };
	/* Byte of the message, and a value that no client sends there. */
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = { { 0, 2 }, { 1, 6 }, { 2, 7 }, { 3, 1 }, { 12, 10 }, { 16, 10 }, { 20, 10 },
		{ 24, 10 }, { 28, 4 }, { 33, 9 }, { 236, 0 }, { 240, 1 }, { 242, DHCP_OFFER },
		{ 242, DHCP_ACK }, { 242, 7 } };
	uint8_t frame[DHCP_PACKET_MAX];

	for (size_t i = 0; i < sizeof(types); i++) {
		size_t len = client_frame(types[i], SIZE_MAX, 0, frame);
		tap_ok(dhcp_packet_check(frame, len, mac) == NULL);
		/* Each byte of the headers counts, and so do both ends. */
		for (size_t at = 0; at < DHCP_HEADERS_LEN; at++) {
			frame[at] ^= 1;
			tap_ok(dhcp_packet_check(frame, len, mac) != NULL);
			frame[at] ^= 1;
		}
		tap_ok(dhcp_packet_check(frame, len - 1, mac) != NULL);
		tap_ok(dhcp_packet_check(frame, DHCP_HEADERS_LEN, mac) != NULL);
		tap_ok(dhcp_packet_check(frame, 0, mac) != NULL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		size_t len = client_frame(DHCP_DISCOVER, changes[i].at, changes[i].value, frame);
		if (!dhcp_packet_check(frame, len, mac))
			tap_fail(__FILE__, __LINE__, "sent: byte %zu is %u", changes[i].at,
				changes[i].value);
	}
	/* An ARP reply, as an attacker would forge it. */
	memset(frame, 0xff, 60);
	memcpy(frame + 6, mac, NET_MAC_LEN);
	memcpy(frame + 12, "\x08\x06", 2);
	tap_eq_text(dhcp_packet_check(frame, 60, mac), "with other headers than a client's");
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_captured_offer_is_read),
		TAP_TEST(a_captured_ack_is_read),
		TAP_TEST(what_is_sent_is_a_whole_message),
		TAP_TEST(a_message_that_is_none_is_refused_with_a_reason),
		TAP_TEST(a_lease_needs_a_usable_address_and_mask),
		TAP_TEST(a_lease_needs_no_router_and_no_time),
		TAP_TEST(a_malformed_option_is_left_out_and_named),
		TAP_TEST(an_entry_that_cannot_be_used_is_left_out_alone),
		TAP_TEST(the_first_of_two_options_of_fixed_length_counts),
		TAP_TEST(without_a_subnet_mask_the_address_is_alone),
		TAP_TEST(routes_are_set_after_what_their_routers_need),
		TAP_TEST(good_options_are_taken),
		TAP_TEST(classless_routes_win_over_routers),
		TAP_TEST(classless_routes_without_default_mean_no_router),
		TAP_TEST(long_options_come_in_pieces),
		TAP_TEST(overloaded_fields_hold_options),
		TAP_TEST(overload_that_makes_no_sense_is_refused),
		TAP_TEST(more_than_there_is_room_for_is_left_out),
		TAP_TEST(a_nak_needs_no_address),
		TAP_TEST(packets_are_as_other_clients_make_them),
		TAP_TEST(a_half_done_checksum_counts_when_the_kernel_says_so),
		TAP_TEST(packets_are_strict),
		TAP_TEST(ip_options_are_passed_over),
		TAP_TEST(a_lease_of_a_process_without_privileges_is_checked),
		TAP_TEST(only_a_clients_frames_are_sent_for_the_role),
		{ 0 },
	};
	return tap_run(tests);
}
