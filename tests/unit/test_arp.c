/* SPDX-License-Identifier: BSD-2-Clause */
/* neighbour/: ARP and Neighbour Discovery frames, evidence and conflicts as pure machines. */
#include "tap.h"

#include <errno.h>

#include "base/clock.h"
#include "neighbour/conflict.h"
#include "neighbour/evidence.h"
#include "net_packets.h"

static const uint8_t other_mac[6] = { 0x02, 0, 0, 0, 0, 0x20 };

/* RFC 1071 section 3's example. */
static void the_checksum_is_the_one_of_rfc_1071(void)
{
	const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	const uint8_t odd[] = { 0xff, 0xff, 0xff, 0xff, 0x80 };

	tap_eq_int(checksum_finish(checksum_add(0, data, sizeof(data))), 0xffff & ~0xddf2);
	tap_eq_int(checksum_finish(checksum_add(0, odd, sizeof(odd))), 0x7fff);
	tap_eq_int(checksum_finish(checksum_add(checksum_add(0, data, 4), data + 4, 4)),
		0xffff & ~0xddf2);
	tap_eq_int(checksum_finish(checksum_add(0, data, 0)), 0xffff);
}

static void a_question_for_ipv4_is_an_arp_probe_or_request(void)
{
	uint8_t got[ASK_FRAME_MAX], want[64];
	struct net_addr target = ip("10.9.0.1"), source = ip("10.9.0.7"), none = { .family = 0 };
	size_t want_len = unhex("ffffffffffff020000000010080600010800060400010200000000100000000000"
				"00000000000a090001",
		want);

	size_t len = ask_encode(our_mac, &none, &target, got);
	tap_eq_bytes(got, len, want, want_len);
	len = ask_encode(our_mac, NULL, &target, got);
	tap_eq_bytes(got, len, want, want_len);
	len = ask_encode(our_mac, &source, &target, got);
	memcpy(want + 28, source.bytes, 4);
	tap_eq_bytes(got, len, want, want_len);
}

static void a_question_for_ipv6_is_a_solicitation(void)
{
	uint8_t got[ASK_FRAME_MAX], want[128];
	struct net_addr target = ip("2001:db8::1"), source = ip("fe80::10");
	size_t want_len =
		unhex("3333ff00000102000000001086dd6000000000183aff000000000000000000000000"
		      "00000000ff0200000000000000000001ff00000187004ced0000000020010db80000"
		      "00000000000000000001",
			want);

	size_t len = ask_encode(our_mac, NULL, &target, got);
	tap_eq_bytes(got, len, want, want_len);
	/* With an address there is the MAC behind it: RFC 4861 section 4.3. */
	len = ask_encode(our_mac, &source, &target, got);
	tap_eq_int(len, 86);
	tap_eq_bytes(got + 78, 8, "\x01\x01\x02\x00\x00\x00\x00\x10", 8);
	tap_eq_bytes(got + 22, 16, source.bytes, 16);
	tap_eq_int(got[19], 32);
}

static void a_question_needs_one_family(void)
{
	uint8_t frame[ASK_FRAME_MAX];
	struct net_addr four = ip("10.9.0.1"), six = ip("fe80::1"), none = { .family = 0 };

	tap_eq_int(ask_encode(our_mac, &four, &six, frame), 0);
	tap_eq_int(ask_encode(our_mac, &six, &four, frame), 0);
	tap_eq_int(ask_encode(our_mac, NULL, &none, frame), 0);
}

static void a_captured_arp_reply_is_read(void)
{
	uint8_t frame[64] = { 0 };
	struct arp arp;
	size_t len = unhex(captured_arp_reply, frame);
	char text[NET_ADDR_TEXT_MAX];

	tap_ok(arp_decode(frame, len, &arp));
	tap_eq_int(arp.op, ARP_REPLY);
	tap_eq_bytes(arp.sender_mac, 6, peer_mac, 6);
	tap_eq_bytes(arp.target_mac, 6, our_mac, 6);
	net_addr_format(&arp.sender, text);
	tap_eq_text(text, "10.9.0.1");
	tap_eq_int(arp.target.family, 0);
	/* Padded to Ethernet's minimum. */
	tap_ok(arp_decode(frame, 60, &arp));
}

