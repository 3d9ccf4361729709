/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting: see wait.h. */
#include "packet/wait.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"

#define TICK_MS 1000

struct packet_waiter packet_waiter(const struct packet_wait *wait, int64_t end_ms)
{
	return (struct packet_waiter){
		.wait = wait ? *wait : PACKET_WAIT_INIT,
		.end_ms = end_ms,
		.tick_ms = wait && wait->tick ? clock_now_ms() : CLOCK_NEVER,
	};
}

static void tick_wait(struct packet_waiter *waiter)
{
	int64_t now_ms = clock_now_ms();

	if (now_ms < waiter->tick_ms)
		return;
	waiter->wait.tick(waiter->wait.context, MAX(waiter->end_ms - now_ms, 0));
	/* Not the next multiple: a process that was stopped does not make up for it. */
	waiter->tick_ms = now_ms + TICK_MS;
}

int packet_waiter_turn(struct packet_waiter *waiter, const int *fds, size_t n, int64_t deadline_ms,
	bool *ret_readable, bool *ret_carrier, struct error *error)
{
	struct pollfd polled[2 + CANDIDATES_MAX];

	tick_wait(waiter);
	polled[0] = (struct pollfd){ .fd = waiter->wait.interrupt_fd, .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = waiter->wait.carrier_fd, .events = POLLIN };
	for (size_t i = 0; i < n; i++)
		polled[2 + i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	int r = poll(polled, 2 + n, clock_until(MIN(deadline_ms, waiter->tick_ms)));
	if (r < 0 && errno != EINTR)
		return error_set_errno(error, -errno, "poll");
	if (r > 0 && polled[0].revents)
		return error_set(error, -EINTR, "interrupted");
	*ret_carrier = r > 0 && polled[1].revents;
	for (size_t i = 0; i < n; i++)
		ret_readable[i] = r > 0 && polled[2 + i].revents;
	return 0;
}

int packet_waiter_carrier(struct packet_waiter *waiter, struct candidate *links, size_t n,
	bool *ret_changed, struct error *error)
{
	bool before[CANDIDATES_MAX];

	for (size_t i = 0; i < n; i++)
		before[i] = links[i].carrier;
	int r = waiter->wait.carrier(waiter->wait.context, links, n, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		ret_changed[i] = links[i].carrier != before[i];
	return 0;
}
