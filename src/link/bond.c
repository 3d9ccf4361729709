/* SPDX-License-Identifier: BSD-2-Clause */
/* Bonds: see bond.h; linux/if_link.h, IFLA_BOND_*, and drivers/net/bonding/bond_netlink.c. */
#include "link/bond.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "link/change.h"
#include "link/rtnetlink_message.h"

/* IFLA_BOND_AD_LACP_RATE: LACPDUs each second instead of each 30 s. */
#define LACP_RATE_FAST 1

static const char *const mode_texts[BOND_MODES] = { "balance-rr", "active-backup", "balance-xor",
	"broadcast", "802.3ad", "balance-tlb", "balance-alb" };

int bond_mode_parse(const char *text, enum bond_mode *ret)
{
	for (size_t i = 0; i < BOND_MODES; i++) {
		if (strcmp(text, mode_texts[i]) == 0) {
			*ret = (enum bond_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *bond_mode_text(enum bond_mode mode)
{
	return (size_t)mode < BOND_MODES ? mode_texts[mode] : NULL;
}

/* The present state of the link with this name; *ret_found: whether there is one. */
static int find_link(struct rtnetlink *rtnl, const char *name, struct link *ret, bool *ret_found,
	struct error *error)
{
	_cleanup_links_ struct links links = LINKS_INIT;

	int r = links_read(rtnl, NULL, &links, error);
	if (r < 0)
		return r;
	const struct link *link = links_by_name(&links, name);
	*ret_found = link != NULL;
	if (link)
		*ret = *link;
	return 0;
}

int bond_delete(struct rtnetlink *rtnl, bool *ret_removed, struct error *error)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct link bond;
	bool found;

	int r = find_link(rtnl, BOND_NAME, &bond, &found, error);
	if (r < 0)
		return r;
	if (found) {
		if (strcmp(bond.kind, "bond") != 0)
			return error_set(error, -EEXIST,
				"%s: a link has this name, and it is not a bond", bond.name);
		info.ifi_index = (int)bond.index;
		r = rtnetlink_talk(
			rtnl, rtnetlink_message_new(RTM_DELLINK, 0, &info, sizeof(info)), error);
		if (r < 0 && r != -ENODEV)
			return error_prefix(error, r, "%s: remove", bond.name);
	}
	*ret_removed = found;
	return 0;
}

int bond_put_options(struct nl_msg *msg, enum bond_mode mode)
{
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);

	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "bond") < 0)
		return -EMSGSIZE;
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_DATA);
	/* The mode first: the kernel goes through them in its own order, and other options need it.
	 */
	if (!data || nla_put_u8(msg, IFLA_BOND_MODE, (uint8_t)mode) < 0 ||
		nla_put_u32(msg, IFLA_BOND_MIIMON, BOND_MIIMON_MS) < 0)
		return -EMSGSIZE;
	if (mode == BOND_802_3AD && nla_put_u8(msg, IFLA_BOND_AD_LACP_RATE, LACP_RATE_FAST) < 0)
		return -EMSGSIZE;
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return 0;
}

static struct nl_msg *create_request(enum bond_mode mode)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg =
		rtnetlink_message_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));

	if (msg && (nla_put_string(msg, IFLA_IFNAME, BOND_NAME) < 0 ||
			   bond_put_options(msg, mode) < 0)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Whether a bond of our name is there without members: the module makes it when it is loaded. */
static bool is_made_by_module(struct rtnetlink *rtnl)
{
	struct bond_info info;
	struct error ignored;
	struct link bond;
	bool found;

	return find_link(rtnl, BOND_NAME, &bond, &found, &ignored) == 0 && found &&
	       bond_read(rtnl, bond.index, &info, &ignored) == 0 && info.members == 0;
}

static int create_bond(struct rtnetlink *rtnl, enum bond_mode mode, struct error *error)
{
	bool removed;

	int r = rtnetlink_talk(rtnl, create_request(mode), error);
	if (r == -EEXIST && is_made_by_module(rtnl)) {
		r = bond_delete(rtnl, &removed, error);
		if (r < 0)
			return r;
		r = rtnetlink_talk(rtnl, create_request(mode), error);
	}
	/* The answer for a kind of link that the kernel neither has nor can load. */
	if (r == -EOPNOTSUPP)
		return error_set(error, r,
			"%s: this kernel has no bonding module loaded (try `modprobe bonding`)",
			BOND_NAME);
	return r < 0 ? error_prefix(error, r, "%s: create", BOND_NAME) : 0;
}

int bond_check(struct rtnetlink *rtnl, enum bond_mode mode, struct error *error)
{
	struct link bond;
	bool found, removed;

	int r = find_link(rtnl, BOND_NAME, &bond, &found, error);
	if (r < 0 || found)
		return r;
	r = create_bond(rtnl, mode, error);
	return r < 0 ? r : bond_delete(rtnl, &removed, error);
}

static int add_member(struct rtnetlink *rtnl, const struct link *bond, const struct link *member,
	struct error *error)
{
	/* The kernel takes no link that is up. */
	int r = link_set_up(rtnl, member, false, error);
	if (r < 0)
		return r;
	r = link_change(rtnl, member->index, IFLA_MASTER, bond->index, error);
	if (r < 0)
		return error_prefix(error, r, "%s: add to %s", member->name, bond->name);
	return link_set_up(rtnl, member, true, error);
}

static int fill_bond(struct rtnetlink *rtnl, const struct link *members, size_t n,
	struct link *ret_bond, struct error *error)
{
	struct link bond;
	bool found;

	int r = find_link(rtnl, BOND_NAME, &bond, &found, error);
	if (r == 0 && !found)
		r = error_set_errno(error, -ENODEV, "%s", BOND_NAME);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_member(rtnl, &bond, &members[i], error);
	if (r == 0)
		r = link_set_up(rtnl, &bond, true, error);
	/* Again, as its MAC is the first member's now. */
	if (r == 0)
		r = find_link(rtnl, BOND_NAME, &bond, &found, error);
	if (r < 0)
		return r;
	if (!found)
		return error_set_errno(error, -ENODEV, "%s", BOND_NAME);
	*ret_bond = bond;
	return 0;
}

int bond_new(struct rtnetlink *rtnl, enum bond_mode mode, const struct link *members, size_t n,
	struct link *ret_bond, struct error *error)
{
	struct error ignored;
	bool removed;

	if (!bond_mode_text(mode) || n == 0)
		return error_set(error, -EINVAL, "%s: mode or members", BOND_NAME);
	int r = create_bond(rtnl, mode, error);
	if (r < 0)
		return r;
	r = fill_bond(rtnl, members, n, ret_bond, error);
	if (r < 0)
		(void)!bond_delete(rtnl, &removed, &ignored);
	return r;
}
