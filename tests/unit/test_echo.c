/* SPDX-License-Identifier: BSD-2-Clause */
/* neighbour/echo.h and icmp.h: frames, and the state machine that finds a gateway's link. */
#include "tap.h"

#include "base/macros.h"
#include "neighbour/echo.h"
#include "net_packets.h"

#define NUMBER 0x0123456789abcdefU
/* The position of the link whose frames are in net_packets.h: their sequence number is 3. */
#define LINK 2

static struct candidate links[4];
static struct echo e;

static void begin(const char *host, const char *gateway, int64_t now_ms)
{
	struct net_addr h = ip(host), g = ip(gateway);

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		links[i] = (struct candidate){ .index = (int)i + 1, .carrier = true };
		memcpy(links[i].mac, our_mac, 6);
	}
	echo_init(&e, &h, &g, links, ARRAY_SIZE(links), NUMBER, now_ms);
}

static void hear(size_t link, const char *hex, int64_t now_ms)
{
	uint8_t frame[128];

	echo_frame(&e, link, frame, unhex(hex, frame), true, now_ms);
}

static void requests_are_whole_frames(void)
{
	static const struct {
		const char *host, *gateway, *want;
	} rows[] = { { "10.9.0.5", "10.9.0.1", echo_request4 },
		{ "2001:db8::5", "2001:db8::1", echo_request6 } };
	uint8_t frame[ECHO_FRAME_MAX], want[128], ask[ASK_FRAME_MAX];
	size_t link = 99, len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(rows[i].host, rows[i].gateway, 100);
		echo_ask(&e, LINK, peer_mac);
		/* First a question in the host's name, from which the gateway learns its MAC. */
		tap_ok(echo_next(&e, 100, &link, frame, &len));
		tap_eq_int(link, LINK);
		size_t ask_len = ask_encode(our_mac, &e.host, &e.gateway, ask);
		tap_eq_bytes(frame, len, ask, ask_len);
		tap_ok(echo_next(&e, 100, &link, frame, &len));
		tap_eq_int(link, LINK);
		tap_eq_bytes(frame, len, want, unhex(rows[i].want, want));
		tap_ok(!echo_next(&e, 100, &link, frame, &len));
		tap_eq_int(echo_deadline(&e), 100 + ECHO_INTERVAL_MS);
		tap_ok(echo_next(&e, 100 + ECHO_INTERVAL_MS, &link, frame, &len));
	}
}

/* One byte of a good frame is changed; the checksum is left out where it would find it first. */
static void replies_are_strict(void)
{
	static const struct {
		const char *hex;
		size_t at;
		uint8_t value;
	} rows[] = { { echo_reply4, 12, 9 }, { echo_reply4, 14, 0x46 }, { echo_reply4, 14, 0x44 },
		{ echo_reply4, 14, 0x55 }, { echo_reply4, 17, 0x23 }, { echo_reply4, 17, 0x25 },
		{ echo_reply4, 20, 0x20 }, { echo_reply4, 23, 17 }, { echo_reply4, 24, 0 },
		{ echo_reply4, 34, 8 }, { echo_reply4, 35, 1 }, { echo_reply6, 14, 0x40 },
		{ echo_reply6, 19, 0x11 }, { echo_reply6, 20, 1 }, { echo_reply6, 54, 128 },
		{ echo_reply6, 55, 1 } };
	static const char *const good[] = { echo_reply4, echo_reply6 };
	uint8_t frame[128];
	struct icmp_echo got;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = unhex(rows[i].hex, frame);
		frame[rows[i].at] = rows[i].value;
		if (icmp_decode_reply(frame, len, false, &got))
			tap_fail(__FILE__, __LINE__, "row %zu is taken", i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		size_t len = unhex(good[i], frame);
		tap_ok(icmp_decode_reply(frame, len, true, &got));
		tap_eq_int(got.sequence, 3);
		tap_ok(got.number == NUMBER);
		for (size_t n = 0; n < len; n++)
			tap_ok(!icmp_decode_reply(frame, n, true, &got));
		/* Padded to Ethernet's minimum. */
		memset(frame + len, 0, 20);
		tap_ok(icmp_decode_reply(frame, len + 20, true, &got));
		/* A wrong sum counts where there is one. */
		frame[len - 1] ^= 1;
		tap_ok(!icmp_decode_reply(frame, len, true, &got));
		tap_ok(icmp_decode_reply(frame, len, false, &got));
	}
}

