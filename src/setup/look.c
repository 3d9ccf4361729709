/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps `look` and `ask`: see look.h. */
#include "setup/look.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "console/question.h"
#include "link/pci.h"

static bool is_named(const struct setup_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->names_n; i++)
		if (strcmp(plan->names[i], name) == 0)
			return true;
	return false;
}

/* Links that were not named are left alone until one is chosen. */
static bool is_considered(const struct setup_plan *plan, const struct candidate *c)
{
	switch (plan->selection) {
	case SETUP_SELECT_MAC:
		return memcmp(plan->mac, c->mac, sizeof(c->mac)) == 0;
	case SETUP_SELECT_NAME:
	case SETUP_SELECT_BOND:
		return is_named(plan, c->name);
	default:
		return true;
	}
}

/* A named link that exists but cannot be used: the reason says more than a list. */
static int check_named(const struct setup *setup, struct error *error)
{
	const struct setup_plan *plan = setup->plan;
	char buf[64];

	for (size_t i = 0; i < plan->names_n; i++) {
		const struct link *link = links_by_name(&setup->links, plan->names[i]);
		const char *reason = link ? link_reason_against(&setup->links, link, buf) : NULL;
		if (reason)
			return error_set(
				error, -EINVAL, "%s cannot be used: %s", link->name, reason);
	}
	return 0;
}

static int no_link(struct error *error)
{
	char devices[PCI_DRIVERLESS_MAX];

	if (pci_driverless(PCI_SYSFS_DEFAULT, devices) == 0)
		return error_set(error, -ENODEV,
			"this machine has no link that could be used (is its driver loaded?)");
	return error_set(error, -ENODEV,
		"this machine has no link that could be used: this kernel has no driver for the "
		"network devices %s (vendor:device)",
		devices);
}

/* The error for a name or MAC that no candidate has: it lists what there is. */
static int check_there(const struct setup *setup, struct error *error)
{
	const struct setup_plan *plan = setup->plan;
	char list[ERROR_TEXT_MAX / 2] = "", mac[NET_MAC_TEXT_MAX];
	size_t len = 0, wanted = plan->selection == SETUP_SELECT_MAC ? 1 : plan->names_n;

	if (setup->all_n == 0)
		return no_link(error);
	if (wanted == 0 || setup->considered_n >= wanted)
		return 0;
	for (size_t i = 0; i < setup->all_n && len < sizeof(list); i++) {
		net_mac_format(setup->all[i].mac, mac);
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s (%s)",
			i > 0 ? ", " : "", setup->all[i].name, mac);
	}
	net_mac_format(plan->mac, mac);
	const char *missing = mac;
	for (size_t i = 0; i < plan->names_n; i++)
		if (!links_by_name(&setup->links, plan->names[i]))
			missing = plan->names[i];
	return error_set(error, -ENODEV, "there is no link %s; there are: %s", missing, list);
}

/* Those to consider (@considered) or the others, as far as there is room. How many there are. */
static size_t take_candidates(struct setup *setup, bool considered)
{
	size_t n = 0;

	for (size_t i = 0; i < setup->links.n; i++) {
		struct candidate c;
		if (!link_is_candidate(&setup->links, &setup->links.items[i]))
			continue;
		setup_candidate(&setup->links.items[i], &c);
		if (is_considered(setup->plan, &c) != considered)
			continue;
		n++;
		if (setup->all_n == CANDIDATES_MAX)
			continue;
		setup->all[setup->all_n++] = c;
		if (considered)
			setup->considered[setup->considered_n++] = c;
	}
	return n;
}

static void find_candidates(struct setup *setup)
{
	setup->all_n = setup->considered_n = 0;
	/* What was named must not fall off the end of a long list. */
	size_t n = take_candidates(setup, true);
	n += take_candidates(setup, false);
	if (n > setup->all_n)
		log_line("warning: of %zu links, %zu are considered; the others are not changed", n,
			setup->all_n);
}

int setup_look(struct setup *setup, struct error *error)
{
	int r = links_read(setup->rtnl, LINK_SYSFS_DEFAULT, &setup->links, error);

	if (r < 0)
		return r;
	find_candidates(setup);
	r = check_named(setup, error);
	if (r == 0)
		r = check_there(setup, error);
	/* A kernel without bonds is better found out before the network is reset. */
	if (r == 0 && setup->plan->bond)
		r = bond_check(setup->rtnl, setup->plan->bonding_mode, error);
	return r;
}

/* A link that this run resets: a candidate, or an old bond0. */
static const struct link *find_reset(const struct setup *setup, uint32_t index)
{
	const struct link *link = links_by_index(&setup->links, index);

	if (link && (link_is_candidate(&setup->links, link) || strcmp(link->name, BOND_NAME) == 0))
		return link;
	return NULL;
}

/* Logs which addresses that stprov did not set will be removed; returns how many. */
static size_t log_foreign(const struct setup *setup, const struct link_addrs *addrs)
{
	char text[NET_PREFIX_TEXT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < addrs->n; i++) {
		const struct link_addr *a = &addrs->items[i];
		const struct link *link = find_reset(setup, a->index);
		if (!link || !applied_is_foreign(&setup->own, link, a))
			continue;
		net_prefix_format(&a->prefix, text);
		log_line("%s is in use: it has %s, which stprov did not set", link->name, text);
		n++;
	}
	return n;
}

int setup_ask(struct setup *setup, struct error *error)
{
	_cleanup_link_addrs_ struct link_addrs addrs = LINK_ADDRS_INIT;
	struct console console;
	enum question_answer answer = QUESTION_WAITING;

	if (setup->replaced[0])
		log_line("this will replace %s", setup->replaced);
	int r = link_addrs_read(setup->rtnl, &addrs, error);
	if (r < 0)
		return r;
	if (log_foreign(setup, &addrs) == 0)
		return 0;
	if (!setup->terminal || setup->plan->force) {
		log_line("going on: these addresses and their routes will be removed");
		return 0;
	}
	question_ask(
		&console, "These addresses and their routes will be removed. Type yes to go on:");
	console.only_yes = true;
	r = question_wait(&console, setup->signal_fd, &answer, error);
	if (r == -EINTR)
		return setup_interrupted(error);
	if (r < 0)
		return r;
	if (answer != QUESTION_CONFIRMED)
		return error_set(error, -ECANCELED, "aborted");
	return 0;
}