/* One byte of a good frame is changed. */
static void arp_is_strict(void)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} rows[] = { { 12, 0x86, "type" }, { 15, 6, "hardware" }, { 16, 0x86, "protocol" },
		{ 18, 8, "hardware length" }, { 19, 16, "protocol length" }, { 20, 1, "op" },
		{ 21, 0, "op 0" }, { 21, 3, "op 3 (RARP)" }, { 22, 0x03, "a group's MAC" } };
	uint8_t good[64], frame[64];
	struct arp arp;
	size_t len = unhex(captured_arp_reply, good);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(frame, good, len);
		frame[rows[i].at] = rows[i].value;
		if (arp_decode(frame, len, &arp))
			tap_fail(__FILE__, __LINE__, "taken with another %s", rows[i].what);
	}
	memcpy(frame, good, len);
	memset(frame + 22, 0, 6);
	tap_ok(!arp_decode(frame, len, &arp));
	for (size_t n = 0; n < len; n++)
		tap_ok(!arp_decode(good, n, &arp));
}

static void a_captured_advertisement_is_read(void)
{
	uint8_t frame[128];
	struct nd_advert advert;
	size_t len = unhex(captured_advert, frame);
	char text[NET_ADDR_TEXT_MAX];

	tap_ok(nd_decode(frame, len, true, &advert));
	net_addr_format(&advert.target, text);
	tap_eq_text(text, "2001:db8::1");
	tap_eq_bytes(advert.mac, 6, peer_mac, 6);
	tap_ok(advert.override && !advert.router && !advert.solicited);
}

/* Recomputes the checksum over as many bytes as the header says, where they are. */
static void mend_checksum(uint8_t *frame, size_t len)
{
	const uint8_t tail[8] = { [3] = frame[19], [7] = 58 };

	len = MIN(len, 54 + (size_t)frame[19]);
	frame[56] = frame[57] = 0;
	uint32_t sum = checksum_add(checksum_add(0, frame + 22, 32), tail, 8);
	uint16_t checksum = checksum_finish(checksum_add(sum, frame + 54, len - 54));
	frame[56] = (uint8_t)(checksum >> 8);
	frame[57] = (uint8_t)checksum;
}

static void advertisements_are_strict(void)
{
	static const struct {
		size_t at;
		uint8_t value;
		bool mend;
		const char *what;
	} rows[] = { { 12, 0x08, true, "type" }, { 14, 0x40, true, "version" },
		{ 19, 31, true, "length that cuts an option" },
		{ 19, 33, true, "length beyond the end" }, { 20, 17, true, "next header" },
		{ 21, 254, true, "hop limit" }, { 22, 0xff, true, "group as source" },
		{ 54, 135, true, "type" }, { 55, 1, true, "code" },
		{ 58, 0x60, true, "solicited flag to a group" },
		{ 62, 0xff, true, "group as target" }, { 79, 0, true, "option without length" },
		{ 79, 2, true, "option that is too long" }, { 80, 0x03, true, "group's MAC" },
		{ 56, 0, false, "checksum" }, { 85, 9, false, "checksum over the end" },
		{ 23, 9, false, "checksum over the source" } };
	uint8_t good[128], frame[128];
	struct nd_advert advert;
	size_t len = unhex(captured_advert, good);

	memcpy(frame, good, len);
	mend_checksum(frame, len);
	tap_eq_bytes(frame, len, good, len);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(frame, good, len);
		frame[rows[i].at] = rows[i].value;
		if (rows[i].mend)
			mend_checksum(frame, len);
		if (nd_decode(frame, len, true, &advert))
			tap_fail(__FILE__, __LINE__, "taken with another %s", rows[i].what);
	}
	for (size_t n = 0; n < len; n++)
		tap_ok(!nd_decode(good, n, true, &advert) && !nd_decode(good, n, false, &advert));
	/* Partly computed by this machine, it is not checked. */
	memcpy(frame, good, len);
	frame[56] ^= 1;
	tap_ok(nd_decode(frame, len, false, &advert));
}

