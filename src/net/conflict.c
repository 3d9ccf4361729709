/* Address conflicts: see conflict.h. */
#include "net/conflict.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "net/frame.h"

void net_conflict_init(struct net_conflict *c, const struct net_addr *address,
	const struct net_candidate *links, size_t n, size_t link, int64_t now_ms)
{
	*c = (struct net_conflict){
		.address = *address, .links = links, .n = n, .link = link, .next_ms = now_ms
	};
}

static bool is_ours(const struct net_conflict *c, const uint8_t *mac)
{
	for (size_t i = 0; i < c->n; i++)
		if (frame_mac_equal(c->links[i].mac, mac))
			return true;
	return false;
}

void net_conflict_frame(struct net_conflict *c, const uint8_t *frame, size_t len)
{
	struct net_arp arp;

	if (c->found || !net_arp_decode(frame, len, &arp) ||
		is_ours(c, arp.sender_mac))
		return;
	bool has_it = net_addr_equal(&arp.sender, &c->address);
	/* Somebody who is about to take it, too. */
	bool probes = arp.op == NET_ARP_REQUEST && arp.sender.family == 0 &&
		net_addr_equal(&arp.target, &c->address);
	if (!has_it && !probes)
		return;
	c->found = true;
	memcpy(c->who, arp.sender_mac, sizeof(c->who));
}

bool net_conflict_next(struct net_conflict *c, int64_t now_ms,
	uint8_t ret_frame[NET_ASK_FRAME_MAX], size_t *ret_len)
{
	if (c->found || c->sent == NET_CONFLICT_PROBES || now_ms < c->next_ms)
		return false;
	c->sent++;
	c->next_ms = now_ms +
		(c->sent < NET_CONFLICT_PROBES ? NET_CONFLICT_INTERVAL_MS : NET_CONFLICT_WAIT_MS);
	*ret_len = net_ask_encode(c->links[c->link].mac, NULL, &c->address, ret_frame);
	return *ret_len > 0;
}

bool net_conflict_over(const struct net_conflict *c, int64_t now_ms)
{
	return c->found || (c->sent == NET_CONFLICT_PROBES && now_ms >= c->next_ms);
}

int64_t net_conflict_deadline(const struct net_conflict *c)
{
	return c->next_ms;
}

static int send_probes(struct net_conflict *c, int fd, const char *name, struct error *error)
{
	uint8_t frame[NET_ASK_FRAME_MAX];
	size_t len;
	int r;

	while (net_conflict_next(c, clock_now_ms(), frame, &len)) {
		/* Silence proves nothing where the question was not sent. */
		r = net_packet_send(fd, frame, len);
		if (r < 0)
			return error_set_errno(error, r, "%s: ARP probe", name);
	}
	return 0;
}

static int run(struct net_conflict *c, int fd, const char *name, struct net_waiter *waiter,
	struct error *error)
{
	static const int frames_per_turn = 16;
	struct net_packet packet;
	bool readable, carrier;

	while (!net_conflict_over(c, clock_now_ms())) {
		int r = send_probes(c, fd, name, error);
		if (r == 0)
			r = net_waiter_turn(waiter, &fd, 1, net_conflict_deadline(c), &readable, &carrier,
				error);
		if (r < 0)
			return r;
		for (int i = 0; readable && i < frames_per_turn; i++) {
			r = net_packet_receive(fd, &packet);
			if (r == -EAGAIN)
				break;
			if (r < 0)
				return error_set_errno(error, r, "%s: packet socket", name);
			net_conflict_frame(c, packet.data, packet.len);
		}
	}
	return 0;
}

int net_conflict_run(const struct net_candidate *links, size_t n, size_t link,
	const struct net_addr *address, const struct net_wait *wait, struct error *error)
{
	char mac[NET_CANDIDATE_MAC_TEXT], text[NET_ADDR_TEXT_MAX];
	struct net_wait only_interrupt = NET_WAIT_INIT;
	_cleanup_close_ int fd = -1;
	struct net_conflict c;

	if (wait)
		only_interrupt.interrupt_fd = wait->interrupt_fd;
	struct net_waiter waiter = net_waiter(&only_interrupt, CLOCK_NEVER);
	int r = net_packet_open(NET_PACKET_ARP, &links[link], address, &fd, error);
	if (r < 0)
		return r;
	net_conflict_init(&c, address, links, n, link, clock_now_ms());
	r = run(&c, fd, links[link].name, &waiter, error);
	if (r < 0 || !c.found)
		return r;
	net_candidate_format_mac(c.who, mac);
	net_addr_format(address, text);
	return error_set(error, NET_CONFLICT_E_TAKEN, "%s is taken by %s", text, mac);
}
