/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dhcp/client.h: conversations with scripted servers. Time is a number here: no test sleeps, and
 * every row of the table has the exact millisecond at which the client ends.
 */
#include "tap.h"

#include <errno.h>

#include "base/clock.h"
#include "base/macros.h"
#include "dhcp/client.h"
#include "net_packets.h"

/* The faults of a server. */
enum {
	NO_ACK = 1 << 0,    /* offers, but never answers a REQUEST */
	NAKS = 1 << 1,      /* answers every REQUEST with a NAK */
	NAKS_ONCE = 1 << 2, /* only the first one */
	NO_MASK = 1 << 3,
	NO_ADDRESS = 1 << 4,
	WRONG_XID = 1 << 5,
	WRONG_MAC = 1 << 6,
	ACKS_OTHERS = 1 << 7,   /* answers REQUESTs that are for another server */
	OTHER_ADDRESS = 1 << 8, /* in its ACK */
	NO_ROUTER = 1 << 9,
	OVERLOADED = 1 << 10,
	JUMBO = 1 << 11,
	GARBLED = 1 << 12,
	ODD_MTU = 1 << 13,
	NAKS_OTHERS = 1 << 14,
};

struct server {
	const char *id; /* NULL: no more servers */
	size_t link;
	int64_t delay_ms, from_ms; /* answers after this long; deaf before that moment */
	unsigned flags;
};

struct link_spec {
	unsigned speed;
	int64_t carrier_ms; /* when it comes up; -1: never */
};

struct row {
	const char *what;
	size_t n;
	struct link_spec links[4];
	struct server servers[4];
	bool discover_only;

	enum dhcp_state state;
	int64_t end_ms;
	size_t link;                  /* of BOUND */
	const char *server;           /* of BOUND */
	const char *offered;          /* of OFFERED: positions */
	unsigned discovers, requests; /* on that link, or on link 0 */
	const char *text;             /* of FAILED */
};

