/* SPDX-License-Identifier: BSD-2-Clause */
/* A lease from the DHCP role: see lease.h. */
#include "setup/lease.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "setup/waits.h"

#define MS_PER_S 1000

static void on_line(void *context, const char *text)
{
	struct setup_watch *watch = context;

	log_progress_wipe(&watch->setup->progress);
	log_line("  %s", text);
}

int setup_run_dhcp(struct setup *setup, const struct candidate *links, size_t n, bool discover_only,
	struct dhcp_parent_result *ret, struct error *error)
{
	struct setup_watch watch;
	struct dhcp_parent_config config = {
		.links = links,
		.n = n,
		.discover_only = discover_only,
		.check = true,
		.force = setup->plan->force,
		.limit_ms = DHCP_LIMIT_MS,
		.line = on_line,
	};

	int r = setup_watch_open(&watch, setup, "waiting for a DHCP server",
		clock_now_ms() + config.limit_ms, &config.wait, error);
	if (r < 0)
		return r;
	r = dhcp_parent_run(&setup->launcher, &config, ret, error);
	setup_watch_close(&watch);
	return r == -EINTR ? setup_interrupted(error) : r;
}

int setup_get_lease(struct setup *setup, const struct link *link, struct error *error)
{
	struct dhcp_parent_result result = { .link = 0 };
	struct candidate candidate = {
		.index = (int)link->index,
		.carrier = link_is_ready(link),
	};

	memcpy(candidate.name, link->name, MIN(sizeof(candidate.name), sizeof(link->name)));
	memcpy(candidate.mac, link->mac, sizeof(candidate.mac));
	log_line("asking for an address on %s, at most %d s", link->name, DHCP_LIMIT_MS / MS_PER_S);
	int r = setup_run_dhcp(setup, &candidate, 1, false, &result, error);
	if (r < 0)
		return r;
	setup->lease = result.lease;
	setup->has_lease = true;
	return 0;
}
