/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choosing a link by evidence: asks for the gateway on all candidates at once and records where
 * it answers. `struct evidence` is a pure state machine: (event, now) in, (frame, deadline)
 * out; evidence_run() runs it with sockets and poll(2).
 */
#pragma once

#include "neighbour/ask.h"
#include "packet/packet.h"
#include "packet/wait.h"

/* From one question to the next. */
#define EVIDENCE_INTERVAL_MS 300
/* After the first answer, this long for links that answer late. */
#define EVIDENCE_SETTLE_MS 300

struct evidence_link {
	bool answered;
	uint8_t mac[NET_MAC_LEN]; /* who answered */
	int64_t answer_ms;        /* since the first question on this link */
	unsigned asked;           /* questions sent */
	/* The machine's own. */
	int64_t first_ms, next_ms;
};

struct evidence {
	struct net_addr gateway;
	struct candidate links[CANDIDATES_MAX];
	struct evidence_link seen[CANDIDATES_MAX];
	size_t n;
	size_t n_answered;
	int64_t deadline_ms; /* may be changed where it is resumed */
	/* The machine's own. */
	size_t n_known; /* answers from before it was resumed */
	int64_t settle_ms, first_answer_ms;
};

/*
 * @links: 1 to CANDIDATES_MAX; links without carrier are asked too, in case it is there when
 * the question is. @deadline_ms: absolute, at the latest. @settle_ms: EVIDENCE_SETTLE_MS; or
 * CLOCK_NEVER: until every link with carrier answered or the deadline, for who wants all.
 */
void evidence_init(struct evidence *e, const struct net_addr *gateway,
	const struct candidate *links, size_t n, int64_t deadline_ms, int64_t settle_ms,
	int64_t now_ms);
/*
 * Goes on after it was over, for other links than those that have answered: until one of them does,
 * or the deadline.
 */
void evidence_resume(struct evidence *e);
/* A frame came in on a link. */
void evidence_frame(struct evidence *e, size_t link, const uint8_t *frame, size_t len,
	bool checksum_ready, int64_t now_ms);
/* A link's carrier changed. */
void evidence_carrier(struct evidence *e, size_t link, bool carrier, int64_t now_ms);
/*
 * The next question that is due: its link and frame. False: none now. Call it until then, after
 * every event and when evidence_deadline() has come.
 */
bool evidence_next(struct evidence *e, int64_t now_ms, size_t *ret_link,
	uint8_t ret_frame[ASK_FRAME_MAX], size_t *ret_len);
/* All that can be known is known: every link with carrier answered (and one has), or time is up. */
bool evidence_over(const struct evidence *e, int64_t now_ms);
/* When to look again, in clock_now_ms(). */
int64_t evidence_deadline(const struct evidence *e);

/*
 * Runs it over sockets of its own (CAP_NET_RAW), @e being set up. No answer is not an error: look
 * at e->n_answered. -EINTR: interrupted; a link that is gone is as one that does not answer.
 */
int evidence_run(
	struct evidence *e, const struct packet_wait *wait, struct error *error) MUST_CHECK;
