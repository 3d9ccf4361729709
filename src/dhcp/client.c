/* SPDX-License-Identifier: BSD-2-Clause */
/* The DHCP client's state machine: see client.h. Its texts are in client_text.c. */
#include "dhcp/client.h"

#include <string.h>

#include "base/clock.h"
#include "packet/frame.h"

/* Kinds of ignored messages, each noted once a link. */
enum {
	SAID_UNUSABLE = 1 << 0,
	SAID_MALFORMED = 1 << 1,
	SAID_STRAY = 1 << 2,
};

/* SplitMix64 (Steele, Lea, Flood 2014): numbers that differ, of a seed that is secret enough. */
static uint64_t next_random(struct dhcp_client *c)
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

static void note_event(struct dhcp_client *c, const struct dhcp_note *what)
{
	if (c->n_notes < DHCP_NOTES_MAX)
		c->notes[c->n_notes++] = *what;
}

static void note_offer(struct dhcp_client *c, enum dhcp_note_kind kind,
	const struct dhcp_offer *offer, const char *why)
{
	note_event(c, &(struct dhcp_note){ .kind = kind,
			      .link = offer->link,
			      .address = offer->address,
			      .server = offer->server,
			      .why = why });
}

static void note_ignored(struct dhcp_client *c, size_t link, uint8_t said, const char *why)
{
	if (c->said[link] & said)
		return;
	c->said[link] |= said;
	note_event(c, &(struct dhcp_note){ .kind = DHCP_NOTE_IGNORED, .link = link, .why = why });
}

static void arm(struct dhcp_timer *timer, int64_t now_ms)
{
	*timer = (struct dhcp_timer){ .due_ms = now_ms, .delay_ms = DHCP_RETRY_FIRST_MS };
}

/* Something was sent: the next time is later, and later still after that. */
static void rearm(struct dhcp_client *c, struct dhcp_timer *timer, int64_t now_ms)
{
	uint64_t jitter = c->config.jitter_ms > 0 ? next_random(c) % c->config.jitter_ms : 0;

	timer->due_ms = now_ms + timer->delay_ms + (int64_t)jitter;
	timer->delay_ms = MIN(timer->delay_ms * 2, DHCP_RETRY_MAX_MS);
}

static bool same_offer(const struct dhcp_offer *a, const struct dhcp_offer *b)
{
	return a->link == b->link && net_addr_equal(&a->server, &b->server);
}

static bool is_shunned(const struct dhcp_client *c, const struct dhcp_offer *offer)
{
	for (size_t i = 0; i < c->n_shunned; i++)
		if (same_offer(&c->shunned[i], offer))
			return true;
	return false;
}

static void shun(struct dhcp_client *c, const struct dhcp_offer *offer)
{
	if (!is_shunned(c, offer) && c->n_shunned < DHCP_SHUNNED_MAX)
		c->shunned[c->n_shunned++] = *offer;
}

/* Begins (again): new transactions, and DISCOVERs at once. */
static void begin_selecting(struct dhcp_client *c, int64_t now_ms)
{
	c->state = DHCP_SELECTING;
	c->best = (struct dhcp_offer){ .there = false };
	for (size_t i = 0; i < c->config.n; i++) {
		c->xid[i] = (uint32_t)next_random(c);
		arm(&c->timer[i], now_ms);
	}
}

/* A server refused or did not answer: the first retry is immediate, each further one later. */
static void set_back(struct dhcp_client *c, int64_t pause_ms, int64_t now_ms)
{
	for (unsigned i = 0; i < c->setbacks && pause_ms < DHCP_RETRY_MAX_MS; i++)
		pause_ms = MIN(MAX(pause_ms * 2, DHCP_RETRY_FIRST_MS), DHCP_RETRY_MAX_MS);
	c->setbacks++;
	c->state = DHCP_WAITING;
	c->again_ms = now_ms + pause_ms;
	if (pause_ms == 0)
		begin_selecting(c, now_ms);
}

