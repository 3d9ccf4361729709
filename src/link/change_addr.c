/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses on links: see link.h; and adding and awaiting them: see change.h. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <string.h>

#include "base/clock.h"
#include "link/change.h"
#include "link/link_wait.h"
#include "link/rtnetlink_message.h"

/* The state of an address is looked at this often even if no event comes. */
#define DAD_LOOK_MS 250
/* The longest IPv4 prefix whose network has a broadcast address. */
#define BROADCAST_PREFIX_MAX 30
/* A router's advertisement gives addresses of this length (RFC 4862 with Ethernet). */
#define SLAAC_PREFIX 64

/*
 * Whether the kernel made it by SLAAC. Kernels before 5.18 do not say: then it is what has a
 * lifetime, as no program of this kind adds it (they take over the prefix's route themselves).
 */
static bool is_autoconf(
	const struct net_prefix *prefix, uint32_t flags, const struct nlattr *protocol)
{
	if (prefix->addr.family != 6)
		return false;
	if (protocol)
		return *(const uint8_t *)nla_data(protocol) == IFAPROT_KERNEL_RA;
	return prefix->len == SLAAC_PREFIX && !(flags & (IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE));
}

bool link_addr_take(struct nl_msg *msg, struct link_addr *ret)
{
	static const struct nla_policy policy[IFA_MAX + 1] = {
		[IFA_FLAGS] = { .type = NLA_U32 },
		[IFA_PROTO] = { .type = NLA_U8 },
	};
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct link_addr addr = { .index = 0 };
	struct nlattr *tb[IFA_MAX + 1];

	if (hdr->nlmsg_type != RTM_NEWADDR ||
		nlmsg_parse(hdr, sizeof(struct ifaddrmsg), tb, IFA_MAX, policy) < 0)
		return false;
	const struct ifaddrmsg *info = nlmsg_data(hdr);
	/* IFA_ADDRESS is the peer's, where there is one. */
	const struct nlattr *bytes = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	addr.index = info->ifa_index;
	addr.prefix.len = info->ifa_prefixlen;
	addr.prefix.addr.family = info->ifa_family == AF_INET    ? 4
				  : info->ifa_family == AF_INET6 ? 6
								 : 0;
	unsigned bits = net_addr_bits(&addr.prefix.addr);
	if (bits == 0 || !bytes || nla_len(bytes) != (int)bits / 8 || addr.prefix.len > bits)
		return false;
	memcpy(addr.prefix.addr.bytes, nla_data(bytes), bits / 8);
	uint32_t flags = tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : info->ifa_flags;
	addr.global = info->ifa_scope < RT_SCOPE_LINK;
	addr.tentative = flags & IFA_F_TENTATIVE && !(flags & IFA_F_OPTIMISTIC);
	addr.dad_failed = flags & IFA_F_DADFAILED;
	addr.autoconf = is_autoconf(&addr.prefix, flags, tb[IFA_PROTO]);
	*ret = addr;
	return true;
}

struct taking {
	struct link_addrs addrs;
	size_t cap;
};

static void restart_addr(void *userdata)
{
	struct taking *t = userdata;

	t->addrs.n = 0;
}

static int take_addr_message(struct nl_msg *msg, void *userdata)
{
	struct taking *t = userdata;
	struct link_addr addr;

	if (!link_addr_take(msg, &addr))
		return 0;
	if (t->addrs.n == LINK_ADDRS_MAX)
		return -E2BIG;
	if (t->addrs.n == t->cap) {
		size_t cap = MAX((size_t)16, 2 * t->cap);
		struct link_addr *items = reallocarray(t->addrs.items, cap, sizeof(*items));
		if (!items)
			return -ENOMEM;
		t->addrs.items = items;
		t->cap = cap;
	}
	t->addrs.items[t->addrs.n++] = addr;
	return 0;
}

int link_addrs_read(struct rtnetlink *rtnl, struct link_addrs *ret_addrs, struct error *error)
{
	struct ifaddrmsg info = { .ifa_family = AF_UNSPEC };
	struct taking t = { .cap = 0 };

	int r = rtnetlink_dump(rtnl, rtnetlink_message_new(RTM_GETADDR, 0, &info, sizeof(info)),
		take_addr_message, restart_addr, &t, error);
	if (r < 0) {
		link_addrs_deinit(&t.addrs);
		return error_prefix(error, r, "list addresses");
	}
	*ret_addrs = t.addrs;
	return 0;
}