static void an_advertisement_without_option_is_of_its_sender(void)
{
	uint8_t frame[128];
	struct nd_advert advert;

	unhex(captured_advert, frame);
	memcpy(frame + 6, other_mac, 6);
	frame[19] = 24;
	mend_checksum(frame, 78);
	tap_ok(nd_decode(frame, 78, true, &advert));
	tap_eq_bytes(advert.mac, 6, other_mac, 6);
}

static void an_answer_is_of_somebody_else_and_for_this_address(void)
{
	uint8_t frame[128], mac[6] = { 0 };
	struct net_addr asked = ip("10.9.0.1"), other = ip("10.9.0.2"), six = ip("2001:db8::1");
	size_t len = unhex(captured_arp_reply, frame);

	tap_ok(ask_is_answer(frame, len, true, our_mac, &asked, mac));
	tap_eq_bytes(mac, 6, peer_mac, 6);
	tap_ok(!ask_is_answer(frame, len, true, our_mac, &other, mac));
	tap_ok(!ask_is_answer(frame, len, true, our_mac, &six, mac));
	tap_ok(!ask_is_answer(frame, len, true, peer_mac, &asked, mac));
	frame[21] = ARP_REQUEST;
	tap_ok(!ask_is_answer(frame, len, true, our_mac, &asked, mac));

	len = unhex(captured_advert, frame);
	six.scope = 7;
	tap_ok(ask_is_answer(frame, len, true, our_mac, &six, mac));
	tap_ok(!ask_is_answer(frame, len, true, peer_mac, &six, mac));
	tap_ok(!ask_is_answer(frame, len, true, our_mac, &asked, mac));
}

/* Evidence ---------------------------------------------------------------------------------- */

/* eth0 and so on, all with carrier; MACs 02:00:00:00:00:10 and so on. */
static size_t make_links(struct candidate *links, size_t n)
{
	memset(links, 0, n * sizeof(*links));
	for (size_t i = 0; i < n; i++) {
		links[i].index = (int)i + 2;
		snprintf(links[i].name, sizeof(links[i].name), "eth%u", (unsigned)i);
		memcpy(links[i].mac, our_mac, 6);
		links[i].mac[4] = (uint8_t)i;
		links[i].carrier = true;
	}
	return n;
}

/* Removes the probes that are due; returns their number, and their links as bits. */
static unsigned questions(struct evidence *e, int64_t now_ms, uint64_t *ret_links)
{
	uint8_t frame[ASK_FRAME_MAX];
	size_t link, len;
	unsigned n = 0;

	*ret_links = 0;
	while (evidence_next(e, now_ms, &link, frame, &len)) {
		tap_eq_bytes(frame + 6, 6, e->links[link].mac, 6);
		*ret_links |= 1ULL << link;
		if (++n > 200)
			break;
	}
	return n;
}

static void answer(struct evidence *e, size_t link, int64_t now_ms)
{
	uint8_t frame[64];
	size_t len = unhex(captured_arp_reply, frame);

	evidence_frame(e, link, frame, len, true, now_ms);
}

static void all_links_are_asked_at_once_and_again_each_300_ms(void)
{
	static struct candidate links[4];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");
	uint64_t asked;

	evidence_init(&e, &gateway, links, make_links(links, 4), 4000, 300, 0);
	tap_eq_int(questions(&e, 0, &asked), 4);
	tap_eq_int(asked, 0xf);
	tap_eq_int(questions(&e, 299, &asked), 0);
	tap_eq_int(evidence_deadline(&e), 300);
	tap_eq_int(questions(&e, 300, &asked), 4);
	answer(&e, 2, 400);
	tap_eq_int(questions(&e, 600, &asked), 3);
	tap_eq_int(asked, 0xb);
	tap_eq_int(e.seen[2].asked, 2);
	tap_eq_int(e.seen[0].asked, 3);
}

