/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits that are shown, and that a signal ends: see waits.h. */
#include "setup/waits.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

#define MS_PER_S 1000

static int on_carrier(void *context, struct candidate *links, size_t n, struct error *error)
{
	struct setup_watch *watch = context;
	_cleanup_links_ struct links now = LINKS_INIT;

	if (!link_events_drain(watch->fd))
		return 0;
	int r = links_read(watch->setup->rtnl, NULL, &now, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const struct link *link = links_by_index(&now, (uint32_t)links[i].index);
		links[i].carrier = link && link_is_ready(link);
	}
	return 0;
}

static void on_packet_tick(void *context, int64_t left_ms)
{
	struct setup_watch *watch = context;

	log_progress(&watch->setup->progress);
}

int setup_watch_open(struct setup_watch *watch, struct setup *setup, const char *what,
	int64_t until_ms, struct packet_wait *ret_wait, struct error *error)
{
	progress_begin(&setup->progress, what, until_ms, clock_now_ms());
	*watch = (struct setup_watch){ .setup = setup, .fd = -1 };
	int r = link_events_open(LINK_EVENTS_LINKS, &watch->fd, error);
	if (r < 0)
		return r;
	*ret_wait = (struct packet_wait){
		.interrupt_fd = setup->signal_fd,
		.carrier_fd = watch->fd,
		.carrier = on_carrier,
		.tick = on_packet_tick,
		.context = watch,
	};
	return 0;
}

void setup_watch_close(struct setup_watch *watch)
{
	log_progress_wipe(&watch->setup->progress);
	cleanup_close(&watch->fd);
}

const char *setup_show_wait(int64_t wait_ms, char out[SETUP_WAIT_TEXT_MAX])
{
	bool whole = wait_ms % MS_PER_S == 0;

	snprintf(out, SETUP_WAIT_TEXT_MAX, "%lld %s",
		(long long)(whole ? wait_ms / MS_PER_S : wait_ms), whole ? "s" : "ms");
	return out;
}

static void on_link_tick(const struct link_wait *wait, const struct links *links, int64_t left_ms)
{
	log_progress(wait->userdata);
}

int setup_wait_links(struct setup *setup, const struct link_wait *wait, const char *what,
	const char *sysfs, struct links *ret_links, struct error *error)
{
	struct link_wait shown = *wait;

	shown.interrupt_fd = setup->signal_fd;
	shown.progress = on_link_tick;
	shown.userdata = &setup->progress;
	progress_begin(&setup->progress, what, wait->deadline_ms, clock_now_ms());
	int r = links_wait(setup->rtnl, &shown, sysfs, ret_links, error);
	log_progress_wipe(&setup->progress);
	return r == -EINTR ? setup_interrupted(error) : r;
}
