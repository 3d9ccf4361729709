/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing the link by evidence: see choose.h. */
#include "setup/choose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "link/change.h"
#include "link/link_wait.h"
#include "neighbour/conflict.h"
#include "neighbour/evidence.h"
#include "setup/confirm.h"
#include "setup/lease.h"
#include "setup/waits.h"

/* For answers, where links were waited for until -w was over. */
#define ASK_ALL_MS 1000
/* For links that come up later, where the first one that answered got no echo: a gateway may not
 * answer any, and -w may be long. */
#define LATER_LINKS_MS 10000
#define MS_PER_S 1000

/* --- links up --- */

/* An old bond's members are its own until it is gone. */
static int remove_bond(struct setup *setup, struct error *error)
{
	bool removed = false;

	if (!links_by_name(&setup->links, BOND_NAME))
		return 0;
	setup->touched = true;
	int r = bond_delete(setup->rtnl, &removed, error);
	if (r == 0 && removed)
		log_line("removed the old %s", BOND_NAME);
	return r < 0 ? r : setup_look_again(setup, error);
}

static int set_all_up(struct setup *setup, struct error *error)
{
	struct error ignored;

	for (size_t i = 0; i < setup->considered_n; i++) {
		const struct link *link =
			links_by_index(&setup->links, (uint32_t)setup->considered[i].index);
		if (!link || link->up)
			continue;
		int r = link_set_up(setup->rtnl, link, true, error);
		if (r < 0)
			return r;
		setup->touched = true;
		/* Addresses that a router's advertisement gives it from now on are our doing. */
		(void)!applied_add(&setup->own, link->name, NULL);
	}
	/* Best effort: without the note the next run asks once more. */
	(void)!applied_write(APPLIED_DIR_DEFAULT, &setup->own, &ignored);
	setup->wait_end_ms = clock_now_ms() + setup->plan->wait_ms;
	return setup_look_again(setup, error);
}

/* One is enough to begin with: DHCP hears of the others. */
static bool any_ready(const struct link_wait *wait, const struct links *links)
{
	for (size_t i = 0; i < wait->n; i++) {
		const struct link *link = links_by_index(links, wait->indexes[i]);
		if (link && link_is_ready(link))
			return true;
	}
	return false;
}

/* For commands that have not logged what they wait for. */
static void log_wait_for_links(const struct setup *setup)
{
	char limit[SETUP_WAIT_TEXT_MAX], links[32];
	size_t ready = 0;

	for (size_t i = 0; i < setup->considered_n; i++)
		ready += setup->considered[i].carrier;
	if (ready == setup->considered_n)
		return;
	snprintf(links, sizeof(links), "%zu links", setup->considered_n);
	log_line("waiting for carrier on %s, at most %s",
		setup->considered_n == 1 ? setup->considered[0].name : links,
		setup_show_wait(setup->plan->wait_ms, limit));
}

/* Each has carrier (with @any: one of them), or -w is over. */
static int wait_for_links(struct setup *setup, bool any, struct error *error)
{
	_cleanup_links_ struct links links = LINKS_INIT;
	uint32_t indexes[CANDIDATES_MAX];
	const struct link_wait wait = {
		.indexes = indexes,
		.n = setup->considered_n,
		.deadline_ms = setup->wait_end_ms,
		.enough = any ? any_ready : NULL,
	};

	for (size_t i = 0; i < setup->considered_n; i++)
		indexes[i] = (uint32_t)setup->considered[i].index;
	int r = setup_wait_links(setup, &wait, "waiting for carrier", NULL, &links, error);
	return r < 0 ? r : setup_look_again(setup, error);
}

/* --- who answers where --- */

/* A link on which an answer came has carrier, even if the kernel did not report it yet. */
static bool has_carrier(const struct candidate *c)
{
	return c->carrier || c->evidence;
}

/* Several links saw one MAC: they are of one network, and each is right. */
static bool is_plain(const struct evidence *evidence)
{
	return evidence->n_answered > 1 && !setup_is_ambiguous(evidence);
}

