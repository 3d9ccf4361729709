/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of setting up the network, and the small verbs on it: see state.h. */
#include "setup/state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

int setup_check_failed(const struct setup *setup, int code, struct error *error)
{
	if (!setup->plan->force)
		return code;
	log_line("force flag: ignoring: %s", error->text);
	return 0;
}

int setup_address_taken(const struct setup *setup, struct error *error)
{
	if (setup_check_failed(setup, -EADDRINUSE, error) == 0)
		return 0;
	struct error text = *error;
	return error_set(error, -EADDRINUSE, "%s (with -f it is used anyway)", text.text);
}

int setup_interrupted(struct error *error)
{
	return error_set(error, -EINTR, "interrupted");
}

bool setup_is_interrupted(const struct setup *setup)
{
	struct pollfd fd = { .fd = setup->signal_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

void setup_candidate(const struct link *link, struct candidate *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->index = (int)link->index;
	memcpy(ret->name, link->name, MIN(sizeof(ret->name), sizeof(link->name)));
	memcpy(ret->mac, link->mac, sizeof(ret->mac));
	ret->speed = link->speed > 0 ? (unsigned)link->speed : 0;
	ret->carrier = link_is_ready(link);
}

void setup_format_link(const struct candidate *c, const char *driver, const char *state,
	const char *saw, char out[SETUP_LINK_TEXT_MAX])
{
	char mac[NET_MAC_TEXT_MAX], speed[32] = "";

	net_mac_format(c->mac, mac);
	if (c->speed > 0)
		snprintf(speed, sizeof(speed), ", %u Mbit/s", c->speed);
	snprintf(out, SETUP_LINK_TEXT_MAX, "%s: %s, %s, %s%s%s%s", c->name, mac,
		driver[0] ? driver : "driver unknown", state, speed, saw[0] ? ", " : "", saw);
}

int setup_look_again(struct setup *setup, struct error *error)
{
	struct links links = LINKS_INIT;
	int r = links_read(setup->rtnl, LINK_SYSFS_DEFAULT, &links, error);

	if (r < 0)
		return r;
	links_deinit(&setup->links);
	setup->links = links;
	for (size_t i = 0; i < setup->considered_n; i++) {
		struct candidate *c = &setup->considered[i];
		const struct link *link = links_by_index(&links, (uint32_t)c->index);
		bool evidence = c->evidence;
		if (!link) {
			c->carrier = false;
			continue;
		}
		setup_candidate(link, c);
		c->evidence = evidence;
	}
	return 0;
}

bool setup_is_chosen(const struct setup *setup, int index)
{
	for (size_t i = 0; i < setup->choice.n; i++)
		if (setup->considered[setup->choice.links[i]].index == index)
			return true;
	return false;
}

const struct candidate *setup_chosen(const struct setup *setup)
{
	assert(setup->choice.n > 0);
	return &setup->considered[setup->choice.links[0]];
}