static void an_answer_counts_on_the_link_that_was_asked(void)
{
	begin("10.9.0.5", "10.9.0.1", 0);
	for (size_t i = 0; i < 3; i++)
		echo_ask(&e, i, peer_mac);
	/* What was asked on the third one comes on the others, too, and on one not asked. */
	hear(0, echo_reply4, 10);
	hear(1, echo_reply4, 10);
	hear(3, echo_reply4, 10);
	tap_eq_int(e.n_answered, 0);
	hear(LINK, echo_reply4, 20);
	tap_eq_int(e.n_answered, 1);
	tap_ok(e.seen[LINK].answered && !echo_over(&e, 20));
	/* Twice is once. */
	hear(LINK, echo_reply4, 30);
	tap_eq_int(e.n_answered, 1);
	tap_ok(!echo_over(&e, 20 + ECHO_SETTLE_MS - 1) && echo_over(&e, 20 + ECHO_SETTLE_MS));
}

static void what_is_no_answer_does_not_count(void)
{
	static const struct {
		const char *host, *gateway;
		uint64_t number;
	} rows[] = { { "10.9.0.6", "10.9.0.1", NUMBER }, { "10.9.0.5", "10.9.0.2", NUMBER },
		{ "10.9.0.5", "10.9.0.1", NUMBER + 0x10000 },
		{ "10.9.0.5", "10.9.0.1", NUMBER + 1 }, { "2001:db8::5", "2001:db8::1", NUMBER } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(rows[i].host, rows[i].gateway, 0);
		e.number = rows[i].number;
		echo_ask(&e, LINK, peer_mac);
		hear(LINK, echo_reply4, 10);
		if (e.n_answered > 0)
			tap_fail(__FILE__, __LINE__, "row %zu counts", i);
	}
}

static void silence_lasts_to_the_limit(void)
{
	uint8_t frame[ECHO_FRAME_MAX];
	size_t link, len, sent = 0;
	int64_t now = 0;

	begin("10.9.0.5", "10.9.0.1", 0);
	echo_ask(&e, 1, peer_mac);
	for (; !echo_over(&e, now) && sent < 100; now = echo_deadline(&e))
		while (echo_next(&e, now, &link, frame, &len))
			sent++;
	tap_eq_int(now, ECHO_LIMIT_MS);
	tap_eq_int(sent, 2 * ((ECHO_LIMIT_MS + ECHO_INTERVAL_MS - 1) / ECHO_INTERVAL_MS));
}

static void all_answers_end_it(void)
{
	begin("2001:db8::5", "2001:db8::1", 0);
	echo_ask(&e, LINK, peer_mac);
	hear(LINK, echo_reply6, 5);
	tap_ok(echo_over(&e, 5));
}

/* The host does not have the address yet, so its kernel does not answer. */
static void who_asks_for_the_host_gets_an_answer(void)
{
	static const struct {
		const char *host, *gateway;
	} rows[] = { { "10.9.0.5", "10.9.0.1" }, { "2001:db8::5", "2001:db8::1" } };
	uint8_t frame[ECHO_FRAME_MAX], mac[6] = { 0 };
	size_t link = 99, len;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(rows[i].host, rows[i].gateway, 0);
		struct net_addr other = ip(i == 0 ? "10.9.0.6" : "2001:db8::6");
		echo_ask(&e, LINK, peer_mac);
		while (echo_next(&e, 0, &link, frame, &len))
			;
		len = ask_encode(peer_mac, &e.gateway, &e.host, frame);
		echo_frame(&e, LINK, frame, len, true, 10);
		tap_ok(echo_next(&e, 10, &link, frame, &len));
		tap_eq_int(link, LINK);
		tap_eq_bytes(frame, 6, peer_mac, 6);
		tap_ok(ask_is_answer(frame, len, true, peer_mac, &e.host, mac));
		tap_eq_bytes(mac, 6, our_mac, 6);
		/* Neither for another address, nor to a probe, nor on a link not asked. */
		len = ask_encode(peer_mac, &e.gateway, &other, frame);
		echo_frame(&e, LINK, frame, len, true, 10);
		len = ask_encode(peer_mac, NULL, &e.host, frame);
		echo_frame(&e, LINK, frame, len, true, 10);
		len = ask_encode(peer_mac, &e.gateway, &e.host, frame);
		echo_frame(&e, 0, frame, len, true, 10);
		tap_ok(!echo_next(&e, 10, &link, frame, &len));
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(requests_are_whole_frames),
		TAP_TEST(replies_are_strict),
		TAP_TEST(an_answer_counts_on_the_link_that_was_asked),
		TAP_TEST(what_is_no_answer_does_not_count),
		TAP_TEST(silence_lasts_to_the_limit),
		TAP_TEST(all_answers_end_it),
		TAP_TEST(who_asks_for_the_host_gets_an_answer),
		{ 0 },
	};
	return tap_run(tests);
}
