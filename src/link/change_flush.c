/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removing addresses and routes: see change.h.
 *
 * What is there is listed first; from each message of the list that is meant, the request that
 * removes it is made at once, and sent when the list is complete.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "link/change.h"
#include "link/rtnetlink_message.h"

/* More addresses or routes than this on the links are not removed: -E2BIG. */
#define FLUSH_MAX 65536

/* One thing to remove, and what it is for the error's text. */
struct removal {
	struct nl_msg *msg;
	uint32_t index;
	char text[NET_PREFIX_TEXT_MAX + sizeof("route to ")];
};

struct flush {
	const uint32_t *indexes;
	size_t n_indexes;
	struct removal *items;
	size_t n, cap;
};

static void flush_forget(void *userdata)
{
	struct flush *f = userdata;

	while (f->n > 0)
		nlmsg_free(f->items[--f->n].msg);
}

static void flush_deinit(struct flush *f)
{
	flush_forget(f);
	free(f->items);
}

static bool is_meant(const struct flush *f, uint32_t index)
{
	for (size_t i = 0; i < f->n_indexes; i++)
		if (f->indexes[i] == index)
			return true;
	return false;
}

/* @msg is taken; NULL: no memory. */
static int flush_add(
	struct flush *f, struct nl_msg *msg, uint32_t index, const char *what, const char *name)
{
	int r = !msg ? -ENOMEM : f->n == FLUSH_MAX ? -E2BIG : 0;

	if (r == 0 && f->n == f->cap) {
		size_t cap = MAX((size_t)16, 2 * f->cap);
		struct removal *items = reallocarray(f->items, cap, sizeof(*items));
		r = items ? 0 : -ENOMEM;
		if (items) {
			f->items = items;
			f->cap = cap;
		}
	}
	if (r < 0) {
		if (msg)
			nlmsg_free(msg);
		return r;
	}
	struct removal *item = &f->items[f->n++];
	*item = (struct removal){ .msg = msg, .index = index };
	snprintf(item->text, sizeof(item->text), "%s%s", what, name);
	return 0;
}

/* A request with the header and the given attributes of another message. */
static struct nl_msg *request_like(
	struct nl_msg *other, int type, size_t header, const int *attributes)
{
	struct nl_msg *msg = rtnetlink_message_new(type, 0, nlmsg_data(nlmsg_hdr(other)), header);

	for (; msg && *attributes >= 0; attributes++) {
		const struct nlattr *a =
			nlmsg_find_attr(nlmsg_hdr(other), (int)header, *attributes);
		if (a && nla_put(msg, *attributes, nla_len(a), nla_data(a)) < 0) {
			nlmsg_free(msg);
			msg = NULL;
		}
	}
	return msg;
}

static int take_route_addr(struct nl_msg *msg, void *userdata)
{
	static const int attributes[] = { IFA_LOCAL, IFA_ADDRESS, IFA_LABEL, -1 };
	struct flush *f = userdata;
	struct link_addr addr;
	char text[NET_PREFIX_TEXT_MAX];

	if (!link_addr_take(msg, &addr) || !is_meant(f, addr.index) ||
		(addr.prefix.addr.family == 6 && !addr.global))
		return 0;
	net_prefix_format(&addr.prefix, text);
	return flush_add(f, request_like(msg, RTM_DELADDR, sizeof(struct ifaddrmsg), attributes),
		addr.index, "", text);
}

/* The first of the links that a route goes through; 0: none of them. */
static uint32_t route_link(const struct flush *f, struct nlattr **tb)
{
	if (tb[RTA_OIF] && is_meant(f, nla_get_u32(tb[RTA_OIF])))
		return nla_get_u32(tb[RTA_OIF]);
	if (!tb[RTA_MULTIPATH])
		return 0;
	const struct rtnexthop *hop = nla_data(tb[RTA_MULTIPATH]);
	int left = nla_len(tb[RTA_MULTIPATH]);
	while (RTNH_OK(hop, left)) {
		if (is_meant(f, (uint32_t)hop->rtnh_ifindex))
			return (uint32_t)hop->rtnh_ifindex;
		left -= (int)RTNH_ALIGN(hop->rtnh_len);
		hop = (const void *)((const char *)hop + RTNH_ALIGN(hop->rtnh_len));
	}
	return 0;
}