/* One turn of asking for the gateway on all considered links. */
static int ask_for_gateway(struct setup *setup, struct evidence *evidence, struct error *error)
{
	struct setup_watch watch;
	struct packet_wait wait = PACKET_WAIT_INIT;
	int r = setup_watch_open(
		&watch, setup, "waiting for the gateway", evidence->deadline_ms, &wait, error);

	if (r < 0)
		return r;
	r = evidence_run(evidence, &wait, error);
	setup_watch_close(&watch);
	if (r == -EINTR)
		return setup_interrupted(error);
	for (size_t i = 0; r == 0 && i < setup->considered_n; i++)
		setup->considered[i].evidence = evidence->seen[i].answered;
	return r < 0 ? r : setup_look_again(setup, error);
}

/*
 * Asks until -w is over, or a link is found by which the gateway is reached: where the first one
 * that answers is the wrong one, the right one may come up later. For a bond of all that answer,
 * each gets its time to come up before that.
 */
static int find_gateway(
	struct setup *setup, struct evidence *evidence, bool *ret_confirmed, struct error *error)
{
	bool all = setup->plan->selection == SETUP_SELECT_BOND_AUTO;
	int r = all ? wait_for_links(setup, false, error) : 0;
	int64_t now = clock_now_ms();
	int64_t end = all ? MAX(setup->wait_end_ms, now + ASK_ALL_MS) : setup->wait_end_ms;

	if (r < 0)
		return r;
	evidence_init(evidence, &setup->plan->gateway, setup->considered, setup->considered_n, end,
		all ? CLOCK_NEVER : EVIDENCE_SETTLE_MS, now);
	do {
		evidence_resume(evidence);
		r = ask_for_gateway(setup, evidence, error);
		if (r == 0 && evidence->n_answered > evidence->n_known)
			r = setup_confirm(setup, evidence, ret_confirmed, error);
		if (evidence->n_answered > 0)
			end = MIN(end, clock_now_ms() + LATER_LINKS_MS);
		evidence->deadline_ms = end;
	} while (r == 0 && !*ret_confirmed && evidence->n_answered > evidence->n_known &&
		 evidence->n_answered < evidence->n && clock_now_ms() < end && !is_plain(evidence));
	return r;
}

static void log_link(const struct setup *setup, size_t i, const char *saw)
{
	struct candidate c = setup->considered[i];
	const struct link *link = links_by_index(&setup->links, (uint32_t)c.index);
	const char *state = "carrier";
	char text[SETUP_LINK_TEXT_MAX];

	/* Without carrier nothing else means anything. */
	if (!has_carrier(&c)) {
		c.speed = 0;
		saw = "";
		state = clock_now_ms() < setup->wait_end_ms ? "no carrier yet" : "no carrier";
	}
	setup_format_link(&c, link ? link->driver : "", state, saw, text);
	log_line("%s", text);
}

/* By which of the links the gateway is reached, where it answers on several in different names. */
static void log_confirmation(const struct evidence *evidence, const char *gateway, bool confirmed)
{
	if (!setup_is_ambiguous(evidence))
		return;
	if (confirmed)
		log_line("%s answers in several names: an ICMP echo tells by which link", gateway);
	else
		log_line("warning: %s answers in several names, and an ICMP echo by no link: the "
			 "link may be wrong",
			gateway);
}

static void log_links(
	const struct setup *setup, const struct evidence *evidence, const char *gateway)
{
	char saw[NET_ADDR_TEXT_MAX + 32], mac[NET_MAC_TEXT_MAX];

	for (size_t i = 0; i < setup->considered_n; i++) {
		saw[0] = '\0';
		if (evidence)
			snprintf(saw, sizeof(saw),
				evidence->seen[i].answered ? "%s answers" : "no answer from %s",
				gateway);
		log_link(setup, i, saw);
	}
	for (size_t i = 0; evidence && i < setup->considered_n; i++) {
		if (!evidence->seen[i].answered)
			continue;
		net_mac_format(evidence->seen[i].mac, mac);
		log_line("%s on %s is %s", gateway, setup->considered[i].name, mac);
	}
}

/* --- the decision --- */