static const struct row rows[] = {
	{ .what = "a good server",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5 } },
		.state = DHCP_BOUND,
		.end_ms = 10,
		.server = "10.9.0.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "a slow server",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 2500 } },
		.state = DHCP_BOUND,
		.end_ms = 5000,
		.server = "10.9.0.1",
		.discovers = 2,
		.requests = 2 },
	{ .what = "a server that is there after 20 s",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 20000 } },
		.state = DHCP_BOUND,
		.end_ms = 23010,
		.server = "10.9.0.1",
		.discovers = 6,
		.requests = 1 },
	{ .what = "no server",
		.n = 1,
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 10,
		.text = "no DHCP lease within 60 s; heard nothing on eth0 (10 DISCOVER sent)" },
	{ .what = "a server that offers only",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NO_ACK } },
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 15,
		.requests = 15,
		.text = "no DHCP lease within 60 s; eth0: sent 15 DISCOVER, 15 REQUEST, heard 15 "
			"OFFER" },
	{ .what = "a server that offers only, and a better one",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NO_ACK }, { "10.9.0.2", 0, 50 } },
		.state = DHCP_BOUND,
		.end_ms = 5 + 3000 + 50 + 50,
		.server = "10.9.0.2",
		.discovers = 2,
		.requests = 3 },
	{ .what = "a NAK, then an ACK",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NAKS_ONCE } },
		.state = DHCP_BOUND,
		.end_ms = 10 + 5 + 1000 + 5,
		.server = "10.9.0.1",
		.discovers = 3,
		.requests = 2 },
	{ .what = "NAKs only",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NAKS } },
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 19,
		.requests = 10,
		.text = "no DHCP lease within 60 s; eth0: sent 19 DISCOVER, 10 REQUEST, heard 19 "
			"OFFER, "
			"10 NAK" },
	{ .what = "an offer without mask, and a good one",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NO_MASK }, { "10.9.0.2", 0, 50 } },
		.state = DHCP_BOUND,
		.end_ms = 100,
		.server = "10.9.0.2",
		.discovers = 1,
		.requests = 1 },
	{ .what = "an offer without mask alone",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NO_MASK } },
		.state = DHCP_BOUND,
		.end_ms = 5 + DHCP_GATHER_MS + 5,
		.server = "10.9.0.1",
		.discovers = 2,
		.requests = 1 },
	{ .what = "offers without address",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NO_ADDRESS },
			{ "10.9.0.2", 0, 5, 0, NO_ADDRESS } },
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 10,
		.text = "no DHCP lease within 60 s; eth0: sent 10 DISCOVER, heard 20 without a "
			"usable "
			"address or mask" },
	{ .what = "a wrong transaction",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, WRONG_XID } },
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 10,
		.text = "no DHCP lease within 60 s; eth0: sent 10 DISCOVER, heard 10 for others" },
	{ .what = "a wrong MAC",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, WRONG_MAC } },
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 10,
		.text = "no DHCP lease within 60 s; eth0: sent 10 DISCOVER, heard 10 for others" },
	{ .what = "garbled messages",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, GARBLED } },
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 10,
		.text = "no DHCP lease within 60 s; eth0: sent 10 DISCOVER, heard 10 malformed" },
	{ .what = "the first of two servers",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 50 }, { "10.9.0.2", 0, 5 } },
		.state = DHCP_BOUND,
		.end_ms = 10,
		.server = "10.9.0.2",
		.discovers = 1,
		.requests = 1 },
	{ .what = "the ACK of a server that was not asked",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 20 }, { "10.9.0.2", 0, 1, 22, ACKS_OTHERS } },
		.state = DHCP_BOUND,
		.end_ms = 40,
		.server = "10.9.0.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "the NAK of a server that was not asked",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 20 }, { "10.9.0.2", 0, 1, 20, NAKS_OTHERS } },
		.state = DHCP_BOUND,
		.end_ms = 40,
		.server = "10.9.0.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "an ACK for another address",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, OTHER_ADDRESS } },
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 15,
		.requests = 15,
		.text = "no DHCP lease within 60 s; eth0: sent 15 DISCOVER, 15 REQUEST, heard 15 "
			"OFFER, "
			"15 not asked for" },
	{ .what = "no router",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NO_ROUTER } },
		.state = DHCP_BOUND,
		.end_ms = 10,
		.server = "10.9.0.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "no router on the faster link",
		.n = 2,
		.links = { { 1000 }, { 100 } },
		.servers = { { "10.9.0.1", 0, 5, 0, NO_ROUTER }, { "10.9.1.1", 1, 1100 } },
		.state = DHCP_BOUND,
		.end_ms = 1100 + 1000 + 1100,
		.link = 1,
		.server = "10.9.1.1",
		.discovers = 2,
		.requests = 2 },
	{ .what = "a link-local address first",
		.n = 2,
		.links = { { 1000 }, { 1000 } },
		.servers = { { "169.254.3.1", 0, 5 }, { "10.9.1.1", 1, 900 } },
		.state = DHCP_BOUND,
		.end_ms = 900 + 1000 + 900,
		.link = 1,
		.server = "10.9.1.1",
		.discovers = 2,
		.requests = 1 },
	{ .what = "a link-local address on the only link that answers",
		.n = 2,
		.servers = { { "169.254.3.1", 0, 5 } },
		.state = DHCP_BOUND,
		.end_ms = 5 + DHCP_GATHER_POOR_MS + 5,
		.link = 0,
		.server = "169.254.3.1",
		.discovers = 3,
		.requests = 1 },
	{ .what = "links with offers, one of them without router",
		.n = 2,
		.servers = { { "10.9.0.1", 0, 5, 0, NO_ROUTER }, { "10.9.1.1", 1, 900 } },
		.discover_only = true,
		.state = DHCP_OFFERED,
		.end_ms = 900,
		.offered = "1",
		.discovers = 1 },
	{ .what = "overload",
		.n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, OVERLOADED } },
		.state = DHCP_BOUND,
		.end_ms = 10,
		.server = "10.9.0.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "the right one of four links",
		.n = 4,
		.servers = { { "10.9.0.1", 2, 5 } },
		.state = DHCP_BOUND,
		.end_ms = 5 + 1000 + 5,
		.link = 2,
		.server = "10.9.0.1",
		.discovers = 2,
		.requests = 1 },
	{ .what = "the only link with carrier",
		.n = 4,
		.links = { { 0, -1 }, { 0, -1 }, { 0, 0 }, { 0, -1 } },
		.servers = { { "10.9.0.1", 2, 5 } },
		.state = DHCP_BOUND,
		.end_ms = 10,
		.link = 2,
		.server = "10.9.0.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "the fastest link answers first",
		.n = 3,
		.links = { { 100 }, { 10000 }, { 1000 } },
		.servers = { { "10.9.0.1", 0, 50 }, { "10.9.1.1", 1, 5 } },
		.state = DHCP_BOUND,
		.end_ms = 10,
		.link = 1,
		.server = "10.9.1.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "the fastest link answers later",
		.n = 3,
		.links = { { 100 }, { 1000 }, { 10000 } },
		.servers = { { "10.9.0.1", 0, 5 }, { "10.9.1.1", 1, 800 } },
		.state = DHCP_BOUND,
		.end_ms = 5 + 1000 + 800,
		.link = 1,
		.server = "10.9.1.1",
		.discovers = 2,
		.requests = 1 },
	{ .what = "the fastest link answers too late",
		.n = 2,
		.links = { { 100 }, { 1000 } },
		.servers = { { "10.9.0.1", 0, 5 }, { "10.9.1.1", 1, 1100 } },
		.state = DHCP_BOUND,
		.end_ms = 5 + 1000 + 5,
		.link = 0,
		.server = "10.9.0.1",
		.discovers = 2,
		.requests = 1 },
	{ .what = "of equal links the first",
		.n = 2,
		.servers = { { "10.9.1.1", 1, 5 }, { "10.9.0.1", 0, 300 } },
		.state = DHCP_BOUND,
		.end_ms = 600,
		.link = 0,
		.server = "10.9.0.1",
		.discovers = 1,
		.requests = 1 },
	{ .what = "a NAK on the faster link",
		.n = 2,
		.links = { { 1000 }, { 100 } },
		.servers = { { "10.9.0.1", 0, 5, 0, NAKS }, { "10.9.1.1", 1, 6 } },
		.state = DHCP_BOUND,
		.end_ms = 10 + 5 + 1000 + 6,
		.link = 1,
		.server = "10.9.1.1",
		.discovers = 3,
		.requests = 1 },
	{ .what = "a link that comes up after 3.5 s",
		.n = 2,
		.links = { { 0, 0 }, { 0, 3500 } },
		.servers = { { "10.9.1.1", 1, 5, 3500 } },
		.state = DHCP_BOUND,
		.end_ms = 3500 + 5 + 1000 + 5,
		.link = 1,
		.server = "10.9.1.1",
		.discovers = 5,
		.requests = 1 },
	{ .what = "a lone link that comes up after 3.5 s",
		.n = 1,
		.links = { { 0, 3500 } },
		.servers = { { "10.9.0.1", 0, 5, 3500 } },
		.state = DHCP_BOUND,
		.end_ms = 3510,
		.server = "10.9.0.1",
		.discovers = 4,
		.requests = 1 },
	{ .what = "links with offers, all at once",
		.n = 4,
		.links = { { 0, 0 }, { 0, -1 }, { 0, 0 }, { 0, -1 } },
		.servers = { { "10.9.0.1", 0, 5 }, { "10.9.2.1", 2, 50 } },
		.discover_only = true,
		.state = DHCP_OFFERED,
		.end_ms = 50,
		.offered = "02",
		.discovers = 1 },
	{ .what = "links with offers within a second",
		.n = 3,
		.servers = { { "10.9.0.1", 0, 5 }, { "10.9.2.1", 2, 900 },
			{ "10.9.1.1", 1, 1100 } },
		.discover_only = true,
		.state = DHCP_OFFERED,
		.end_ms = 1005,
		.offered = "02",
		.discovers = 2 },
	{ .what = "no links with offers",
		.n = 2,
		.links = { { 0, 0 }, { 0, -1 } },
		.discover_only = true,
		.state = DHCP_FAILED,
		.end_ms = 60000,
		.discovers = 10,
		.text = "no DHCP lease within 60 s; heard nothing on eth0 (10 DISCOVER sent), "
			"eth1 (no carrier)" },
};

