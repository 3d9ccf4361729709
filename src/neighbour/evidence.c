/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing by evidence: see evidence.h. */
#include "neighbour/evidence.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

/* Frames taken from one link before the others have their turn. */
#define FRAMES_PER_TURN 16

void evidence_init(struct evidence *e, const struct net_addr *gateway,
	const struct candidate *links, size_t n, int64_t deadline_ms, int64_t settle_ms,
	int64_t now_ms)
{
	assert(n <= CANDIDATES_MAX);
	*e = (struct evidence){
		.gateway = *gateway,
		.n = n,
		.deadline_ms = deadline_ms,
		.settle_ms = settle_ms,
	};
	memcpy(e->links, links, e->n * sizeof(links[0]));
	for (size_t i = 0; i < e->n; i++)
		e->seen[i].first_ms = e->seen[i].next_ms = now_ms;
}

void evidence_resume(struct evidence *e)
{
	e->n_known = e->n_answered;
}

void evidence_frame(struct evidence *e, size_t link, const uint8_t *frame, size_t len,
	bool checksum_ready, int64_t now_ms)
{
	assert(link < e->n);
	struct evidence_link *seen = &e->seen[link];

	if (seen->answered || !ask_is_answer(frame, len, checksum_ready, e->links[link].mac,
				      &e->gateway, seen->mac))
		return;
	seen->answered = true;
	seen->answer_ms = now_ms - seen->first_ms;
	if (e->n_answered++ == e->n_known)
		e->first_answer_ms = now_ms;
}

void evidence_carrier(struct evidence *e, size_t link, bool carrier, int64_t now_ms)
{
	e->links[link].carrier = carrier;
	/* Questions before that went nowhere. */
	if (carrier)
		e->seen[link].first_ms = e->seen[link].next_ms = now_ms;
}

bool evidence_next(struct evidence *e, int64_t now_ms, size_t *ret_link,
	uint8_t ret_frame[ASK_FRAME_MAX], size_t *ret_len)
{
	for (size_t i = 0; i < e->n; i++) {
		struct evidence_link *seen = &e->seen[i];
		if (seen->answered || seen->next_ms > now_ms)
			continue;
		seen->next_ms = now_ms + EVIDENCE_INTERVAL_MS;
		size_t len =
			ask_encode(e->links[i].mac, &e->links[i].source, &e->gateway, ret_frame);
		if (len == 0)
			continue;
		seen->asked++;
		*ret_link = i;
		*ret_len = len;
		return true;
	}
	return false;
}

/* When the wait for links that have not answered ends. */
static int64_t settled_ms(const struct evidence *e)
{
	if (e->n_answered == e->n_known || e->settle_ms >= CLOCK_NEVER - e->first_answer_ms)
		return e->deadline_ms;
	return MIN(e->deadline_ms, e->first_answer_ms + e->settle_ms);
}

bool evidence_over(const struct evidence *e, int64_t now_ms)
{
	if (now_ms >= settled_ms(e))
		return true;
	for (size_t i = 0; i < e->n; i++)
		if (e->links[i].carrier && !e->seen[i].answered)
			return false;
	return e->n_answered > e->n_known || e->n_answered == e->n;
}

int64_t evidence_deadline(const struct evidence *e)
{
	int64_t next_ms = settled_ms(e);

	for (size_t i = 0; i < e->n; i++)
		if (!e->seen[i].answered)
			next_ms = MIN(next_ms, e->seen[i].next_ms);
	return next_ms;
}

/* A socket for each link; a link that has vanished meanwhile has none. */
static int open_evidence_sockets(const struct evidence *e, int *fds, struct error *error)
{
	for (size_t i = 0; i < e->n; i++) {
		int r = packet_open_ask(&e->links[i], &e->gateway, &fds[i], error);
		if (r < 0 && r != -ENODEV && r != -ENXIO)
			return r;
	}
	return 0;
}

static void ask_on_links(struct evidence *e, const int *fds)
{
	uint8_t frame[ASK_FRAME_MAX];
	size_t link, len;

	/* What cannot be sent is as what is lost: it is asked again. */
	while (evidence_next(e, clock_now_ms(), &link, frame, &len))
		if (fds[link] >= 0)
			(void)!packet_send(fds[link], frame, len);
}

static void listen_for_answers(struct evidence *e, size_t link, int *fd)
{
	struct packet packet;
	int r = 0;

	for (int i = 0; i < FRAMES_PER_TURN && r == 0; i++) {
		r = packet_receive(*fd, &packet);
		if (r == 0)
			evidence_frame(e, link, packet.data, packet.len, packet.checksum_ready,
				clock_now_ms());
	}
	if (r < 0 && r != -EAGAIN) {
		cleanup_close(fd);
		*fd = -1;
	}
}

static int watch_carriers(struct evidence *e, struct packet_waiter *waiter, struct error *error)
{
	bool changed[CANDIDATES_MAX];
	int r = packet_waiter_carrier(waiter, e->links, e->n, changed, error);

	for (size_t i = 0; r == 0 && i < e->n; i++)
		if (changed[i])
			evidence_carrier(e, i, e->links[i].carrier, clock_now_ms());
	return r;
}

static int run_evidence(
	struct evidence *e, int *fds, struct packet_waiter *waiter, struct error *error)
{
	bool readable[CANDIDATES_MAX], carrier;

	while (!evidence_over(e, clock_now_ms())) {
		ask_on_links(e, fds);
		int r = packet_waiter_turn(
			waiter, fds, e->n, evidence_deadline(e), readable, &carrier, error);
		if (r == 0 && carrier)
			r = watch_carriers(e, waiter, error);
		if (r < 0)
			return r;
		for (size_t i = 0; i < e->n; i++)
			if (readable[i])
				listen_for_answers(e, i, &fds[i]);
	}
	return 0;
}

int evidence_run(struct evidence *e, const struct packet_wait *wait, struct error *error)
{
	struct packet_waiter waiter = packet_waiter(wait, e->deadline_ms);
	int fds[CANDIDATES_MAX];

	for (size_t i = 0; i < e->n; i++)
		fds[i] = -1;
	int r = open_evidence_sockets(e, fds, error);
	if (r == 0)
		r = run_evidence(e, fds, &waiter, error);
	for (size_t i = 0; i < e->n; i++)
		cleanup_close(&fds[i]);
	return r;
}
