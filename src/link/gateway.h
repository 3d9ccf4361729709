/* SPDX-License-Identifier: BSD-2-Clause */
/* The default gateways of this machine: for who only looks. */
#pragma once

#include "link/rtnetlink.h"
#include "net/addr.h"

/* More are not looked at. */
#define GATEWAYS_MAX 16

struct gateway_route {
	struct net_addr addr;
	uint32_t index; /* of the link; 0: not known */
};

/*
 * Those of the default routes in the main table, IPv4 and IPv6, in the kernel's order. A route
 * without gateway (over a tunnel) has none; one over several links counts with its first.
 */
int gateways_read(struct rtnetlink *rtnl, struct gateway_route ret[GATEWAYS_MAX], size_t *ret_n,
	struct error *error) MUST_CHECK;
