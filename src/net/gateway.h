/* The default gateways of this machine: for who only looks. */
#pragma once

#include "net/addr.h"
#include "net/rtnl.h"

/* More are not looked at. */
#define NET_GATEWAYS_MAX 16

struct net_gateway {
	struct net_addr addr;
	uint32_t index; /* of the link; 0: not known */
};

/*
 * Those of the default routes in the main table, IPv4 and IPv6, in the kernel's order. A route
 * without gateway (over a tunnel) has none; one over several links counts with its first.
 */
int net_gateways_read(struct net_rtnl *rtnl, struct net_gateway ret[NET_GATEWAYS_MAX],
	size_t *ret_n, struct error *error) MUST_CHECK;
