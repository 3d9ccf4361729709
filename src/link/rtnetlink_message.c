/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of rtnetlink messages: see rtnetlink_message.h. */
#include "link/rtnetlink_message.h"

#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

struct nl_msg *rtnetlink_message_new(int type, int flags, const void *header, size_t len)
{
	struct nl_msg *msg = rtnetlink_request(type, flags);

	/* libnl only reads it, although its parameter is not const. */
	if (msg && nlmsg_append(msg, (void *)(uintptr_t)header, len, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

struct nl_msg *link_request(uint32_t index, unsigned flags, unsigned change)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC,
		.ifi_index = (int)index,
		.ifi_flags = flags,
		.ifi_change = change };

	return rtnetlink_message_new(RTM_NEWLINK, 0, &info, sizeof(info));
}

int link_change(
	struct rtnetlink *rtnl, uint32_t index, int attribute, uint32_t value, struct error *error)
{
	struct nl_msg *msg = link_request(index, 0, 0);

	if (msg && nla_put_u32(msg, attribute, value) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return rtnetlink_talk(rtnl, msg, error);
}

struct nl_addr *rtnetlink_addr(const struct net_addr *addr, unsigned prefix_len)
{
	struct nl_addr *nl = nl_addr_build(
		addr->family == 4 ? AF_INET : AF_INET6, addr->bytes, net_addr_bits(addr) / 8);

	if (nl)
		nl_addr_set_prefixlen(nl, (int)prefix_len);
	return nl;
}
