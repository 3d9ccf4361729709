/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading links from rtnetlink: see link.h; RTM_GETLINK of rtnetlink(7), linux/if_link.h. */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "link/link.h"
#include "link/link_details.h"
#include "link/rtnetlink_message.h"

static const uint8_t no_mac[NET_MAC_LEN];

/* A MAC of the right length that is not all zero. */
static bool take_mac(const struct nlattr *attr, uint8_t ret[NET_MAC_LEN])
{
	if (!attr || nla_len(attr) != NET_MAC_LEN ||
		memcmp(nla_data(attr), no_mac, NET_MAC_LEN) == 0)
		return false;
	memcpy(ret, nla_data(attr), NET_MAC_LEN);
	return true;
}

/* IFLA_LINKINFO: the kind, and a bond member's own MAC. */
static void take_info(struct link *link, struct nlattr *info)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1], *slave[IFLA_BOND_SLAVE_MAX + 1];
	static const struct nla_policy policy[IFLA_INFO_MAX + 1] = {
		[IFLA_INFO_KIND] = { .type = NLA_STRING },
		[IFLA_INFO_SLAVE_KIND] = { .type = NLA_STRING },
		[IFLA_INFO_SLAVE_DATA] = { .type = NLA_NESTED },
	};
	char slave_kind[LINK_KIND_MAX] = "";

	if (!info || nla_parse_nested(tb, IFLA_INFO_MAX, info, policy) < 0)
		return;
	if (tb[IFLA_INFO_KIND])
		nla_strlcpy(link->kind, tb[IFLA_INFO_KIND], sizeof(link->kind));
	if (tb[IFLA_INFO_SLAVE_KIND])
		nla_strlcpy(slave_kind, tb[IFLA_INFO_SLAVE_KIND], sizeof(slave_kind));
	link->bond_member = strcmp(slave_kind, "bond") == 0;
	if (!link->bond_member || !tb[IFLA_INFO_SLAVE_DATA] ||
		nla_parse_nested(slave, IFLA_BOND_SLAVE_MAX, tb[IFLA_INFO_SLAVE_DATA], NULL) < 0)
		return;
	take_mac(slave[IFLA_BOND_SLAVE_PERM_HWADDR], link->mac);
}

bool link_take(struct nl_msg *msg, struct link *ret)
{
	static const struct nla_policy policy[IFLA_MAX + 1] = {
		[IFLA_IFNAME] = { .type = NLA_STRING, .minlen = 1 },
		[IFLA_MTU] = { .type = NLA_U32 },
		[IFLA_MASTER] = { .type = NLA_U32 },
		[IFLA_OPERSTATE] = { .type = NLA_U8 },
		[IFLA_LINKINFO] = { .type = NLA_NESTED },
	};
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct nlattr *tb[IFLA_MAX + 1];
	struct link link = { .speed = -1 };

	if (hdr->nlmsg_type != RTM_NEWLINK ||
		nlmsg_parse(hdr, sizeof(struct ifinfomsg), tb, IFLA_MAX, policy) < 0)
		return false;
	const struct ifinfomsg *info = nlmsg_data(hdr);
	if (info->ifi_index <= 0 || !tb[IFLA_IFNAME])
		return false;
	nla_strlcpy(link.name, tb[IFLA_IFNAME], sizeof(link.name));
	link.index = (uint32_t)info->ifi_index;
	link.type = info->ifi_type;
	link.loopback = info->ifi_flags & IFF_LOOPBACK;
	link.noarp = info->ifi_flags & IFF_NOARP;
	link.up = info->ifi_flags & IFF_UP;
	link.carrier = link.up && info->ifi_flags & IFF_LOWER_UP;
	link.master = tb[IFLA_MASTER] ? nla_get_u32(tb[IFLA_MASTER]) : 0;
	link.mtu = tb[IFLA_MTU] ? nla_get_u32(tb[IFLA_MTU]) : 0;
	if (tb[IFLA_OPERSTATE] && nla_get_u8(tb[IFLA_OPERSTATE]) <= LINK_OPERSTATE_UP)
		link.operstate = nla_get_u8(tb[IFLA_OPERSTATE]);
	link.has_mac = link.type == ARPHRD_ETHER && take_mac(tb[IFLA_ADDRESS], link.mac);
	take_info(&link, tb[IFLA_LINKINFO]);
	*ret = link;
	return true;
}

struct taking {
	struct links links;
	size_t cap;
};

static void restart_links(void *userdata)
{
	struct taking *t = userdata;

	t->links.n = 0;
}

static int take_link(struct nl_msg *msg, void *userdata)
{
	struct taking *t = userdata;
	struct link link;

	if (!link_take(msg, &link))
		return 0;
	if (t->links.n == LINKS_MAX)
		return -E2BIG;
	if (t->links.n == t->cap) {
		size_t cap = MAX((size_t)16, 2 * t->cap);
		struct link *items = reallocarray(t->links.items, cap, sizeof(*items));
		if (!items)
			return -ENOMEM;
		t->links.items = items;
		t->cap = cap;
	}
	t->links.items[t->links.n++] = link;
	return 0;
}

/* Kernels before 6.10 dump in the order of a hash table. */
static int by_index(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static struct nl_msg *request(void)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = rtnetlink_message_new(RTM_GETLINK, 0, &info, sizeof(info));

	/* Without the counters, which are half of each message. */
	if (msg && nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

int links_read(
	struct rtnetlink *rtnl, const char *sysfs, struct links *ret_links, struct error *error)
{
	struct taking t = { .cap = 0 };

	int r = rtnetlink_dump(rtnl, request(), take_link, restart_links, &t, error);
	if (r < 0) {
		links_deinit(&t.links);
		return error_prefix(error, r, "list links");
	}
	if (t.links.n > 0)
		qsort(t.links.items, t.links.n, sizeof(*t.links.items), by_index);
	if (sysfs)
		links_add_details(&t.links, sysfs);
	*ret_links = t.links;
	return 0;
}