/* A frame on its way to the client. */
struct arrival {
	int64_t at_ms;
	size_t link, len;
	uint8_t frame[DHCP_PACKET_MAX];
};

struct world {
	const struct row *row;
	struct dhcp_client client;
	struct arrival arrivals[256];
	size_t n;
	unsigned naks[4]; /* that each server sent */
	int64_t now;
};

static struct reply make_reply(
	const struct server *server, uint8_t type, uint32_t xid, const uint8_t *mac)
{
	unsigned flags = server->flags;
	char address[NET_ADDR_TEXT_MAX];
	struct net_addr id = ip(server->id);
	struct reply m;

	id.bytes[3] = flags & OTHER_ADDRESS && type == DHCP_ACK ? 99 : 50;
	net_addr_format(&id, address);
	m = reply_begin(type, xid + !!(flags & WRONG_XID), mac,
		flags & NO_ADDRESS || type == DHCP_NAK ? NULL : address);
	m.bytes[28] ^= flags & WRONG_MAC ? 4 : 0;
	m.bytes[236] ^= flags & GARBLED ? 1 : 0;
	reply_addr(&m, 54, server->id);
	if (flags & OVERLOADED) {
		reply_option(&m, 52, "\1", 1);
		memcpy(m.bytes + REPLY_FILE_AT, "\1\4\xff\xff\xff\0\xff", 7);
	} else if (!(flags & NO_MASK)) {
		reply_addr(&m, 1, "255.255.255.0");
	}
	if (!(flags & NO_ROUTER))
		reply_addr(&m, 3, server->id);
	if (flags & JUMBO)
		reply_option(&m, 26, "\x23\x28", 2);
	if (flags & ODD_MTU)
		reply_option(&m, 26, "\0\1", 2);
	reply_end(&m);
	return m;
}

