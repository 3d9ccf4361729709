/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On which link a gateway is, where it answers for its address on several: Linux answers ARP for
 * each address of the machine on each of its ports (arp_ignore 0). An ICMP echo from the host's own
 * address tells: the gateway's answer goes to the link of that network, and counts only on the link
 * on which it was asked for. The host need not have the address yet; no other host may have it.
 *
 * `struct echo` is a pure state machine: (event, now) in, (frame, deadline) out; echo_run() runs it
 * with sockets and poll(2).
 */
#pragma once

#include "base/macros.h"
#include "neighbour/ask.h"
#include "neighbour/icmp.h"
#include "packet/packet.h"
#include "packet/wait.h"

/* From one request to the next; the gateway may have to ask who has the host's address. */
#define ECHO_INTERVAL_MS 200
/* In all. */
#define ECHO_LIMIT_MS 1500
/* After the first answer, this long for other links. */
#define ECHO_SETTLE_MS 300

#define ECHO_FRAME_MAX MAX(ASK_FRAME_MAX, ICMP_FRAME_MAX)

struct echo_link {
	bool asked, answered;
	uint8_t gateway_mac[NET_MAC_LEN];
	/* The machine's own. */
	bool claimed; /* the question for the gateway is out, the request comes next */
	int64_t next_ms;
	size_t reply_len; /* an answer that the host has its address, to be sent; 0: none */
	uint8_t reply[ASK_FRAME_MAX];
};

struct echo {
	struct net_addr host, gateway;
	struct candidate links[CANDIDATES_MAX];
	struct echo_link seen[CANDIDATES_MAX];
	size_t n, n_asked, n_answered;
	/* The machine's own. */
	uint64_t number;
	int64_t deadline_ms;
};

/* @host and @gateway: of one family. @links: 1 to CANDIDATES_MAX. @number: random. */
void echo_init(struct echo *e, const struct net_addr *host, const struct net_addr *gateway,
	const struct candidate *links, size_t n, uint64_t number, int64_t now_ms);
/* Asks on this link, too, where @gateway_mac answered for the gateway's address. */
void echo_ask(struct echo *e, size_t link, const uint8_t gateway_mac[NET_MAC_LEN]);
/* A frame came in on a link. */
void echo_frame(struct echo *e, size_t link, const uint8_t *frame, size_t len, bool checksum_ready,
	int64_t now_ms);
/* The next frame that is due, until false: the host's answers, questions and requests. */
bool echo_next(struct echo *e, int64_t now_ms, size_t *ret_link, uint8_t ret_frame[ECHO_FRAME_MAX],
	size_t *ret_len);
bool echo_over(const struct echo *e, int64_t now_ms);
int64_t echo_deadline(const struct echo *e);

/*
 * Runs it over sockets of its own (CAP_NET_RAW). No answer is not an error. Of @wait only the
 * interruption counts: -EINTR.
 */
int echo_run(struct echo *e, const struct packet_wait *wait, struct error *error) MUST_CHECK;
