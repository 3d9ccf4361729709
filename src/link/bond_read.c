/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a bond: see bond.h. */
#include <errno.h>
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "link/bond.h"
#include "link/rtnetlink_message.h"

/* The kernel sends no event when a partner is heard: it is polled this often. */
#define PARTNER_LOOK_MS 100

/* IFLA_INFO_DATA of the bond. */
static bool take_bond(struct nlattr *data, struct bond_info *info)
{
	static const struct nla_policy policy[IFLA_BOND_MAX + 1] = {
		[IFLA_BOND_MODE] = { .type = NLA_U8 },
		[IFLA_BOND_AD_INFO] = { .type = NLA_NESTED },
	};
	static const struct nla_policy ad_policy[IFLA_BOND_AD_INFO_MAX + 1] = {
		[IFLA_BOND_AD_INFO_NUM_PORTS] = { .type = NLA_U16 },
	};
	static const uint8_t none[NET_MAC_LEN];
	struct nlattr *tb[IFLA_BOND_MAX + 1], *ad[IFLA_BOND_AD_INFO_MAX + 1];

	if (nla_parse_nested(tb, IFLA_BOND_MAX, data, policy) < 0 || !tb[IFLA_BOND_MODE] ||
		nla_get_u8(tb[IFLA_BOND_MODE]) >= BOND_MODES)
		return false;
	info->mode = nla_get_u8(tb[IFLA_BOND_MODE]);
	if (info->mode != BOND_802_3AD || !tb[IFLA_BOND_AD_INFO] ||
		nla_parse_nested(ad, IFLA_BOND_AD_INFO_MAX, tb[IFLA_BOND_AD_INFO], ad_policy) < 0)
		return true;
	if (ad[IFLA_BOND_AD_INFO_NUM_PORTS])
		info->ports = nla_get_u16(ad[IFLA_BOND_AD_INFO_NUM_PORTS]);
	const struct nlattr *partner = ad[IFLA_BOND_AD_INFO_PARTNER_MAC];
	if (partner && nla_len(partner) == NET_MAC_LEN)
		memcpy(info->partner, nla_data(partner), NET_MAC_LEN);
	info->has_partner = memcmp(info->partner, none, NET_MAC_LEN) != 0;
	return true;
}

/* IFLA_INFO_SLAVE_DATA of a member. */
static void take_member(struct nlattr *data, struct bond_info *info)
{
	struct nlattr *tb[IFLA_BOND_SLAVE_MAX + 1];

	if (nla_parse_nested(tb, IFLA_BOND_SLAVE_MAX, data, NULL) < 0)
		return;
	const struct nlattr *status = tb[IFLA_BOND_SLAVE_MII_STATUS];
	info->members++;
	info->members_up += status && nla_len(status) >= 1 && nla_get_u8(status) == BOND_LINK_UP;
}

void bond_take(struct nl_msg *msg, uint32_t index, struct bond_info *io_info, bool *io_found)
{
	struct nlattr *info =
		nlmsg_find_attr(nlmsg_hdr(msg), sizeof(struct ifinfomsg), IFLA_LINKINFO);
	struct nlattr *tb[IFLA_INFO_MAX + 1];
	struct link link;

	if (!link_take(msg, &link) || !info || nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL) < 0)
		return;
	if (link.index == index && strcmp(link.kind, "bond") == 0 && tb[IFLA_INFO_DATA])
		*io_found |= take_bond(tb[IFLA_INFO_DATA], io_info);
	if (link.master == index && link.bond_member && tb[IFLA_INFO_SLAVE_DATA])
		take_member(tb[IFLA_INFO_SLAVE_DATA], io_info);
}

struct taking {
	uint32_t index;
	struct bond_info info;
	bool found;
};

static void restart_bond(void *userdata)
{
	struct taking *t = userdata;

	*t = (struct taking){ .index = t->index };
}

static int take_bond_message(struct nl_msg *msg, void *userdata)
{
	struct taking *t = userdata;

	bond_take(msg, t->index, &t->info, &t->found);
	return 0;
}

int bond_read(struct rtnetlink *rtnl, uint32_t index, struct bond_info *ret, struct error *error)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct taking t = { .index = index };

	int r = rtnetlink_dump(rtnl, rtnetlink_message_new(RTM_GETLINK, 0, &info, sizeof(info)),
		take_bond_message, restart_bond, &t, error);
	if (r < 0)
		return error_prefix(error, r, "read the bond's state");
	if (!t.found)
		return error_set(error, -EMEDIUMTYPE, "link %u is not a bond", index);
	*ret = t.info;
	return 0;
}

int bond_wait_partner(struct rtnetlink *rtnl, uint32_t index, int64_t deadline_ms, int interrupt_fd,
	struct bond_info *ret, struct error *error)
{
	struct pollfd fd = { .fd = interrupt_fd, .events = POLLIN };

	for (;;) {
		int r = bond_read(rtnl, index, ret, error);
		int left = clock_until(deadline_ms);
		if (r < 0 || ret->mode != BOND_802_3AD || ret->has_partner || left == 0)
			return r;
		r = poll(&fd, 1, left < 0 ? PARTNER_LOOK_MS : MIN(left, PARTNER_LOOK_MS));
		if (r < 0 && errno != EINTR)
			return error_set_errno(error, -errno, "wait for the bond's partner");
		if (r > 0)
			return -EINTR;
	}
}
