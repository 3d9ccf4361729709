/*
 * Lines about refused connections. Each gets one; but the console may be a slow serial line that
 * the monitor must not be made to wait for, so a flood is summed up instead.
 */
#include "base/clock.h"
#include "base/log.h"
#include "remote/monitor_state.h"

#include <stdio.h>

void refusals_init(struct refusals *refusals)
{
	*refusals = (struct refusals){
		.tokens = REFUSED_LOG_BURST,
		.filled_ms = clock_now_ms(),
	};
}

static void refill(struct refusals *refusals)
{
	int64_t now = clock_now_ms();
	int64_t more = (now - refusals->filled_ms) * REFUSED_LOG_RATE / 1000;

	if (more <= 0)
		return;
	refusals->tokens = (unsigned)MIN((int64_t)REFUSED_LOG_BURST, refusals->tokens + more);
	refusals->filled_ms = now;
}

void refusals_add(struct refusals *refusals, const char *peer, const char *why)
{
	refill(refusals);
	if (refusals->tokens > 0 && refusals->unsaid == 0) {
		refusals->tokens--;
		log_line("%s: refused: %s", peer, why);
		return;
	}
	refusals->unsaid++;
	snprintf(refusals->last, sizeof(refusals->last), "%s", peer);
}

int64_t refusals_tick(struct refusals *refusals)
{
	if (refusals->unsaid == 0)
		return CLOCK_NEVER;
	refill(refusals);
	/* A second's worth of room, so that a lasting flood gets one line a second. */
	if (refusals->tokens < REFUSED_LOG_RATE)
		return clock_now_ms() + 100;
	refusals->tokens -= REFUSED_LOG_RATE;
	log_line("%s: refused, and %u more connections like it", refusals->last,
		refusals->unsaid - 1);
	refusals->unsaid = 0;
	return CLOCK_NEVER;
}