/* The type of a client's message, and the server it names. */
static uint8_t read_request(const uint8_t *frame, struct net_addr *ret_server)
{
	const uint8_t *options = frame + DHCP_HEADERS_LEN + REPLY_OPTIONS_AT;
	struct net_addr server = { .family = 4 };

	memcpy(server.bytes, options + 3 + 6 + 2, 4);
	*ret_server = server;
	return options[2];
}

/* Type of what a server answers, or 0. */
static uint8_t react(struct world *w, size_t i, uint8_t type, const struct net_addr *asked)
{
	const struct server *server = &w->row->servers[i];
	struct net_addr id = ip(server->id);
	bool ours = net_addr_equal(&id, asked);

	if (w->now < server->from_ms)
		return 0;
	if (type == DHCP_DISCOVER)
		return DHCP_OFFER;
	if (type != DHCP_REQUEST || server->flags & NO_ACK)
		return 0;
	if (!ours && server->flags & NAKS_OTHERS)
		return DHCP_NAK;
	if (!ours && !(server->flags & ACKS_OTHERS))
		return 0;
	if (server->flags & NAKS || (server->flags & NAKS_ONCE && w->naks[i] == 0)) {
		w->naks[i]++;
		return DHCP_NAK;
	}
	return DHCP_ACK;
}

static void hear(struct world *w, size_t link, const uint8_t *frame)
{
	const struct candidate *l = &w->client.config.links[link];
	struct bytes_reader r = bytes_reader(frame + DHCP_HEADERS_LEN + 4, 4);
	uint32_t xid = bytes_read_be32(&r);
	struct net_addr asked;
	uint8_t type = read_request(frame, &asked);

	tap_eq_bytes(frame + 6, 6, l->mac, 6);
	if (!l->carrier)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(w->row->servers) && w->row->servers[i].id; i++) {
		const struct server *server = &w->row->servers[i];
		uint8_t answer = server->link == link ? react(w, i, type, &asked) : 0;
		if (answer == 0 || w->n == ARRAY_SIZE(w->arrivals))
			continue;
		struct reply m = make_reply(server, answer, xid, l->mac);
		struct arrival *a = &w->arrivals[w->n++];
		a->at_ms = w->now + server->delay_ms;
		a->link = link;
		a->len = reply_frame(&m, l->mac, a->frame);
	}
}

static void send_all(struct world *w)
{
	static uint8_t frame[DHCP_PACKET_MAX];
	size_t link, len;
	int guard = 0;

	while (dhcp_client_send(&w->client, w->now, &link, frame, &len)) {
		hear(w, link, frame);
		if (++guard > 200) {
			tap_fail(
				__FILE__, __LINE__, "sends without end at %lld", (long long)w->now);
			return;
		}
	}
}