static void one_of_four_links_answers_and_it_ends_300_ms_later(void)
{
	static struct candidate links[4];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");
	uint64_t asked;

	evidence_init(&e, &gateway, links, make_links(links, 4), 5000, 300, 1000);
	questions(&e, 1000, &asked);
	answer(&e, 2, 1020);
	tap_ok(!evidence_over(&e, 1319));
	tap_ok(evidence_over(&e, 1320));
	tap_eq_int(e.n_answered, 1);
	tap_ok(e.seen[2].answered && !e.seen[0].answered);
	tap_eq_int(e.seen[2].answer_ms, 20);
	tap_eq_bytes(e.seen[2].mac, 6, peer_mac, 6);
}

static void a_later_answer_within_300_ms_counts(void)
{
	static struct candidate links[3];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");

	evidence_init(&e, &gateway, links, make_links(links, 3), 5000, 300, 0);
	answer(&e, 2, 20);
	answer(&e, 0, 310);
	tap_eq_int(e.n_answered, 2);
	tap_ok(e.seen[0].answered);
	/* A second answer of the same link has no effect; the time counts from the first. */
	answer(&e, 2, 315);
	tap_eq_int(e.n_answered, 2);
	tap_ok(!evidence_over(&e, 319) && evidence_over(&e, 320));
}

static void it_ends_at_once_when_every_link_with_carrier_answered(void)
{
	static struct candidate links[3];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");

	make_links(links, 3);
	links[1].carrier = false;
	evidence_init(&e, &gateway, links, 3, 5000, 300, 0);
	answer(&e, 0, 5);
	tap_ok(!evidence_over(&e, 5));
	answer(&e, 2, 6);
	tap_ok(evidence_over(&e, 6));
}

static void without_any_carrier_it_waits_to_the_end(void)
{
	static struct candidate links[2];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");

	make_links(links, 2);
	links[0].carrier = links[1].carrier = false;
	evidence_init(&e, &gateway, links, 2, 4000, 300, 0);
	tap_ok(!evidence_over(&e, 3999));
	tap_ok(evidence_over(&e, 4000));
}

static void who_wants_all_waits_to_the_end_or_for_all(void)
{
	static struct candidate links[2];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");

	evidence_init(&e, &gateway, links, make_links(links, 2), 4000, CLOCK_NEVER, 5);
	answer(&e, 0, 20);
	tap_ok(!evidence_over(&e, 3999));
	tap_ok(evidence_over(&e, 4000));
	answer(&e, 1, 3000);
	tap_ok(evidence_over(&e, 3000));
}

static void a_link_that_gets_carrier_is_asked_at_once(void)
{
	static struct candidate links[2];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");
	uint64_t asked;

	make_links(links, 2);
	links[1].carrier = false;
	evidence_init(&e, &gateway, links, 2, 9000, 300, 0);
	questions(&e, 0, &asked);
	questions(&e, 3000, &asked);
	evidence_carrier(&e, 1, true, 3100);
	tap_eq_int(evidence_deadline(&e), 3100);
	tap_eq_int(questions(&e, 3100, &asked), 1);
	tap_eq_int(asked, 2);
	answer(&e, 1, 3110);
	tap_eq_int(e.seen[1].answer_ms, 10);
	tap_ok(!evidence_over(&e, 3110));
}

static void sixty_four_links_are_asked(void)
{
	static struct candidate links[CANDIDATES_MAX];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");
	uint64_t asked;

	evidence_init(&e, &gateway, links, make_links(links, 64), 4000, 300, 0);
	tap_eq_int(questions(&e, 0, &asked), 64);
	tap_ok(asked == UINT64_MAX);
	answer(&e, 63, 7);
	tap_ok(e.seen[63].answered);
	tap_ok(!evidence_over(&e, 306) && evidence_over(&e, 307));
}

static void the_deadline_is_before_the_settling(void)
{
	static struct candidate links[2];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");

	evidence_init(&e, &gateway, links, make_links(links, 2), 4000, 300, 0);
	answer(&e, 0, 3900);
	tap_ok(evidence_over(&e, 4000));
	tap_ok(evidence_deadline(&e) <= 4000);
}

