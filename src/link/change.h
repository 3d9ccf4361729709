/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes to links, addresses and routes: one function a change, each of which may be repeated
 * with the same result. Deciding what to change is not here; bonds are in bond.h.
 *
 * All need CAP_NET_ADMIN. They return 0 or a negative errno with a sentence that names the link
 * and what was tried: `eth0: add 10.0.3.200/25: Operation not permitted`.
 */
#pragma once

#include "link/link.h"

/* --- links --- */

/* Sets the link up or down; does not wait for carrier. */
int link_set_up(
	struct rtnetlink *rtnl, const struct link *link, bool up, struct error *error) MUST_CHECK;
/* @mtu: bytes. The kernel refuses what the driver cannot do, and below 1280 IPv6 is gone. */
int link_set_mtu(struct rtnetlink *rtnl, const struct link *link, uint32_t mtu,
	struct error *error) MUST_CHECK;

/* --- addresses --- */

/*
 * Adds an address with its prefix; the same address that is there already is kept (with another
 * prefix length it is another address). IPv4 gets the network's broadcast address (up to /30).
 * @nodad: IPv6 without duplicate address detection; no meaning for IPv4.
 */
int link_add_addr(struct rtnetlink *rtnl, const struct link *link, const struct net_prefix *prefix,
	bool nodad, struct error *error) MUST_CHECK;
/*
 * Waits until an IPv6 address can be used: duplicate address detection is over (1 to 3 s after
 * carrier). -EADDRINUSE if another host has it; -ETIMEDOUT; -EADDRNOTAVAIL if it vanished; -EINTR
 * (without text) if @interrupt_fd became readable. IPv4 and nodad addresses are ready at once.
 * @deadline_ms: clock_now_ms().
 */
int link_wait_addr(struct rtnetlink *rtnl, const struct link *link, const struct net_addr *addr,
	int64_t deadline_ms, int interrupt_fd, struct error *error) MUST_CHECK;
/*
 * Removes all addresses (but IPv6 link-local ones, which the kernel made and needs for neighbour
 * discovery) and all unicast routes through these links, the default routes among them, of IPv4 and
 * IPv6 in the main table. An address or route that is already gone is not an error. All links are
 * done with one pass.
 */
int links_flush(struct rtnetlink *rtnl, const struct links *links, const uint32_t *indexes,
	size_t n, struct error *error) MUST_CHECK;

/* --- routes --- */

/*
 * Adds a route in the main table, or replaces the one for the same destination and metric.
 * @dst: 0.0.0.0/0 or ::/0 for a default route; host bits are cleared. @gateway: NULL or unset for a
 * destination that is on the link itself; of the same family as @dst. @onlink: the gateway is
 * reachable on the link although no address of the link covers it (off-network gateway);
 * an IPv6 link-local gateway needs no @onlink.
 */
int link_add_route(struct rtnetlink *rtnl, const struct link *link, const struct net_prefix *dst,
	const struct net_addr *gateway, bool onlink, struct error *error) MUST_CHECK;
/* The default route of the gateway's family. */
int link_add_default_route(struct rtnetlink *rtnl, const struct link *link,
	const struct net_addr *gateway, bool onlink, struct error *error) MUST_CHECK;