/* The moment of the next event; takes the arrivals that are due now. */
static void deliver(struct world *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct arrival *a = &w->arrivals[i];
		if (a->at_ms != w->now || a->len == 0)
			continue;
		dhcp_client_frame(&w->client, a->link, a->frame, a->len, true, w->now);
		a->len = 0;
		send_all(w);
	}
	size_t kept = 0;
	for (size_t i = 0; i < w->n; i++)
		if (w->arrivals[i].len > 0)
			w->arrivals[kept++] = w->arrivals[i];
	w->n = kept;
}

static int64_t next_event(const struct world *w)
{
	int64_t next = dhcp_client_deadline(&w->client);

	for (size_t i = 0; i < w->n; i++)
		next = MIN(next, w->arrivals[i].at_ms);
	for (size_t i = 0; i < w->row->n; i++)
		if (w->row->links[i].carrier_ms > w->now)
			next = MIN(next, w->row->links[i].carrier_ms);
	return next;
}

static void step(struct world *w)
{
	for (size_t i = 0; i < w->row->n; i++)
		if (w->row->links[i].carrier_ms == w->now && w->now > 0)
			dhcp_client_carrier(&w->client, i, true, w->now);
	dhcp_client_time(&w->client, w->now);
	send_all(w);
	deliver(w);
}

static void begin(struct world *w, const struct row *row)
{
	struct dhcp_config config = { .n = row->n,
		.discover_only = row->discover_only,
		.limit_ms = DHCP_LIMIT_MS,
		.seed = 42 };

	memset(w, 0, sizeof(*w));
	w->row = row;
	for (size_t i = 0; i < row->n; i++) {
		struct candidate *l = &config.links[i];
		snprintf(l->name, sizeof(l->name), "eth%u", (unsigned)i);
		memcpy(l->mac, our_mac, 6);
		l->mac[4] = (uint8_t)i;
		l->speed = row->links[i].speed;
		l->carrier = row->links[i].carrier_ms == 0;
	}
	dhcp_client_init(&w->client, &config, 0);
}

static void play(struct world *w)
{
	for (int guard = 0; !dhcp_client_over(&w->client); guard++) {
		step(w);
		if (dhcp_client_over(&w->client))
			return;
		int64_t next = next_event(w);
		if (guard > 2000 || next == CLOCK_NEVER) {
			tap_fail(__FILE__, __LINE__, "no end; now %lld", (long long)w->now);
			return;
		}
		w->now = MAX(next, w->now);
	}
}

static void check_row(const struct row *row, struct world *w)
{
	const struct dhcp_client *c = &w->client;
	size_t link = row->state == DHCP_BOUND ? row->link : 0;
	struct error error = ERROR_INIT;
	char text[NET_ADDR_TEXT_MAX], offered[8] = "";

	tap_eq_int(c->state, row->state);
	tap_eq_int(w->now, row->end_ms);
	tap_eq_int(c->seen[link].discovers, row->discovers);
	tap_eq_int(c->seen[link].requests, row->requests);
	if (row->state == DHCP_BOUND) {
		tap_eq_int(c->link, row->link);
		net_addr_format(&c->best.server, text);
		tap_eq_text(text, row->server);
		tap_ok(dhcp_lease_check(&c->lease) == NULL);
	} else if (row->state == DHCP_OFFERED) {
		for (size_t i = 0; i < row->n; i++)
			if (dhcp_client_will_do(c, i))
				offered[strlen(offered)] = (char)('0' + i);
		tap_eq_text(offered, row->offered);
	} else {
		tap_eq_int(dhcp_client_failure(c, &error), -ETIMEDOUT);
		tap_eq_text(error.text, row->text);
	}
}

static void the_table_of_conversations_holds(void)
{
	static struct world w;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool before = tap_failed;
		tap_failed = false;
		begin(&w, &rows[i]);
		play(&w);
		check_row(&rows[i], &w);
		if (tap_failed)
			printf("# in: %s\n", rows[i].what);
		tap_failed |= before;
	}
}

/* The row of this name. */
static const struct row *find_row(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].what, what) == 0)
			return &rows[i];
	abort();
}