void dhcp_client_init(struct dhcp_client *c, const struct dhcp_config *config, int64_t now_ms)
{
	assert(config->n >= 1 && config->n <= CANDIDATES_MAX);
	memset(c, 0, sizeof(*c));
	c->config = *config;
	c->config.n = MIN(config->n, (size_t)CANDIDATES_MAX);
	c->random = config->seed;
	c->started_ms = now_ms;
	c->limit_ms = now_ms + config->limit_ms;
	begin_selecting(c, now_ms);
}

bool dhcp_client_over(const struct dhcp_client *c)
{
	return c->state == DHCP_BOUND || c->state == DHCP_OFFERED || c->state == DHCP_FAILED;
}

static void take_best(struct dhcp_client *c, int64_t now_ms)
{
	if (c->config.discover_only) {
		c->state = DHCP_OFFERED;
		return;
	}
	c->state = DHCP_REQUESTING;
	c->requests = 0;
	arm(&c->timer[c->best.link], now_ms);
	note_offer(c, DHCP_NOTE_REQUEST, &c->best, NULL);
}

/* NULL, or why a lease leads nowhere: others are preferred. */
static const char *reason_poor(const struct dhcp_lease *lease)
{
	const uint8_t *bytes = lease->address.addr.bytes;

	if (bytes[0] == 169 && bytes[1] == 254)
		return "a link-local address";
	return lease->n_routers == 0 && !lease->default_onlink ? "without a router" : NULL;
}

bool dhcp_client_will_do(const struct dhcp_client *c, size_t link)
{
	for (size_t i = 0; i < c->config.n; i++)
		if (c->seen[i].offers > c->seen[i].poor)
			return c->seen[link].offers > c->seen[link].poor;
	return c->seen[link].offers > 0;
}

/* No offer that may still come could change the outcome. */
static bool is_decided(const struct dhcp_client *c)
{
	const struct candidate *links = c->config.links;

	if (!c->config.discover_only && (is_shunned(c, &c->best) || c->best.no_mask))
		return false;
	/* Other links may also come up late. */
	if (c->best.poor && c->config.n > 1)
		return false;
	for (size_t i = 0; i < c->config.n; i++) {
		if (!links[i].carrier)
			continue;
		if (c->config.discover_only ? c->seen[i].offers == 0
					    : candidate_before(links, i, c->best.link))
			return false;
	}
	return true;
}

/* Whether an offer is to be preferred to the best one so far. */
static bool is_better(const struct dhcp_client *c, const struct dhcp_offer *offer)
{
	bool shunned = is_shunned(c, offer);

	if (shunned != is_shunned(c, &c->best))
		return !shunned;
	if (offer->poor != c->best.poor)
		return !offer->poor;
	if (offer->no_mask != c->best.no_mask)
		return !offer->no_mask;
	return candidate_before(c->config.links, offer->link, c->best.link);
}

/* What was odd about the lease that is taken. */
static void note_oddities(struct dhcp_client *c, size_t link, const struct dhcp_reply *reply)
{
	struct dhcp_note note = {
		.link = link, .address = reply->lease.address, .server = reply->server
	};

	if (reply->no_mask) {
		note.kind = DHCP_NOTE_NO_MASK;
		note_event(c, &note);
	}
	if (reply->odd != 0) {
		note.kind = DHCP_NOTE_ODD;
		note.option = reply->odd;
		note_event(c, &note);
	}
	if (reply->odd_entry != 0) {
		note.kind = DHCP_NOTE_ENTRY;
		note.option = reply->odd_entry;
		note_event(c, &note);
	}
}

static void take_offer(
	struct dhcp_client *c, size_t link, const struct dhcp_reply *reply, int64_t now_ms)
{
	struct dhcp_offer offer = { .there = true,
		.no_mask = reply->no_mask,
		.link = link,
		.address = reply->lease.address,
		.server = reply->server };

	if (reply->unusable) {
		c->seen[link].unusable++;
		note_ignored(c, link, SAID_UNUSABLE, reply->unusable);
		return;
	}
	const char *why = reason_poor(&reply->lease);
	offer.poor = why != NULL;
	c->seen[link].offers++;
	c->seen[link].poor += offer.poor;
	if (c->state != DHCP_SELECTING)
		return;
	note_offer(c, DHCP_NOTE_OFFER, &offer, why);
	/* Until a second after the first one that leads somewhere. */
	if (!c->best.there || (c->best.poor && !offer.poor))
		c->gather_ms = MIN(c->best.there ? c->gather_ms : CLOCK_NEVER,
			now_ms + (offer.poor ? DHCP_GATHER_POOR_MS : DHCP_GATHER_MS));
	if (!c->best.there || is_better(c, &offer))
		c->best = offer;
	if (is_decided(c))
		take_best(c, now_ms);
}

