/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP echo on several links: see echo.h. */
#include "neighbour/echo.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

/* Frames taken from one link before the others have their turn. */
#define FRAMES_PER_TURN 16

void echo_init(struct echo *e, const struct net_addr *host, const struct net_addr *gateway,
	const struct candidate *links, size_t n, uint64_t number, int64_t now_ms)
{
	assert(n >= 1 && n <= CANDIDATES_MAX && host->family == gateway->family);
	*e = (struct echo){ .host = *host,
		.gateway = *gateway,
		.n = n,
		.number = number,
		.deadline_ms = now_ms + ECHO_LIMIT_MS };
	memcpy(e->links, links, n * sizeof(links[0]));
	for (size_t i = 0; i < n; i++)
		e->seen[i].next_ms = now_ms;
}

void echo_ask(struct echo *e, size_t link, const uint8_t gateway_mac[NET_MAC_LEN])
{
	assert(link < e->n && !e->seen[link].asked);
	e->seen[link].asked = true;
	memcpy(e->seen[link].gateway_mac, gateway_mac, NET_MAC_LEN);
	e->n_asked++;
}

/* The request on a link: its position is the sequence number, which the answer has, too. */
static struct icmp_echo echo_request(const struct echo *e, size_t link)
{
	return (struct icmp_echo){ .from = e->host,
		.to = e->gateway,
		.id = (uint16_t)e->number,
		.sequence = (uint16_t)(link + 1),
		.number = e->number };
}

static bool is_answer(
	const struct echo *e, size_t link, const uint8_t *frame, size_t len, bool checksum_ready)
{
	const struct icmp_echo asked = echo_request(e, link);
	struct icmp_echo got;

	return icmp_decode_reply(frame, len, checksum_ready, &got) &&
	       net_addr_equal(&got.from, &asked.to) && net_addr_equal(&got.to, &asked.from) &&
	       got.id == asked.id && got.sequence == asked.sequence && got.number == asked.number;
}

/* Who asks for the host's address gets an answer; but not one that looks whether it is free. */
static size_t answer_question(const struct echo *e, size_t link, const uint8_t *frame, size_t len,
	bool checksum_ready, uint8_t reply[ASK_FRAME_MAX])
{
	const uint8_t *mac = e->links[link].mac;
	struct nd_solicit solicit;
	struct net_addr target;
	struct arp arp;

	if (e->host.family == 4) {
		if (arp_decode(frame, len, &arp) && arp.op == ARP_REQUEST &&
			arp.sender.family != 0 && net_addr_equal(&arp.target, &e->host))
			return arp_encode_reply(mac, &arp, reply);
	} else if (nd_decode_solicit(frame, len, checksum_ready, &target, &solicit) &&
		   memcmp(target.bytes, e->host.bytes, sizeof(target.bytes)) == 0) {
		return nd_encode_advert(mac, &e->host, &solicit, reply);
	}
	return 0;
}

void echo_frame(struct echo *e, size_t link, const uint8_t *frame, size_t len, bool checksum_ready,
	int64_t now_ms)
{
	assert(link < e->n);
	struct echo_link *seen = &e->seen[link];

	if (!seen->asked)
		return;
	if (!seen->answered && is_answer(e, link, frame, len, checksum_ready)) {
		seen->answered = true;
		if (e->n_answered++ == 0)
			e->deadline_ms = MIN(e->deadline_ms, now_ms + ECHO_SETTLE_MS);
	} else if (seen->reply_len == 0) {
		seen->reply_len = answer_question(e, link, frame, len, checksum_ready, seen->reply);
	}
}

bool echo_next(struct echo *e, int64_t now_ms, size_t *ret_link, uint8_t ret_frame[ECHO_FRAME_MAX],
	size_t *ret_len)
{
	for (size_t i = 0; i < e->n; i++) {
		struct echo_link *seen = &e->seen[i];
		*ret_link = i;
		if (seen->reply_len > 0) {
			*ret_len = seen->reply_len;
			memcpy(ret_frame, seen->reply, seen->reply_len);
			seen->reply_len = 0;
			return true;
		}
		if (!seen->asked || seen->answered || seen->next_ms > now_ms)
			continue;
		if (!seen->claimed) {
			/* The gateway learns from it who has the host's address. */
			seen->claimed = true;
			*ret_len = ask_encode(e->links[i].mac, &e->host, &e->gateway, ret_frame);
			return true;
		}
		const struct icmp_echo request = echo_request(e, i);
		seen->claimed = false;
		seen->next_ms = now_ms + ECHO_INTERVAL_MS;
		*ret_len = icmp_encode_request(
			&request, e->links[i].mac, seen->gateway_mac, ret_frame);
		return true;
	}
	return false;
}

bool echo_over(const struct echo *e, int64_t now_ms)
{
	return now_ms >= e->deadline_ms || e->n_answered == e->n_asked;
}

int64_t echo_deadline(const struct echo *e)
{
	int64_t next_ms = e->deadline_ms;

	for (size_t i = 0; i < e->n; i++)
		if (e->seen[i].asked && !e->seen[i].answered)
			next_ms = MIN(next_ms, e->seen[i].next_ms);
	return next_ms;
}

static int open_echo_sockets(const struct echo *e, int *fds, struct error *error)
{
	for (size_t i = 0; i < e->n; i++) {
		if (!e->seen[i].asked)
			continue;
		int r = packet_open(PACKET_ECHO, &e->links[i], &e->host, &fds[i], error);
		if (r < 0 && r != -ENODEV && r != -ENXIO)
			return r;
	}
	return 0;
}

static void send_echo_frames(struct echo *e, const int *fds)
{
	uint8_t frame[ECHO_FRAME_MAX];
	size_t link, len;

	/* What cannot be sent is as what is lost: it is sent again. */
	while (echo_next(e, clock_now_ms(), &link, frame, &len))
		if (fds[link] >= 0 && len > 0)
			(void)!packet_send(fds[link], frame, len);
}

static void take_echo_frames(struct echo *e, size_t link, int *fd)
{
	struct packet packet;
	int r = 0;

	for (int i = 0; i < FRAMES_PER_TURN && r == 0; i++) {
		r = packet_receive(*fd, &packet);
		if (r == 0)
			echo_frame(e, link, packet.data, packet.len, packet.checksum_ready,
				clock_now_ms());
	}
	if (r < 0 && r != -EAGAIN) {
		cleanup_close(fd);
		*fd = -1;
	}
}

int echo_run(struct echo *e, const struct packet_wait *wait, struct error *error)
{
	struct packet_wait only_interrupt = PACKET_WAIT_INIT;
	bool readable[CANDIDATES_MAX], carrier;
	int fds[CANDIDATES_MAX];

	if (wait)
		only_interrupt.interrupt_fd = wait->interrupt_fd;
	struct packet_waiter waiter = packet_waiter(&only_interrupt, e->deadline_ms);
	for (size_t i = 0; i < e->n; i++)
		fds[i] = -1;
	int r = open_echo_sockets(e, fds, error);
	while (r == 0 && !echo_over(e, clock_now_ms())) {
		send_echo_frames(e, fds);
		r = packet_waiter_turn(
			&waiter, fds, e->n, echo_deadline(e), readable, &carrier, error);
		for (size_t i = 0; r == 0 && i < e->n; i++)
			if (readable[i])
				take_echo_frames(e, i, &fds[i]);
	}
	for (size_t i = 0; i < e->n; i++)
		cleanup_close(&fds[i]);
	return r;
}
