/* SPDX-License-Identifier: BSD-2-Clause */
/* Address conflicts: see conflict.h. */
#include "neighbour/conflict.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "packet/frame.h"

void conflict_init(struct conflict *c, const struct net_addr *address,
	const struct candidate *links, size_t n, size_t link, int64_t now_ms)
{
	assert(address->family == 4 && link < n);
	*c = (struct conflict){
		.address = *address, .links = links, .n = n, .link = link, .next_ms = now_ms
	};
}

static bool is_ours(const struct conflict *c, const uint8_t *mac)
{
	for (size_t i = 0; i < c->n; i++)
		if (net_mac_equal(c->links[i].mac, mac))
			return true;
	return false;
}

/*
 * RFC 5227 section 1.1: an ARP probe is broadcast, has no sender address, and the hardware address
 * of the sending interface. Switches that keep a table of hosts ask each one for its address
 * without a sender address, too (IP device tracking): to the host alone, or in another's name.
 */
static bool is_probe(const struct arp *arp)
{
	return arp->op == ARP_REQUEST && arp->sender.family == 0 && arp->broadcast &&
	       net_mac_equal(arp->sender_mac, arp->frame_mac);
}

void conflict_frame(struct conflict *c, const uint8_t *frame, size_t len)
{
	struct arp arp;

	if (c->found || !arp_decode(frame, len, &arp) || is_ours(c, arp.sender_mac))
		return;
	bool has_it = net_addr_equal(&arp.sender, &c->address);
	/* A host that is about to take it counts too. */
	bool probes = is_probe(&arp) && net_addr_equal(&arp.target, &c->address);
	if (!has_it && !probes)
		return;
	c->found = true;
	memcpy(c->who, arp.sender_mac, sizeof(c->who));
}

bool conflict_next(
	struct conflict *c, int64_t now_ms, uint8_t ret_frame[ASK_FRAME_MAX], size_t *ret_len)
{
	if (c->found || c->sent == CONFLICT_PROBES || now_ms < c->next_ms)
		return false;
	c->sent++;
	c->next_ms = now_ms + (c->sent < CONFLICT_PROBES ? CONFLICT_INTERVAL_MS : CONFLICT_WAIT_MS);
	*ret_len = ask_encode(c->links[c->link].mac, NULL, &c->address, ret_frame);
	return *ret_len > 0;
}

bool conflict_over(const struct conflict *c, int64_t now_ms)
{
	return c->found || (c->sent == CONFLICT_PROBES && now_ms >= c->next_ms);
}

int64_t conflict_deadline(const struct conflict *c)
{
	return c->next_ms;
}

static int send_probes(struct conflict *c, int fd, const char *name, struct error *error)
{
	uint8_t frame[ASK_FRAME_MAX];
	size_t len;
	int r;

	while (conflict_next(c, clock_now_ms(), frame, &len)) {
		/* Silence proves nothing where the question was not sent. */
		r = packet_send(fd, frame, len);
		if (r < 0)
			return error_set_errno(error, r, "%s: ARP probe", name);
	}
	return 0;
}

static int run_conflict(struct conflict *c, int fd, const char *name, struct packet_waiter *waiter,
	struct error *error)
{
	static const int frames_per_turn = 16;
	struct packet packet;
	bool readable, carrier;

	while (!conflict_over(c, clock_now_ms())) {
		int r = send_probes(c, fd, name, error);
		if (r == 0)
			r = packet_waiter_turn(
				waiter, &fd, 1, conflict_deadline(c), &readable, &carrier, error);
		if (r < 0)
			return r;
		for (int i = 0; readable && i < frames_per_turn; i++) {
			r = packet_receive(fd, &packet);
			if (r == -EAGAIN)
				break;
			if (r < 0)
				return error_set_errno(error, r, "%s: packet socket", name);
			conflict_frame(c, packet.data, packet.len);
		}
	}
	return 0;
}

int conflict_run(const struct candidate *links, size_t n, size_t link,
	const struct net_addr *address, const struct packet_wait *wait,
	uint8_t ret_who[NET_MAC_LEN], struct error *error)
{
	char mac[NET_MAC_TEXT_MAX], text[NET_ADDR_TEXT_MAX];
	struct packet_wait only_interrupt = PACKET_WAIT_INIT;
	_cleanup_close_ int fd = -1;
	struct conflict c;

	if (wait)
		only_interrupt.interrupt_fd = wait->interrupt_fd;
	struct packet_waiter waiter = packet_waiter(&only_interrupt, CLOCK_NEVER);
	int r = packet_open(PACKET_ARP, &links[link], address, &fd, error);
	if (r < 0)
		return r;
	conflict_init(&c, address, links, n, link, clock_now_ms());
	r = run_conflict(&c, fd, links[link].name, &waiter, error);
	if (r < 0 || !c.found)
		return r;
	if (ret_who)
		memcpy(ret_who, c.who, NET_MAC_LEN);
	net_mac_format(c.who, mac);
	net_addr_format(address, text);
	return error_set(error, CONFLICT_E_TAKEN, "%s is taken by %s", text, mac);
}