static void take_ack(struct dhcp_client *c, size_t link, const struct dhcp_reply *reply)
{
	if (reply->unusable) {
		c->seen[link].unusable++;
		note_ignored(c, link, SAID_UNUSABLE, reply->unusable);
		return;
	}
	if (!net_addr_equal(&reply->lease.address.addr, &c->best.address.addr)) {
		c->seen[link].stray++;
		note_ignored(c, link, SAID_STRAY, "an ACK for another address than was offered");
		return;
	}
	c->seen[link].acks++;
	c->best.address = reply->lease.address;
	c->link = link;
	c->lease = reply->lease;
	c->state = DHCP_BOUND;
	note_oddities(c, link, reply);
	note_offer(c, DHCP_NOTE_ACK, &c->best, NULL);
}

static void take_nak(struct dhcp_client *c, size_t link, int64_t now_ms)
{
	c->seen[link].naks++;
	note_offer(c, DHCP_NOTE_NAK, &c->best, NULL);
	shun(c, &c->best);
	set_back(c, 0, now_ms);
}

static void take_reply(
	struct dhcp_client *c, size_t link, const struct dhcp_reply *reply, int64_t now_ms)
{
	const struct dhcp_offer from = { .link = link, .server = reply->server };

	if (reply->type == DHCP_OFFER) {
		take_offer(c, link, reply, now_ms);
		return;
	}
	if (c->state != DHCP_REQUESTING || !same_offer(&from, &c->best)) {
		c->seen[link].stray++;
		note_ignored(c, link, SAID_STRAY, "an answer of a server that was not asked");
		return;
	}
	if (reply->type == DHCP_ACK)
		take_ack(c, link, reply);
	else
		take_nak(c, link, now_ms);
}

void dhcp_client_frame(struct dhcp_client *c, size_t link, const uint8_t *frame, size_t len,
	bool checksum_ready, int64_t now_ms)
{
	struct dhcp_reply reply;
	size_t message_len = 0;
	const uint8_t *message;
	const char *wrong;

	if (link >= c->config.n || dhcp_client_over(c))
		return;
	message = dhcp_packet_decode(frame, len, checksum_ready, &message_len);
	wrong = message ? dhcp_decode(message, message_len, &reply) : "malformed packet";
	if (wrong) {
		c->seen[link].malformed++;
		note_ignored(c, link, SAID_MALFORMED, wrong);
	} else if (reply.xid != c->xid[link] ||
		   !net_mac_equal(reply.mac, c->config.links[link].mac)) {
		/* Replies to other clients may arrive here: they are only counted. */
		c->seen[link].foreign++;
	} else {
		take_reply(c, link, &reply, now_ms);
	}
}

void dhcp_client_carrier(struct dhcp_client *c, size_t link, bool carrier, int64_t now_ms)
{
	if (link >= c->config.n || c->config.links[link].carrier == carrier)
		return;
	c->config.links[link].carrier = carrier;
	if (!carrier || dhcp_client_over(c))
		return;
	note_event(c, &(struct dhcp_note){ .kind = DHCP_NOTE_CARRIER, .link = link });
	if (c->state == DHCP_SELECTING || (c->state == DHCP_REQUESTING && c->best.link == link))
		arm(&c->timer[link], now_ms);
}

void dhcp_client_time(struct dhcp_client *c, int64_t now_ms)
{
	if (dhcp_client_over(c))
		return;
	if (c->state == DHCP_SELECTING && c->best.there &&
		(now_ms >= c->gather_ms || now_ms >= c->limit_ms))
		take_best(c, now_ms);
	if (dhcp_client_over(c))
		return;
	if (now_ms >= c->limit_ms) {
		c->state = DHCP_FAILED;
		return;
	}
	if (c->state == DHCP_REQUESTING && c->requests == DHCP_REQUESTS_MAX &&
		now_ms >= c->timer[c->best.link].due_ms) {
		note_offer(c, DHCP_NOTE_SILENT, &c->best, NULL);
		shun(c, &c->best);
		set_back(c, 0, now_ms);
	}
	if (c->state == DHCP_WAITING && now_ms >= c->again_ms)
		begin_selecting(c, now_ms);
}

