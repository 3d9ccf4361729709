/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether another host has an IPv4 address: the ARP probes of RFC 5227 section 2.1.1, with
 * shorter times, since an operator waits. A pure state machine, and a function that runs it.
 * (IPv6 needs none: the kernel does duplicate address detection, RFC 4862.)
 */
#pragma once

#include "neighbour/ask.h"
#include "packet/packet.h"
#include "packet/wait.h"

/* RFC 5227 section 1.1: PROBE_NUM 3, PROBE_MIN 1 s, ANNOUNCE_WAIT 2 s. */
#define CONFLICT_PROBES 3
#define CONFLICT_INTERVAL_MS 150
#define CONFLICT_WAIT_MS 250

struct conflict {
	struct net_addr address;
	const struct candidate *links; /* borrowed: all links of this machine */
	size_t n, link;
	bool found;
	uint8_t who[NET_MAC_LEN]; /* if found */
	/* The machine's own. */
	unsigned sent;
	int64_t next_ms;
};

/*
 * Probes are sent on links[link]. The others are this machine's own too: one of them may have had
 * the address before, and be on the same network.
 */
void conflict_init(struct conflict *c, const struct net_addr *address,
	const struct candidate *links, size_t n, size_t link, int64_t now_ms);
/*
 * A frame came in: an ARP packet from the address, or another host's probe for it (RFC 5227
 * sections 1.1 and 2.1.1), is a conflict; frames of this machine's own MACs are not.
 */
void conflict_frame(struct conflict *c, const uint8_t *frame, size_t len);
/* The next probe that is due; false: none now. */
bool conflict_next(
	struct conflict *c, int64_t now_ms, uint8_t ret_frame[ASK_FRAME_MAX], size_t *ret_len);
bool conflict_over(const struct conflict *c, int64_t now_ms);
/* When to look again. */
int64_t conflict_deadline(const struct conflict *c);

/* Positive results. */
enum {
	CONFLICT_E_TAKEN = 1, /* the text says who has it: `10.0.2.10 is taken by 02:...` */
};

/*
 * Probes for an IPv4 address on links[link], which is up and has carrier; takes half a second when
 * it is free. Of @wait only the interruption counts; it may be NULL. 0: no answer came;
 * CONFLICT_E_TAKEN, and @ret_who (may be NULL) is the MAC of that host; -EINTR; others.
 */
int conflict_run(const struct candidate *links, size_t n, size_t link,
	const struct net_addr *address, const struct packet_wait *wait,
	uint8_t ret_who[NET_MAC_LEN], struct error *error) MUST_CHECK;