/* The first one that answers may be the wrong one. */
static void resumed_it_waits_for_another_link(void)
{
	static struct candidate links[3];
	static struct evidence e;
	struct net_addr gateway = ip("10.9.0.1");

	make_links(links, 3);
	links[1].carrier = links[2].carrier = false;
	evidence_init(&e, &gateway, links, 3, 4000, 300, 0);
	answer(&e, 0, 10);
	tap_ok(evidence_over(&e, 10));
	evidence_resume(&e);
	/* All that have carrier have answered, but that is known. */
	tap_ok(!evidence_over(&e, 1000));
	evidence_carrier(&e, 1, true, 1000);
	evidence_carrier(&e, 2, true, 1000);
	answer(&e, 1, 1100);
	tap_ok(!evidence_over(&e, 1100) && !evidence_over(&e, 1399));
	tap_ok(evidence_over(&e, 1400));
	evidence_resume(&e);
	tap_ok(!evidence_over(&e, 1400));
	answer(&e, 2, 1500);
	tap_ok(evidence_over(&e, 1500));
	/* Nothing is left to wait for. */
	evidence_resume(&e);
	tap_ok(evidence_over(&e, 1500));
}

/* Conflicts --------------------------------------------------------------------------------- */

static size_t arp_frame(
	uint8_t *frame, enum arp_op op, const uint8_t *mac, const char *sender, const char *target)
{
	struct net_addr s = ip(sender), t = ip(target);
	size_t len = unhex(captured_arp_reply, frame);

	/* As hosts send them: questions to all, and in their own name. */
	if (op == ARP_REQUEST)
		memset(frame, 0xff, 6);
	memcpy(frame + 6, mac, 6);
	frame[21] = (uint8_t)op;
	memcpy(frame + 22, mac, 6);
	memcpy(frame + 28, s.bytes, 4);
	memcpy(frame + 38, t.bytes, 4);
	return len;
}

static void three_probes_and_silence_mean_free(void)
{
	static struct candidate links[1];
	struct conflict c;
	struct net_addr address = ip("10.9.0.5");
	uint8_t frame[ASK_FRAME_MAX];
	size_t len;
	int64_t now = 0;
	unsigned probes = 0;

	conflict_init(&c, &address, links, make_links(links, 1), 0, 0);
	for (; !conflict_over(&c, now); now = conflict_deadline(&c)) {
		while (conflict_next(&c, now, frame, &len)) {
			probes++;
			tap_eq_bytes(frame + 28, 4, "\0\0\0\0", 4);
			tap_eq_bytes(frame + 38, 4, address.bytes, 4);
		}
		if (probes > 10)
			break;
	}
	tap_eq_int(probes, CONFLICT_PROBES);
	tap_eq_int(now, 2 * CONFLICT_INTERVAL_MS + CONFLICT_WAIT_MS);
	tap_ok(!c.found);
}

static void whoever_has_or_probes_the_address_is_a_conflict(void)
{
	static const struct {
		enum arp_op op;
		const char *sender, *target;
		bool conflict;
		const char *what;
	} rows[] = {
		{ ARP_REPLY, "10.9.0.5", NULL, true, "reply" },
		{ ARP_REQUEST, "10.9.0.5", "10.9.0.5", true, "announcement" },
		{ ARP_REQUEST, "10.9.0.5", "10.9.0.9", true, "request from it" },
		{ ARP_REQUEST, NULL, "10.9.0.5", true, "another's probe" },
		{ ARP_REPLY, NULL, "10.9.0.5", false, "reply from nobody" },
		{ ARP_REQUEST, "10.9.0.1", "10.9.0.5", false, "question for it" },
		{ ARP_REPLY, "10.9.0.6", NULL, false, "reply of another" },
		{ ARP_REQUEST, NULL, "10.9.0.6", false, "probe for another" },
	};
	static struct candidate links[2];
	struct net_addr address = ip("10.9.0.5");
	uint8_t frame[64];

	make_links(links, 2);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct conflict c;
		conflict_init(&c, &address, links, 2, 0, 0);
		size_t len =
			arp_frame(frame, rows[i].op, other_mac, rows[i].sender, rows[i].target);
		conflict_frame(&c, frame, len);
		if (c.found != rows[i].conflict)
			tap_fail(__FILE__, __LINE__, "%s", rows[i].what);
		tap_eq_int(conflict_over(&c, 0), rows[i].conflict);
		if (c.found)
			tap_eq_bytes(c.who, 6, other_mac, 6);
		/* The same from a link of this machine is not a conflict. */
		conflict_init(&c, &address, links, 2, 0, 0);
		len = arp_frame(frame, rows[i].op, links[1].mac, rows[i].sender, rows[i].target);
		conflict_frame(&c, frame, len);
		tap_ok(!c.found);
	}
}

