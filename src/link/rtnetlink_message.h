/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of rtnetlink messages that several files of net/ need; for net/ and its tests alone. */
#pragma once

#include "link/link.h"

struct nl_addr;

/* One RTM_NEWLINK or RTM_NEWADDR message; false if it is another one or lacks what names it. */
bool link_take(struct nl_msg *msg, struct link *ret);
bool link_addr_take(struct nl_msg *msg, struct link_addr *ret);

/*
 * A request of a type with its family header (and room after it), as rtnetlink_request; the
 * caller frees it. NULL: no memory.
 */
struct nl_msg *rtnetlink_message_new(int type, int flags, const void *header, size_t len);
/* RTM_NEWLINK for an existing link (@index) or a new one (0); flags as SIOCSIFFLAGS has them. */
struct nl_msg *link_request(uint32_t index, unsigned flags, unsigned change);
/* Sets one number of a link (IFLA_MTU, IFLA_MASTER). */
int link_change(struct rtnetlink *rtnl, uint32_t index, int attribute, uint32_t value,
	struct error *error) MUST_CHECK;

/* libnl's form of an address; the caller puts it. NULL: no memory. */
struct nl_addr *rtnetlink_addr(const struct net_addr *addr, unsigned prefix_len);
