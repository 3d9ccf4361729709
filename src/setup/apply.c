/* SPDX-License-Identifier: BSD-2-Clause */
/* Resetting the candidates, then address, routes and DNS: see apply.h. */
#include "setup/apply.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "link/change.h"
#include "link/link_wait.h"
#include "neighbour/evidence.h"
#include "net/resolv.h"
#include "setup/lease.h"
#include "setup/waits.h"

/* For the host that has the address to answer once more. */
#define OWNER_MS 1000

/* --- reset --- */

/* An earlier run gave it an address, and a lease's MTU perhaps. */
static bool had_address(const struct setup *setup, const struct link *link)
{
	for (size_t i = 0; i < setup->own.n; i++)
		if (setup->own.items[i].prefix.addr.family != 0 &&
			strcmp(setup->own.items[i].link, link->name) == 0)
			return true;
	return false;
}

/* A lease's MTU goes with the lease: a link that stprov set up gets Ethernet's own again. */
static void reset_mtu(struct setup *setup, const struct link *link)
{
	struct error error;

	if (link->mtu == ETH_DATA_LEN || !had_address(setup, link))
		return;
	if (link_set_mtu(setup->rtnl, link, ETH_DATA_LEN, &error) < 0)
		log_line("warning: %s", error.text);
	else
		log_line("%s: MTU %d again", link->name, ETH_DATA_LEN);
}

/* All candidates lose addresses and routes; those that were not chosen go down. */
static int reset_candidates(struct setup *setup, struct error *error)
{
	uint32_t indexes[CANDIDATES_MAX];

	setup->touched = true;
	for (size_t i = 0; i < setup->all_n; i++)
		indexes[i] = (uint32_t)setup->all[i].index;
	int r = links_flush(setup->rtnl, &setup->links, indexes, setup->all_n, error);
	for (size_t i = 0; r == 0 && i < setup->all_n; i++) {
		const struct link *link = links_by_index(&setup->links, indexes[i]);
		if (!link)
			continue;
		reset_mtu(setup, link);
		if (link->up && !setup_is_chosen(setup, setup->all[i].index))
			r = link_set_up(setup->rtnl, link, false, error);
	}
	setup->own.n = 0;
	return r;
}

/* Noted before it is done, so that a run that was cut short knows its own. */
static int note_own(struct setup *setup, const struct net_prefix *prefix, struct error *error)
{
	struct error text;

	(void)error_set(&text, 0, "%s", APPLIED_DIR_DEFAULT);
	if (applied_add(&setup->own, setup->link.name, NULL) < 0 ||
		applied_add(&setup->own, setup->link.name, prefix) < 0 ||
		applied_write(APPLIED_DIR_DEFAULT, &setup->own, &text) < 0)
		log_line("warning: %s: cannot record this address; the next run may ask before "
			 "removing it",
			text.text);
	return 0;
}

/* --- the link that gets the address --- */

static void log_partner(const struct bond_info *info)
{
	char mac[NET_MAC_TEXT_MAX];

	if (info->mode != BOND_802_3AD)
		return;
	net_mac_format(info->partner, mac);
	if (info->has_partner)
		log_line("%s: LACP partner %s, %u port%s in the aggregator", BOND_NAME, mac,
			info->ports, text_plural(info->ports, "", "s"));
	else
		log_line("warning: %s: no LACP partner (is the switch set up for 802.3ad?)",
			BOND_NAME);
}

static int wait_bond_up(struct setup *setup, struct error *error)
{
	_cleanup_links_ struct links links = LINKS_INIT;
	struct bond_info info;
	const struct link_wait wait = {
		.indexes = &setup->link.index,
		.n = 1,
		.deadline_ms = clock_now_ms() + MAX(setup->plan->wait_ms, SETUP_BOND_UP_MS),
	};

	int r = setup_wait_links(
		setup, &wait, "waiting for the bond's carrier", LINK_SYSFS_DEFAULT, &links, error);
	if (r < 0)
		return r;
	const struct link *now = links_by_index(&links, setup->link.index);
	if (now)
		setup->link = *now;
	if (!now || !link_is_ready(now)) {
		(void)error_set(error, 0, "%s has no carrier", BOND_NAME);
		return setup_check_failed(setup, -ENETDOWN, error);
	}
	r = bond_wait_partner(setup->rtnl, setup->link.index, clock_now_ms() + SETUP_PARTNER_MS,
		setup->signal_fd, &info, error);
	if (r == -EINTR)
		return setup_interrupted(error);
	if (r == 0)
		log_partner(&info);
	return r;
}

