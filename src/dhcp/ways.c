/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which the routes of a lease are set: see message.h. A kernel takes a route only if
 * its router is on the link at that moment, by an address or by another route without a router.
 */
#include "dhcp/message.h"

#include <string.h>

struct ordering {
	const struct dhcp_lease *lease;
	struct net_prefix network;
	struct dhcp_way *out;
	size_t n;
	bool done[DHCP_ROUTES_MAX];
};

static bool is_same_network(const struct net_prefix *a, const struct net_prefix *b)
{
	return a->len == b->len && net_addr_equal(&a->addr, &b->addr);
}

static void add_way(struct ordering *o, const struct dhcp_route *route, bool onlink)
{
	o->out[o->n++] = (struct dhcp_way){ .route = *route, .onlink = onlink };
}

static void add_lease_route(struct ordering *o, size_t at, bool onlink)
{
	o->done[at] = true;
	add_way(o, &o->lease->routes[at], onlink);
}

/* Later routes to the same destination, and what the address brings by itself, are not set. */
static void drop_repeated(struct ordering *o)
{
	const struct dhcp_route *routes = o->lease->routes;

	for (size_t i = 0; i < o->lease->n_routes; i++) {
		if (routes[i].via.family == 0 && is_same_network(&routes[i].to, &o->network))
			o->done[i] = true;
		for (size_t k = 0; k < i; k++)
			if (is_same_network(&routes[i].to, &routes[k].to))
				o->done[i] = true;
	}
}

static bool is_on_link(const struct ordering *o, const struct net_addr *router)
{
	const struct dhcp_route *routes = o->lease->routes;

	if (net_prefix_contains(&o->network, router))
		return true;
	for (size_t i = 0; i < o->lease->n_routes; i++)
		if (routes[i].via.family == 0 && net_prefix_contains(&routes[i].to, router))
			return true;
	return false;
}

/* Whether a router is reached through a route that is not set yet. */
static bool waits_for_another(const struct ordering *o, size_t at)
{
	const struct dhcp_route *routes = o->lease->routes;

	for (size_t i = 0; i < o->lease->n_routes; i++)
		if (i != at && !o->done[i] && net_prefix_contains(&routes[i].to, &routes[at].via))
			return true;
	return false;
}

/* Whether a router is reached through another router of the lease. */
static bool is_behind_router(const struct ordering *o, size_t at)
{
	const struct dhcp_route *routes = o->lease->routes;

	for (size_t i = 0; i < o->lease->n_routes; i++)
		if (i != at && routes[i].via.family != 0 &&
			net_prefix_contains(&routes[i].to, &routes[at].via))
			return true;
	return false;
}

/* Those with a router: first all whose router is on the link, then what depends on others. */
static void add_routed(struct ordering *o)
{
	const struct dhcp_route *routes = o->lease->routes;
	size_t before = SIZE_MAX;

	for (size_t i = 0; i < o->lease->n_routes; i++) {
		if (o->done[i] || is_same_network(&routes[i].to, &o->network))
			continue;
		if (is_on_link(o, &routes[i].via))
			add_lease_route(o, i, false);
		else if (!is_behind_router(o, i))
			add_lease_route(o, i, true);
	}
	while (before != o->n) {
		before = o->n;
		for (size_t i = 0; i < o->lease->n_routes; i++)
			if (!o->done[i] && !is_same_network(&routes[i].to, &o->network) &&
				!waits_for_another(o, i))
				add_lease_route(o, i, false);
	}
}

static void add_defaults(struct ordering *o)
{
	struct dhcp_route route = { .to.addr.family = 4 };

	if (o->lease->default_onlink)
		add_way(o, &route, false);
	for (size_t i = 0; i < o->lease->n_routers; i++) {
		route.via = o->lease->routers[i];
		add_way(o, &route, !is_on_link(o, &route.via));
	}
}

size_t dhcp_lease_ways(const struct dhcp_lease *lease, struct dhcp_way ret[DHCP_WAYS_MAX])
{
	struct ordering o = {
		.lease = lease, .network = net_prefix_network(&lease->address), .out = ret
	};

	assert(lease->n_routes <= DHCP_ROUTES_MAX && lease->n_routers <= DHCP_ROUTERS_MAX);
	drop_repeated(&o);
	for (size_t i = 0; i < lease->n_routes; i++)
		if (!o.done[i] && lease->routes[i].via.family == 0)
			add_lease_route(&o, i, false);
	add_routed(&o);
	add_defaults(&o);
	/* Routers that wait for each other, and the network of the lease. */
	for (size_t i = 0; i < lease->n_routes; i++)
		if (!o.done[i])
			add_lease_route(&o, i, !is_on_link(&o, &lease->routes[i].via));
	return o.n;
}