/* RFC 5227 section 1.1; the frames are what switches send that keep a table of hosts. */
static void what_is_not_broadcast_in_its_own_name_is_no_probe(void)
{
	static const struct {
		const char *hex;
		bool conflict;
	} rows[] = {
		/* To the host alone (IP device tracking); its target's MAC filled in, and not. */
		{ "020000000001020000000077080600010800060400010200000000770000000002000000000"
		  "10a000232",
			false },
		{ "020000000001020000000077080600010800060400010200000000770000000000000000000"
		  "00a000232",
			false },
		/* To a group. */
		{ "01005e000001020000000077080600010800060400010200000000770000000000000000000"
		  "00a000232",
			false },
		/* The frame's source is not the sender. */
		{ "ffffffffffff020000000077080600010800060400010000001122330000000000000000000"
		  "00a000232",
			false },
		/* A probe. */
		{ "ffffffffffff020000000077080600010800060400010200000000770000000000000000000"
		  "00a000232",
			true },
		/* With the address as sender each is a conflict. */
		{ "0200000000010200000000770806000108000604000100000011223"
		  "30a0002320200000000010a000232",
			true },
		{ "ffffffffffff0200000000770806000108000604000200000011223"
		  "30a0002320200000000010a000232",
			true },
	};
	static struct candidate links[1];
	struct net_addr address = ip("10.0.2.50");
	uint8_t frame[64];

	make_links(links, 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct conflict c;
		conflict_init(&c, &address, links, 1, 0, 0);
		conflict_frame(&c, frame, unhex(rows[i].hex, frame));
		if (c.found != rows[i].conflict)
			tap_fail(__FILE__, __LINE__, "row %zu", i);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_checksum_is_the_one_of_rfc_1071),
		TAP_TEST(a_question_for_ipv4_is_an_arp_probe_or_request),
		TAP_TEST(a_question_for_ipv6_is_a_solicitation),
		TAP_TEST(a_question_needs_one_family),
		TAP_TEST(a_captured_arp_reply_is_read),
		TAP_TEST(arp_is_strict),
		TAP_TEST(a_captured_advertisement_is_read),
		TAP_TEST(advertisements_are_strict),
		TAP_TEST(an_advertisement_without_option_is_of_its_sender),
		TAP_TEST(an_answer_is_of_somebody_else_and_for_this_address),
		TAP_TEST(all_links_are_asked_at_once_and_again_each_300_ms),
		TAP_TEST(one_of_four_links_answers_and_it_ends_300_ms_later),
		TAP_TEST(a_later_answer_within_300_ms_counts),
		TAP_TEST(it_ends_at_once_when_every_link_with_carrier_answered),
		TAP_TEST(without_any_carrier_it_waits_to_the_end),
		TAP_TEST(who_wants_all_waits_to_the_end_or_for_all),
		TAP_TEST(a_link_that_gets_carrier_is_asked_at_once),
		TAP_TEST(sixty_four_links_are_asked),
		TAP_TEST(the_deadline_is_before_the_settling),
		TAP_TEST(resumed_it_waits_for_another_link),
		TAP_TEST(three_probes_and_silence_mean_free),
		TAP_TEST(whoever_has_or_probes_the_address_is_a_conflict),
		TAP_TEST(what_is_not_broadcast_in_its_own_name_is_no_probe),
		{ 0 },
	};
	return tap_run(tests);
}
