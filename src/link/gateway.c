/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading default gateways from rtnetlink: see gateway.h; RTM_GETROUTE of rtnetlink(7). */
#include "link/gateway.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "link/rtnetlink_message.h"

struct taking {
	struct gateway_route items[GATEWAYS_MAX];
	size_t n;
};

static void restart_gateways(void *userdata)
{
	struct taking *t = userdata;

	t->n = 0;
}

/* False if the attribute is not an address of this family. */
static bool take_gateway_addr(const struct nlattr *attr, uint8_t family, struct net_addr *ret)
{
	struct net_addr addr = { .family = family };

	if (!attr || nla_len(attr) * 8 != (int)net_addr_bits(&addr))
		return false;
	memcpy(addr.bytes, nla_data(attr), (size_t)nla_len(attr));
	*ret = addr;
	return true;
}

/* The gateway of the first of several hops. */
static bool take_hop(const struct nlattr *multipath, uint8_t family, struct gateway_route *ret)
{
	struct nlattr *tb[RTA_MAX + 1];

	if (!multipath || nla_len(multipath) < (int)sizeof(struct rtnexthop))
		return false;
	struct rtnexthop *hop = nla_data(multipath);
	int len = hop->rtnh_len - (int)sizeof(*hop);
	if (!RTNH_OK(hop, nla_len(multipath)) ||
		/* What RTNH_DATA() gives, without its conversion of a negative int. */
		nla_parse(tb, RTA_MAX, (struct nlattr *)(hop + 1), len, NULL) < 0)
		return false;
	ret->index = (uint32_t)hop->rtnh_ifindex;
	return take_gateway_addr(tb[RTA_GATEWAY], family, &ret->addr);
}

static int take_route(struct nl_msg *msg, void *userdata)
{
	static const struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = NLA_U32 },
		[RTA_TABLE] = { .type = NLA_U32 },
	};
	struct nlattr *tb[RTA_MAX + 1];
	struct taking *t = userdata;
	struct gateway_route gateway = { .index = 0 };

	if (t->n == GATEWAYS_MAX ||
		nlmsg_parse(nlmsg_hdr(msg), sizeof(struct rtmsg), tb, RTA_MAX, policy) < 0)
		return 0;
	const struct rtmsg *info = nlmsg_data(nlmsg_hdr(msg));
	uint32_t table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : info->rtm_table;
	uint8_t family = info->rtm_family == AF_INET ? 4 : info->rtm_family == AF_INET6 ? 6 : 0;
	if (family == 0 || info->rtm_dst_len != 0 || info->rtm_type != RTN_UNICAST ||
		info->rtm_flags & RTM_F_CLONED || table != RT_TABLE_MAIN)
		return 0;
	gateway.index = tb[RTA_OIF] ? nla_get_u32(tb[RTA_OIF]) : 0;
	if (take_gateway_addr(tb[RTA_GATEWAY], family, &gateway.addr) ||
		take_hop(tb[RTA_MULTIPATH], family, &gateway))
		t->items[t->n++] = gateway;
	return 0;
}

int gateways_read(struct rtnetlink *rtnl, struct gateway_route ret[GATEWAYS_MAX], size_t *ret_n,
	struct error *error)
{
	const struct rtmsg all = { .rtm_family = AF_UNSPEC };
	struct taking t = { .n = 0 };

	int r = rtnetlink_dump(rtnl, rtnetlink_message_new(RTM_GETROUTE, 0, &all, sizeof(all)),
		take_route, restart_gateways, &t, error);
	if (r < 0)
		return error_prefix(error, r, "list routes");
	memcpy(ret, t.items, t.n * sizeof(t.items[0]));
	*ret_n = t.n;
	return 0;
}