static int make_bond(struct setup *setup, struct error *error)
{
	struct link members[CANDIDATES_MAX];

	for (size_t i = 0; i < setup->choice.n; i++) {
		const struct candidate *c = &setup->considered[setup->choice.links[i]];
		const struct link *link = links_by_index(&setup->links, (uint32_t)c->index);
		if (!link)
			return error_set(error, -ENODEV, "%s is gone", c->name);
		members[i] = *link;
	}
	int r = bond_new(setup->rtnl, setup->plan->bonding_mode, members, setup->choice.n,
		&setup->link, error);
	if (r < 0)
		return r;
	setup->bonded = true;
	log_line("%s: %s, %zu member%s", BOND_NAME, bond_mode_text(setup->plan->bonding_mode),
		setup->choice.n, text_plural(setup->choice.n, "", "s"));
	return wait_bond_up(setup, error);
}

static int make_link(struct setup *setup, struct error *error)
{
	if (setup->choice.bond)
		return make_bond(setup, error);
	const struct candidate *c = &setup->considered[setup->choice.links[0]];
	const struct link *link = links_by_index(&setup->links, (uint32_t)c->index);
	if (!link)
		return error_set(error, -ENODEV, "%s is gone", c->name);
	setup->link = *link;
	return 0;
}

/* --- address and routes --- */

/* Who has an IPv6 address, for which the kernel gives no name: asked once more. */
static void name_owner(struct setup *setup, const struct net_addr *addr, struct error *error)
{
	_cleanup_free_ struct evidence *evidence = calloc(1, sizeof(*evidence));
	struct packet_wait wait = PACKET_WAIT_INIT;
	char text[NET_ADDR_TEXT_MAX], mac[NET_MAC_TEXT_MAX];
	struct candidate candidate;
	struct error unused;

	if (!evidence)
		return;
	setup_candidate(&setup->link, &candidate);
	candidate.carrier = true;
	wait.interrupt_fd = setup->signal_fd;
	evidence_init(evidence, addr, &candidate, 1, clock_now_ms() + OWNER_MS, 0, clock_now_ms());
	if (evidence_run(evidence, &wait, &unused) < 0 || evidence->n_answered == 0)
		return;
	net_addr_format(addr, text);
	net_mac_format(evidence->seen[0].mac, mac);
	(void)error_set(error, 0, "%s: %s is taken by %s", setup->link.name, text, mac);
}

/* Duplicate address detection found another host: with -f the address is set without it. */
static int take_over_address(
	struct setup *setup, const struct net_prefix *prefix, struct error *error)
{
	name_owner(setup, &prefix->addr, error);
	int r = setup_address_taken(setup, error);
	if (r == 0)
		r = links_flush(setup->rtnl, &setup->links, &setup->link.index, 1, error);
	return r < 0 ? r : link_add_addr(setup->rtnl, &setup->link, prefix, true, error);
}

static int add_address(struct setup *setup, const struct net_prefix *prefix, struct error *error)
{
	char text[NET_PREFIX_TEXT_MAX];
	int r = note_own(setup, prefix, error);

	if (r == 0)
		r = link_add_addr(setup->rtnl, &setup->link, prefix, false, error);
	if (r < 0)
		return r;
	net_prefix_format(prefix, text);
	if (prefix->addr.family == 6)
		log_line("%s: checking that no other host has %s, at most %d s", setup->link.name,
			text, SETUP_DAD_MS / 1000);
	r = link_wait_addr(setup->rtnl, &setup->link, &prefix->addr, clock_now_ms() + SETUP_DAD_MS,
		setup->signal_fd, error);
	if (r == -EINTR)
		return setup_interrupted(error);
	if (r == -EADDRINUSE)
		r = take_over_address(setup, prefix, error);
	else if (r < 0)
		r = setup_check_failed(setup, r, error);
	if (r < 0)
		return r;
	log_line("%s: address %s", setup->link.name, text);
	return 0;
}

static int add_gateway(
	struct setup *setup, const struct net_addr *gateway, bool onlink, struct error *error)
{
	char text[NET_ADDR_TEXT_MAX];
	int r = link_add_default_route(setup->rtnl, &setup->link, gateway, onlink, error);

	if (r < 0)
		return r;
	net_addr_format(gateway, text);
	log_line("%s: gateway %s", setup->link.name, text);
	return 0;
}

