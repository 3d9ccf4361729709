/* SPDX-License-Identifier: BSD-2-Clause */
/* Links up and down, MTU, routes: see change.h; RTM_NEWLINK and RTM_NEWROUTE of rtnetlink(7). */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "link/change.h"
#include "link/rtnetlink_message.h"

/*
 * The metric of IPv6 routes: below that of the routes which the kernel makes from a router's
 * advertisement (1024), so that what was asked for wins. IPv4 routes have 0, the best.
 */
#define IPV6_METRIC 512

int link_set_up(struct rtnetlink *rtnl, const struct link *link, bool up, struct error *error)
{
	int r = rtnetlink_talk(rtnl, link_request(link->index, up ? IFF_UP : 0, IFF_UP), error);

	return r < 0 ? error_prefix(error, r, "%s: set %s", link->name, up ? "up" : "down") : 0;
}

int link_set_mtu(struct rtnetlink *rtnl, const struct link *link, uint32_t mtu, struct error *error)
{
	int r = link_change(rtnl, link->index, IFLA_MTU, mtu, error);

	return r < 0 ? error_prefix(error, r, "%s: set MTU %u", link->name, mtu) : 0;
}

/* Fills in the route, whose next hop belongs to it then; false without memory. */
static bool fill_route(struct rtnl_route *route, const struct link *link,
	const struct net_prefix *network, const struct net_addr *gateway, bool onlink)
{
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *dst = rtnetlink_addr(&network->addr, network->len), *via = NULL;
	bool ok = hop && dst && rtnl_route_set_dst(route, dst) == 0;

	if (ok && gateway) {
		via = rtnetlink_addr(gateway, net_addr_bits(gateway));
		ok = via != NULL;
		if (ok)
			rtnl_route_nh_set_gateway(hop, via);
		if (onlink)
			rtnl_route_set_flags(route, RTNH_F_ONLINK);
	}
	if (ok) {
		rtnl_route_set_table(route, RT_TABLE_MAIN);
		rtnl_route_set_protocol(route, RTPROT_STATIC);
		rtnl_route_set_type(route, RTN_UNICAST);
		if (network->addr.family == 6)
			rtnl_route_set_priority(route, IPV6_METRIC);
		rtnl_route_nh_set_ifindex(hop, (int)link->index);
		rtnl_route_add_nexthop(route, hop);
	} else if (hop) {
		rtnl_route_nh_free(hop);
	}
	nl_addr_put(via);
	nl_addr_put(dst);
	return ok;
}

/* The request for a route; NULL without memory. */
static struct nl_msg *route_request(const struct link *link, const struct net_prefix *network,
	const struct net_addr *gateway, bool onlink)
{
	struct rtnl_route *route = rtnl_route_alloc();
	struct nl_msg *msg = NULL;

	if (route && fill_route(route, link, network, gateway, onlink) &&
		rtnl_route_build_add_request(route, NLM_F_CREATE | NLM_F_REPLACE, &msg) < 0)
		msg = NULL;
	rtnl_route_put(route);
	return msg;
}

int link_add_route(struct rtnetlink *rtnl, const struct link *link, const struct net_prefix *dst,
	const struct net_addr *gateway, bool onlink, struct error *error)
{
	struct net_prefix network = net_prefix_network(dst);
	char text[NET_PREFIX_TEXT_MAX], via[NET_ADDR_TEXT_MAX] = "";
	int r = -EINVAL;

	if (gateway && gateway->family == 0)
		gateway = NULL;
	if (gateway)
		net_addr_format(gateway, via);
	net_prefix_format(&network, text);
	if (net_addr_bits(&dst->addr) == 0 || dst->len > net_addr_bits(&dst->addr) ||
		(gateway && gateway->family != dst->addr.family))
		error_set_errno(error, r, "destination and gateway");
	else
		r = rtnetlink_talk(rtnl, route_request(link, &network, gateway, onlink), error);
	return r < 0 ? error_prefix(error, r, "%s: add route to %s%s%s", link->name,
			       network.len == 0 ? "default" : text, gateway ? " via " : "", via)
		     : 0;
}

int link_add_default_route(struct rtnetlink *rtnl, const struct link *link,
	const struct net_addr *gateway, bool onlink, struct error *error)
{
	struct net_prefix all = { .addr = { .family = gateway->family } };

	return link_add_route(rtnl, link, &all, gateway, onlink, error);
}