static void the_lease_is_the_acks(void)
{
	static const struct row jumbo = { .n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, JUMBO | OVERLOADED } } };
	static struct world w;
	char text[NET_PREFIX_TEXT_MAX];

	begin(&w, &jumbo);
	play(&w);
	tap_eq_int(w.client.lease.mtu, 9000);
	net_prefix_format(&w.client.lease.address, text);
	tap_eq_text(text, "10.9.0.50/24");
	tap_eq_int(w.client.lease.n_routers, 1);
}

static void notes_tell_the_story(void)
{
	static const char *const want[] = { "eth0: 10.9.0.1 offers 10.9.0.50/24",
		"eth0: asking 10.9.0.1 for 10.9.0.50/24",
		"eth0: 10.9.0.1 refuses 10.9.0.50/24 after all (NAK); trying again",
		"eth0: 10.9.0.1 offers 10.9.0.50/24", "eth0: asking 10.9.0.1 for 10.9.0.50/24",
		"eth0: 10.9.0.1 sent option 26 malformed; ignored",
		"eth0: 10.9.0.1 leases 10.9.0.50/24" };
	static const struct row row = { .n = 1,
		.servers = { { "10.9.0.1", 0, 5, 0, NAKS_ONCE | ODD_MTU } } };
	static struct world w;
	struct dhcp_note note;
	char line[DHCP_LINE_MAX];
	size_t n = 0;

	begin(&w, &row);
	play(&w);
	for (; dhcp_client_note(&w.client, &note); n++) {
		dhcp_note_format(&w.client, &note, line);
		if (n < ARRAY_SIZE(want))
			tap_eq_text(line, want[n]);
	}
	tap_eq_int(n, ARRAY_SIZE(want));
}

static void a_flood_of_bad_messages_is_one_note(void)
{
	static struct world w;
	struct dhcp_note note;
	char line[DHCP_LINE_MAX];

	begin(&w, find_row("offers without address"));
	play(&w);
	tap_ok(dhcp_client_note(&w.client, &note));
	dhcp_note_format(&w.client, &note, line);
	tap_eq_text(line, "eth0: ignored a DHCP message: no usable address");
	tap_ok(!dhcp_client_note(&w.client, &note));
}

static void notes_have_a_limit(void)
{
	static struct world w;
	struct dhcp_note note;
	unsigned n = 0;

	begin(&w, find_row("no server"));
	for (int i = 0; i < 2 * DHCP_NOTES_MAX; i++) {
		dhcp_client_carrier(&w.client, 0, false, i);
		dhcp_client_carrier(&w.client, 0, true, i);
	}
	while (dhcp_client_note(&w.client, &note))
		n++;
	tap_eq_int(n, DHCP_NOTES_MAX);
}

static void a_declined_lease_is_told_and_another_is_sought(void)
{
	static struct world w;
	static uint8_t frame[DHCP_PACKET_MAX];
	struct net_addr server;
	size_t link = 9, len = 0;
	char text[NET_ADDR_TEXT_MAX];

	begin(&w, find_row("a good server"));
	play(&w);
	tap_eq_int(w.client.state, DHCP_BOUND);
	dhcp_client_decline(&w.client, 500);
	tap_ok(dhcp_client_send(&w.client, 500, &link, frame, &len));
	tap_eq_int(link, 0);
	tap_eq_int(read_request(frame, &server), DHCP_DECLINE);
	net_addr_format(&server, text);
	tap_eq_text(text, "10.9.0.1");
	tap_eq_bytes(frame + DHCP_HEADERS_LEN + 240 + 5, 4, "\x0a\x09\0\x32", 4);
	tap_ok(!dhcp_client_send(&w.client, 500, &link, frame, &len));
	tap_eq_int(dhcp_client_deadline(&w.client), 1500);
	w.now = 1500;
	play(&w);
	tap_eq_int(w.client.state, DHCP_BOUND);
	tap_eq_int(w.now, 1510);
	tap_eq_int(w.client.seen[0].declines, 1);
}

static void a_second_try_is_another_transaction(void)
{
	static struct world w;
	uint32_t xid;

	begin(&w, find_row("a NAK, then an ACK"));
	xid = w.client.xid[0];
	play(&w);
	tap_ok(w.client.xid[0] != xid);
	begin(&w, find_row("the right one of four links"));
	tap_ok(w.client.xid[0] != w.client.xid[1] && w.client.xid[1] != w.client.xid[2]);
}