static int apply_static(struct setup *setup, struct error *error)
{
	int r = add_address(setup, &setup->plan->host, error);

	if (r == 0)
		r = add_gateway(setup, &setup->plan->gateway, setup->plan->gateway_onlink, error);
	if (r == 0 && setup->plan->gateway_onlink)
		log_line("warning: the gateway is outside the host's network: it is reached from "
			 "here, but stboot may not reach it when it boots");
	return r;
}

static void apply_mtu(struct setup *setup)
{
	unsigned mtu = setup->lease.mtu;
	struct error error;

	if (mtu == 0 || mtu == setup->link.mtu)
		return;
	/* The link works with its own, if not with the largest frames. */
	if (link_set_mtu(setup->rtnl, &setup->link, mtu, &error) < 0)
		log_line("warning: %s", error.text);
	else
		log_line("%s: MTU %u", setup->link.name, mtu);
}

static int add_way(struct setup *setup, const struct dhcp_way *way, struct error *error)
{
	const struct net_addr *via = way->route.via.family ? &way->route.via : NULL;
	char text[NET_ADDR_TEXT_MAX];
	int r = link_add_route(setup->rtnl, &setup->link, &way->route.to, via, way->onlink, error);

	if (r < 0 || way->route.to.len > 0)
		return r;
	if (via)
		net_addr_format(via, text);
	log_line("%s: gateway %s", setup->link.name,
		via ? text : "none: every address is on the link");
	return 0;
}

/*
 * A route that the kernel refuses is passed over: the others may be enough. Of the default routes
 * the first that it takes is the one; none is an error if there was one.
 */
static int add_ways(struct setup *setup, struct error *error)
{
	struct dhcp_way ways[DHCP_WAYS_MAX];
	size_t n = dhcp_lease_ways(&setup->lease, ways);
	bool wanted = false, there = false;

	for (size_t i = 0; i < n; i++) {
		bool is_default = ways[i].route.to.len == 0;
		if (is_default && there)
			continue;
		wanted = wanted || is_default;
		int r = add_way(setup, &ways[i], error);
		if (r < 0)
			log_line("warning: %s: this route is left out", error->text);
		else if (is_default)
			there = true;
	}
	if (wanted && !there) {
		(void)error_set(error, 0, "%s: no default route of the lease could be set",
			setup->link.name);
		return setup_check_failed(setup, -ENETUNREACH, error);
	}
	if (!wanted)
		log_line("warning: the lease has no router: only the network of %s is reachable",
			setup->link.name);
	return 0;
}

/* The server's name is not used without being asked for: it would change under scripts. */
static void log_leased_name(const struct setup *setup)
{
	const char *leased = setup->lease.hostname, *own = setup->plan->hostname;
	size_t len = strlen(leased);

	/* With or without the domain. */
	if (len == 0 || (strncasecmp(leased, own, len) == 0 && (own[len] == '.' || !own[len])))
		return;
	log_line("the DHCP server's name for this machine is %s; %s will be stored", leased, own);
}

static int apply_lease(struct setup *setup, struct error *error)
{
	apply_mtu(setup);
	log_leased_name(setup);
	int r = add_address(setup, &setup->lease.address, error);

	return r < 0 ? r : add_ways(setup, error);
}

static int write_resolv(const struct setup *setup, struct error *error)
{
	enum net_resolv_how how;
	int r = net_resolv_write(NET_RESOLV_PATH_DEFAULT, setup->plan->dns,
		MIN(setup->plan->dns_n, (size_t)NET_RESOLV_SERVERS_MAX), &how, error);

	if (r == 0 && how != NET_RESOLV_REPLACED)
		log_line("%s: %s", NET_RESOLV_PATH_DEFAULT, net_resolv_how_text(how));
	if (r == 0 && setup->plan->dns_n > NET_RESOLV_SERVERS_USED)
		log_line("warning: only the first %d of the DNS servers are used on this machine",
			NET_RESOLV_SERVERS_USED);
	return r;
}

int setup_apply(struct setup *setup, struct error *error)
{
	int r = reset_candidates(setup, error);

	if (r == 0)
		r = setup_look_again(setup, error);
	if (r == 0)
		r = make_link(setup, error);
	if (r == 0 && setup->plan->dhcp && !setup->has_lease)
		r = setup_get_lease(setup, &setup->link, error);
	if (r == 0)
		r = setup->plan->dhcp ? apply_lease(setup, error) : apply_static(setup, error);
	return r < 0 ? r : write_resolv(setup, error);
}
