/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What functions that wait for answers also watch: an interruption, carriers
 * that come and go, a countdown. `struct packet_wait` is what the caller hands in.
 */
#pragma once

#include "packet/candidate.h"

/* All of it is borrowed and optional: begin with PACKET_WAIT_INIT. */
struct packet_wait {
	int interrupt_fd; /* readable: stop with -EINTR (it is not read); -1: none */

	/*
	 * Carriers that come and go: when @carrier_fd is readable, @carrier reads what is there and
	 * sets links[i].carrier. A link that gets carrier is asked at once. 0, or a negative errno
	 * with its text, which ends the wait.
	 */
	int carrier_fd; /* -1: none */
	int (*carrier)(void *context, struct candidate *links, size_t n, struct error *error);

	/* Called when it begins and each second: milliseconds that are left. NULL: not. */
	void (*tick)(void *context, int64_t left_ms);

	void *context; /* of both functions */
};

#define PACKET_WAIT_INIT ((struct packet_wait){ .interrupt_fd = -1, .carrier_fd = -1 })

/* One wait under way. */
struct packet_waiter {
	struct packet_wait wait;
	int64_t end_ms;  /* when the whole of it ends, for the countdown */
	int64_t tick_ms; /* the next second */
};

/* @wait: NULL is as PACKET_WAIT_INIT. @end_ms: of clock_now_ms(). */
struct packet_waiter packet_waiter(const struct packet_wait *wait, int64_t end_ms);

/*
 * Waits until one of @n descriptors (at most CANDIDATES_MAX; -1: none) or the carriers' is
 * readable, or until @deadline_ms, or a second has passed. @ret_readable: n of them.
 * 0; -EINTR: interrupted; others.
 */
int packet_waiter_turn(struct packet_waiter *waiter, const int *fds, size_t n, int64_t deadline_ms,
	bool *ret_readable, bool *ret_carrier, struct error *error) MUST_CHECK;

/* Has @links brought up to date; @ret_changed: n of them. */
int packet_waiter_carrier(struct packet_waiter *waiter, struct candidate *links, size_t n,
	bool *ret_changed, struct error *error) MUST_CHECK;