/* Other links than the one that is used would do, too, as it seems. */
static void log_others(const struct setup *setup, const bool *will_do)
{
	enum setup_selection selection = setup->plan->selection;

	if (setup->choice.bond ||
		(selection != SETUP_SELECT_ANY && selection != SETUP_SELECT_AUTODETECT))
		return;
	for (size_t i = 0; i < setup->considered_n; i++)
		if (will_do[i] && !setup_is_chosen(setup, setup->considered[i].index))
			log_line("  %s too: -I %s", setup->considered[i].name,
				setup->considered[i].name);
}

/* @will_do: the links that would do, by their positions in setup->considered. */
static int choose_by(struct setup *setup, const char *asked, const char *evidence,
	const bool *will_do, struct error *error)
{
	const struct setup_plan *plan = setup->plan;
	static const enum choose_mode modes[] = {
		[SETUP_SELECT_ANY] = CHOOSE_ANY,
		[SETUP_SELECT_AUTODETECT] = CHOOSE_AUTODETECT,
		[SETUP_SELECT_BOND_AUTO] = CHOOSE_BOND_AUTO,
		[SETUP_SELECT_MAC] = CHOOSE_MAC,
		[SETUP_SELECT_NAME] = CHOOSE_NAMED,
		[SETUP_SELECT_BOND] = CHOOSE_NAMED,
	};
	struct choose_options options = {
		.mode = modes[plan->selection],
		.bond = plan->selection == SETUP_SELECT_BOND,
		.names = plan->names,
		.n_names = plan->names_n,
		.asked = asked,
		.evidence = evidence,
	};

	memcpy(options.mac, plan->mac, sizeof(options.mac));
	int r = choose_links(
		&options, setup->considered, setup->considered_n, &setup->choice, error);
	if (r != 0)
		return r < 0 ? r : -ENODEV;
	log_line("%susing %s", setup->choice.fallback ? "warning: " : "", setup->choice.reason);
	log_others(setup, will_do);
	return 0;
}

/* What was named has been waited for until -w was over, and what answered has carrier. */
static int check_carrier(const struct setup *setup, struct error *error)
{
	for (size_t i = 0; i < setup->choice.n; i++)
		if (has_carrier(&setup->considered[setup->choice.links[i]]))
			return 0;
	(void)error_set(error, 0, "%s has no carrier: cable in, switch port on? (see -w)",
		setup_chosen(setup)->name);
	return setup_check_failed(setup, -ENETDOWN, error);
}

/* Whether another host has the static address; the kernel does this for IPv6 once it is set. */
static int check_address_free(struct setup *setup, struct error *error)
{
	const struct candidate *link = setup_chosen(setup);
	struct packet_wait wait = PACKET_WAIT_INIT;
	size_t at = 0;

	if (setup->plan->host.addr.family != 4 || !has_carrier(link))
		return 0;
	wait.interrupt_fd = setup->signal_fd;
	/* All of this machine's links, as any of them may still have the address and answer. */
	while (at < setup->all_n && setup->all[at].index != link->index)
		at++;
	int r = conflict_run(
		setup->all, setup->all_n, at, &setup->plan->host.addr, &wait, NULL, error);
	if (r == -EINTR)
		return setup_interrupted(error);
	return r > 0 ? setup_address_taken(setup, error) : r;
}

static int choose_static(struct setup *setup, struct error *error)
{
	const struct setup_plan *plan = setup->plan;
	struct evidence *evidence = NULL;
	char gateway[NET_ADDR_TEXT_MAX], what[NET_ADDR_TEXT_MAX + 32], limit[SETUP_WAIT_TEXT_MAX];
	bool named = plan->selection >= SETUP_SELECT_MAC, confirmed = false;
	bool will_do[CANDIDATES_MAX];
	int r;

	net_addr_format(&plan->gateway, gateway);
	if (named) {
		log_wait_for_links(setup);
		r = wait_for_links(setup, false, error);
	} else {
		evidence = calloc(1, sizeof(*evidence));
		if (!evidence)
			return error_set_errno(error, -ENOMEM, "links");
		log_line("asking for %s on %zu link%s, at most %s", gateway, setup->considered_n,
			text_plural(setup->considered_n, "", "s"),
			setup_show_wait(plan->wait_ms, limit));
		r = find_gateway(setup, evidence, &confirmed, error);
		setup->gateway_silent = evidence->n_answered == 0;
	}
	if (r == 0)
		log_links(setup, evidence, gateway);
	confirmed = confirmed && setup_is_ambiguous(evidence);
	if (r == 0 && evidence)
		log_confirmation(evidence, gateway, confirmed);
	free(evidence);
	snprintf(what, sizeof(what), "%s answers%s", gateway, confirmed ? " an ICMP echo" : "");
	for (size_t i = 0; i < setup->considered_n; i++)
		will_do[i] = setup->considered[i].evidence;
	if (r == 0)
		r = choose_by(setup, gateway, what, will_do, error);
	if (r == 0)
		r = check_carrier(setup, error);
	return r < 0 ? r : check_address_free(setup, error);
}