/* The request for an address; NULL without memory. */
static struct nl_msg *add_request(
	const struct link *link, const struct net_prefix *prefix, bool nodad)
{
	struct rtnl_addr *object = rtnl_addr_alloc();
	struct nl_addr *local = rtnetlink_addr(&prefix->addr, prefix->len), *broadcast = NULL;
	struct net_addr last = net_prefix_network(prefix).addr;
	struct nl_msg *msg = NULL;

	for (unsigned i = prefix->len; i < net_addr_bits(&last); i++)
		last.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
	if (last.family == 4 && prefix->len <= BROADCAST_PREFIX_MAX)
		broadcast = rtnetlink_addr(&last, 32);
	if (object && local && rtnl_addr_set_local(object, local) == 0 &&
		(!broadcast || rtnl_addr_set_broadcast(object, broadcast) == 0)) {
		rtnl_addr_set_ifindex(object, (int)link->index);
		if (last.family == 6 && nodad)
			rtnl_addr_set_flags(object, IFA_F_NODAD);
		if (rtnl_addr_build_add_request(object, NLM_F_REPLACE, &msg) < 0)
			msg = NULL;
	}
	nl_addr_put(broadcast);
	nl_addr_put(local);
	rtnl_addr_put(object);
	return msg;
}

int link_add_addr(struct rtnetlink *rtnl, const struct link *link, const struct net_prefix *prefix,
	bool nodad, struct error *error)
{
	char text[NET_PREFIX_TEXT_MAX];
	int r = -EINVAL;

	net_prefix_format(prefix, text);
	if (net_addr_bits(&prefix->addr) == 0 || prefix->len > net_addr_bits(&prefix->addr))
		error_set_errno(error, r, "no address");
	else
		r = rtnetlink_talk(rtnl, add_request(link, prefix, nodad), error);
	return r < 0 ? error_prefix(error, r, "%s: add %s", link->name, text) : 0;
}

/* 1 if it can be used, 0 if not yet. */
static int look_at_addr(struct rtnetlink *rtnl, const struct link *link,
	const struct net_addr *addr, const char *text, struct error *error)
{
	_cleanup_link_addrs_ struct link_addrs addrs = LINK_ADDRS_INIT;
	struct net_addr plain = *addr;

	plain.scope = 0;
	int r = link_addrs_read(rtnl, &addrs, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < addrs.n; i++) {
		const struct link_addr *a = &addrs.items[i];
		if (a->index != link->index || !net_addr_equal(&a->prefix.addr, &plain))
			continue;
		if (a->dad_failed)
			return error_set(error, -EADDRINUSE, "%s: another host on this link has %s",
				link->name, text);
		return !a->tentative;
	}
	return error_set(error, -EADDRNOTAVAIL, "%s: another program removed %s", link->name, text);
}

int link_wait_addr(struct rtnetlink *rtnl, const struct link *link, const struct net_addr *addr,
	int64_t deadline_ms, int interrupt_fd, struct error *error)
{
	_cleanup_close_ int monitor = -1;
	char text[NET_ADDR_TEXT_MAX];

	net_addr_format(addr, text);
	int r = link_events_open(LINK_EVENTS_ADDRS, &monitor, error);
	while (r == 0) {
		r = look_at_addr(rtnl, link, addr, text, error);
		if (r != 0)
			break;
		int left = clock_until(deadline_ms);
		if (left == 0)
			return error_set(error, -ETIMEDOUT,
				"%s: no word yet on whether another host has %s (has the link "
				"carrier?)",
				link->name, text);
		r = link_events_wait(
			monitor, interrupt_fd, left < 0 ? DAD_LOOK_MS : MIN(left, DAD_LOOK_MS));
		if (r < 0 && r != -EINTR)
			error_set_errno(error, r, "%s: wait for %s", link->name, text);
	}
	return MIN(r, 0);
}