void dhcp_client_decline(struct dhcp_client *c, int64_t now_ms)
{
	if (c->state != DHCP_BOUND)
		return;
	c->declined = c->best;
	c->decline_due = true;
	note_offer(c, DHCP_NOTE_DECLINED, &c->best, NULL);
	/* RFC 2131 section 3.1 asks for ten seconds here; an operator who waits should not. */
	set_back(c, DHCP_RETRY_FIRST_MS, now_ms);
}

/* The frame of a message about @offer on a link. */
static size_t make_frame(const struct dhcp_client *c, enum dhcp_type type, size_t link,
	const struct dhcp_offer *offer, int64_t now_ms, uint8_t *frame)
{
	int64_t secs = (now_ms - c->started_ms) / 1000;
	struct dhcp_request request = { .type = type,
		.xid = c->xid[link],
		.secs = (uint16_t)MIN(secs, UINT16_MAX),
		.address = offer->address.addr,
		.server = offer->server };
	uint8_t message[DHCP_MESSAGE_MAX];

	memcpy(request.mac, c->config.links[link].mac, sizeof(request.mac));
	size_t len = dhcp_encode(&request, message);
	return dhcp_packet_encode(request.mac, message, len, frame);
}

/* A link whose message is due now; false: none. */
static bool find_due(const struct dhcp_client *c, int64_t now_ms, size_t *ret_link)
{
	if (c->state == DHCP_REQUESTING) {
		*ret_link = c->best.link;
		return c->requests < DHCP_REQUESTS_MAX && c->timer[c->best.link].due_ms <= now_ms;
	}
	for (size_t i = 0; c->state == DHCP_SELECTING && i < c->config.n; i++)
		if (c->timer[i].due_ms <= now_ms) {
			*ret_link = i;
			return true;
		}
	return false;
}

bool dhcp_client_send(struct dhcp_client *c, int64_t now_ms, size_t *ret_link, uint8_t *ret_frame,
	size_t *ret_len)
{
	enum dhcp_type type = DHCP_DISCOVER;
	size_t link = 0;

	if (c->decline_due) {
		c->decline_due = false;
		link = c->declined.link;
		c->seen[link].declines++;
		*ret_len = make_frame(c, DHCP_DECLINE, link, &c->declined, now_ms, ret_frame);
		*ret_link = link;
		return true;
	}
	if (!find_due(c, now_ms, &link))
		return false;
	if (c->state == DHCP_REQUESTING) {
		type = DHCP_REQUEST;
		c->requests++;
		c->seen[link].requests++;
	} else {
		c->seen[link].discovers++;
	}
	rearm(c, &c->timer[link], now_ms);
	*ret_len = make_frame(c, type, link, &c->best, now_ms, ret_frame);
	*ret_link = link;
	return true;
}

bool dhcp_client_note(struct dhcp_client *c, struct dhcp_note *ret)
{
	if (c->n_notes == 0)
		return false;
	*ret = c->notes[0];
	memmove(c->notes, c->notes + 1, --c->n_notes * sizeof(c->notes[0]));
	return true;
}

int64_t dhcp_client_deadline(const struct dhcp_client *c)
{
	int64_t next_ms = c->limit_ms;

	if (dhcp_client_over(c))
		return CLOCK_NEVER;
	if (c->state == DHCP_WAITING)
		return MIN(next_ms, c->again_ms);
	if (c->state == DHCP_REQUESTING)
		return MIN(next_ms, c->timer[c->best.link].due_ms);
	if (c->best.there)
		next_ms = MIN(next_ms, c->gather_ms);
	for (size_t i = 0; i < c->config.n; i++)
		next_ms = MIN(next_ms, c->timer[i].due_ms);
	return next_ms;
}