/* --- DHCP --- */

/* DHCP's own limit is for servers that answer late; without a cable -w ends the wait sooner. */
static int wait_for_carrier(struct setup *setup, bool any, struct error *error)
{
	char limit[SETUP_WAIT_TEXT_MAX];

	log_wait_for_links(setup);
	int r = wait_for_links(setup, any, error);
	for (size_t i = 0; r == 0 && i < setup->considered_n; i++)
		if (setup->considered[i].carrier)
			return 0;
	if (r < 0)
		return r;
	log_links(setup, NULL, "");
	(void)error_set(error, 0, "no link has carrier after %s: cable in, port on? (see -w)",
		setup_show_wait(setup->plan->wait_ms, limit));
	return setup_check_failed(setup, -ENETDOWN, error);
}

/* One link among those that were considered: the one with the lease. */
static int lease_anywhere(struct setup *setup, struct error *error)
{
	struct dhcp_parent_result result = { .link = 0 };
	int r = wait_for_carrier(setup, true, error);

	if (r < 0)
		return r;
	log_line("asking for an address on %zu link%s, at most %d s", setup->considered_n,
		text_plural(setup->considered_n, "", "s"), DHCP_LIMIT_MS / MS_PER_S);
	r = setup_run_dhcp(setup, setup->considered, setup->considered_n, false, &result, error);
	if (r == 0)
		r = setup_look_again(setup, error);
	if (r < 0)
		return r;
	setup->considered[result.link].evidence = true;
	setup->lease = result.lease;
	setup->has_lease = true;
	log_links(setup, NULL, "");
	return choose_by(setup, "a DHCP server", "a DHCP server answers", result.offered, error);
}

/* The members of a bond: named, or those on which a server offers something. */
static int choose_dhcp_bond(struct setup *setup, struct error *error)
{
	struct dhcp_parent_result result = { .link = 0 };
	int r;

	if (setup->plan->selection == SETUP_SELECT_BOND) {
		log_wait_for_links(setup);
		r = wait_for_links(setup, false, error);
	} else {
		r = wait_for_carrier(setup, false, error);
		if (r < 0)
			return r;
		log_line("looking for DHCP servers on %zu link%s, at most %d s",
			setup->considered_n, text_plural(setup->considered_n, "", "s"),
			DHCP_LIMIT_MS / MS_PER_S);
		r = setup_run_dhcp(
			setup, setup->considered, setup->considered_n, true, &result, error);
		if (r == 0)
			r = setup_look_again(setup, error);
		for (size_t i = 0; r == 0 && i < setup->considered_n; i++)
			setup->considered[i].evidence = result.offered[i];
	}
	if (r == 0)
		log_links(setup, NULL, "");
	if (r == 0)
		r = choose_by(
			setup, "a DHCP server", "a DHCP server answers", result.offered, error);
	return r < 0 ? r : check_carrier(setup, error);
}

int setup_choose(struct setup *setup, struct error *error)
{
	int r = remove_bond(setup, error);

	if (r == 0)
		r = set_all_up(setup, error);
	if (r < 0)
		return r;
	if (!setup->plan->dhcp)
		return choose_static(setup, error);
	return setup->plan->bond ? choose_dhcp_bond(setup, error) : lease_anywhere(setup, error);
}