static void jitter_is_small_and_differs(void)
{
	static struct dhcp_client c;
	static struct dhcp_config config = {
		.n = 2, .limit_ms = 60000, .jitter_ms = 100, .seed = 7
	};
	static uint8_t frame[DHCP_PACKET_MAX];
	size_t link, len;

	dhcp_client_init(&c, &config, 0);
	while (dhcp_client_send(&c, 0, &link, frame, &len))
		;
	for (size_t i = 0; i < 2; i++)
		tap_ok(c.timer[i].due_ms >= 1000 && c.timer[i].due_ms < 1100);
	tap_ok(c.timer[0].due_ms != c.timer[1].due_ms);
}

static void sixty_four_links_are_asked(void)
{
	static struct dhcp_client c;
	static struct dhcp_config config = { .n = 64, .limit_ms = 60000, .seed = 7 };
	static uint8_t frame[DHCP_PACKET_MAX];
	struct reply m;
	size_t link, len;
	uint64_t asked = 0;

	for (size_t i = 0; i < 64; i++) {
		memcpy(config.links[i].mac, our_mac, 6);
		config.links[i].mac[5] = (uint8_t)i;
		config.links[i].carrier = true;
		snprintf(config.links[i].name, IF_NAMESIZE, "ethernet%zu", i);
	}
	dhcp_client_init(&c, &config, 0);
	while (dhcp_client_send(&c, 0, &link, frame, &len))
		asked |= 1ULL << link;
	tap_ok(asked == UINT64_MAX);
	m = reply_good(DHCP_OFFER, c.xid[63], config.links[63].mac, "10.9.0.50", "10.9.0.1");
	len = reply_frame(&m, our_mac, frame);
	dhcp_client_frame(&c, 63, frame, len, true, 10);
	dhcp_client_time(&c, 1010);
	tap_eq_int(c.state, DHCP_REQUESTING);
	tap_eq_int(c.best.link, 63);
	/* And all of them silent: the text is cut, not overrun. */
	struct error error = ERROR_INIT;
	dhcp_client_init(&c, &config, 0);
	dhcp_client_time(&c, 60000);
	tap_eq_int(c.state, DHCP_FAILED);
	tap_eq_int(dhcp_client_failure(&c, &error), -ETIMEDOUT);
	tap_ok(strlen(error.text) > 200 && strlen(error.text) < ERROR_TEXT_MAX);
}

static void nothing_happens_after_the_end(void)
{
	static struct world w;
	static uint8_t frame[DHCP_PACKET_MAX];
	size_t link, len;
	struct reply m;

	begin(&w, find_row("a good server"));
	play(&w);
	m = reply_good(DHCP_NAK, w.client.xid[0], w.client.config.links[0].mac, NULL, "10.9.0.1");
	len = reply_frame(&m, our_mac, frame);
	dhcp_client_frame(&w.client, 0, frame, len, true, 20);
	dhcp_client_carrier(&w.client, 0, false, 20);
	dhcp_client_carrier(&w.client, 0, true, 20);
	dhcp_client_time(&w.client, 100000);
	tap_eq_int(w.client.state, DHCP_BOUND);
	tap_ok(!dhcp_client_send(&w.client, 100000, &link, frame, &len));
	tap_ok(dhcp_client_deadline(&w.client) == CLOCK_NEVER);
	/* Nor for a link that there is not. */
	dhcp_client_frame(&w.client, 64, frame, len, true, 20);
	dhcp_client_carrier(&w.client, 64, true, 20);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_table_of_conversations_holds),
		TAP_TEST(the_lease_is_the_acks),
		TAP_TEST(notes_tell_the_story),
		TAP_TEST(a_flood_of_bad_messages_is_one_note),
		TAP_TEST(notes_have_a_limit),
		TAP_TEST(a_declined_lease_is_told_and_another_is_sought),
		TAP_TEST(a_second_try_is_another_transaction),
		TAP_TEST(jitter_is_small_and_differs),
		TAP_TEST(sixty_four_links_are_asked),
		TAP_TEST(nothing_happens_after_the_end),
		{ 0 },
	};
	return tap_run(tests);
}
