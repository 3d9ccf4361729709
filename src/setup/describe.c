/* SPDX-License-Identifier: BSD-2-Clause */
/* What state a run leaves the machine in: see describe.h. */
#include "setup/describe.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* `  eth2: up, 10.0.2.10/26`; false for a link that is down and has no address. */
static bool describe_link(const struct link *link, const struct link_addrs *addrs)
{
	char line[LOG_LINE_MAX], text[NET_PREFIX_TEXT_MAX];
	size_t len = (size_t)snprintf(line, sizeof(line), "  %s: %s", link->name,
		!link->up       ? "down"
		: link->carrier ? "up"
				: "up, no carrier");
	bool any = link->up;

	for (size_t i = 0; i < addrs->n && len < sizeof(line); i++) {
		if (addrs->items[i].index != link->index || !addrs->items[i].global)
			continue;
		net_prefix_format(&addrs->items[i].prefix, text);
		len += (size_t)snprintf(line + len, sizeof(line) - len, ", %s", text);
		any = true;
	}
	if (any)
		log_line("%s", line);
	return any;
}

static void describe_links(struct setup *setup)
{
	_cleanup_link_addrs_ struct link_addrs addrs = LINK_ADDRS_INIT;
	_cleanup_links_ struct links links = LINKS_INIT;
	struct error ignored;
	size_t down = 0;

	if (links_read(setup->rtnl, NULL, &links, &ignored) < 0 ||
		link_addrs_read(setup->rtnl, &addrs, &ignored) < 0)
		return;
	log_line("the network was changed; its state is now:");
	for (size_t i = 0; i < links.n; i++) {
		const struct link *link = &links.items[i];
		if (!link_is_candidate(&links, link) && strcmp(link->name, BOND_NAME) != 0)
			continue;
		if (!describe_link(link, &addrs))
			down++;
	}
	if (down > 0)
		log_line("  %zu other link%s: down, no address", down, text_plural(down, "", "s"));
}

void setup_describe(struct setup *setup)
{
	if (!setup->touched) {
		log_line("nothing was changed");
		return;
	}
	describe_links(setup);
	if (!setup->writing)
		log_line("host name and host configuration were not written");
}