/* What the kernel makes for link-local addresses, which stay; without it they are of no use. */
static bool is_link_local_route(const struct net_prefix *dst)
{
	return dst->addr.family == 6 && dst->len >= 10 && dst->addr.bytes[0] == 0xfe &&
	       (dst->addr.bytes[1] & 0xc0) == 0x80;
}

static int take_flushed_route(struct nl_msg *msg, void *userdata)
{
	/* Where a route refers to a nexthop object, its link must not be named as well. */
	static const int by_link[] = { RTA_DST, RTA_TABLE, RTA_PRIORITY, RTA_OIF, RTA_GATEWAY,
		RTA_VIA, RTA_MULTIPATH, -1 };
	static const int by_object[] = { RTA_DST, RTA_TABLE, RTA_PRIORITY, RTA_NH_ID, -1 };
	static const struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = NLA_U32 },
		[RTA_TABLE] = { .type = NLA_U32 },
	};
	struct nlattr *tb[RTA_MAX + 1];
	struct flush *f = userdata;
	struct net_prefix dst = { .len = 0 };
	char text[NET_PREFIX_TEXT_MAX] = "default";

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct rtmsg), tb, RTA_MAX, policy) < 0)
		return 0;
	const struct rtmsg *info = nlmsg_data(nlmsg_hdr(msg));
	uint32_t index = route_link(f, tb);
	dst.addr.family = info->rtm_family == AF_INET ? 4 : info->rtm_family == AF_INET6 ? 6 : 0;
	dst.len = info->rtm_dst_len;
	if (tb[RTA_DST] && nla_len(tb[RTA_DST]) * 8 == (int)net_addr_bits(&dst.addr)) {
		memcpy(dst.addr.bytes, nla_data(tb[RTA_DST]), (size_t)nla_len(tb[RTA_DST]));
		net_prefix_format(&dst, text);
	}
	if (index == 0 || info->rtm_type != RTN_UNICAST || info->rtm_flags & RTM_F_CLONED ||
		(tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : info->rtm_table) != RT_TABLE_MAIN ||
		is_link_local_route(&dst))
		return 0;
	return flush_add(f,
		request_like(msg, RTM_DELROUTE, sizeof(*info), tb[RTA_NH_ID] ? by_object : by_link),
		index, "route to ", text);
}

static int flush_list(struct rtnetlink *rtnl, struct flush *f, int type, size_t header,
	int (*take)(struct nl_msg *msg, void *userdata), struct error *error)
{
	static const uint8_t zeros[MAX(sizeof(struct ifaddrmsg), sizeof(struct rtmsg))];

	/* The address family comes first in each header: AF_UNSPEC, which is all of them. */
	return rtnetlink_dump(
		rtnl, rtnetlink_message_new(type, 0, zeros, header), take, flush_forget, f, error);
}

/* Gone already, with its address, with its link, or removed by another program. */
static bool is_gone(int r)
{
	return r == -ESRCH || r == -ENOENT || r == -EADDRNOTAVAIL || r == -ENODEV;
}

static int flush_send(
	struct rtnetlink *rtnl, struct flush *f, const struct links *links, struct error *error)
{
	for (size_t i = 0; i < f->n; i++) {
		struct removal *item = &f->items[i];
		const struct link *link = links_by_index(links, item->index);
		int r = rtnetlink_talk(rtnl, TAKE_PTR(item->msg), error);
		if (r < 0 && !is_gone(r))
			return error_prefix(
				error, r, "%s: remove %s", link ? link->name : "link", item->text);
	}
	return 0;
}

/* nlmsg_free() does not mind NULL: what was sent is gone. */
int links_flush(struct rtnetlink *rtnl, const struct links *links, const uint32_t *indexes,
	size_t n, struct error *error)
{
	_cleanup_(flush_deinit) struct flush f = { .indexes = indexes, .n_indexes = n };

	int r = flush_list(rtnl, &f, RTM_GETROUTE, sizeof(struct rtmsg), take_flushed_route, error);
	if (r == 0)
		r = flush_list(
			rtnl, &f, RTM_GETADDR, sizeof(struct ifaddrmsg), take_route_addr, error);
	if (r < 0)
		return error_prefix(error, r, "list addresses and routes");
	return flush_send(rtnl, &f, links, error);
}
