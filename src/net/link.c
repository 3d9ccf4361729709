/* Pure questions about a snapshot of links: see link.h. Reading it is in linkread.c. */
#include "net/link.h"

#include <stdio.h>
#include <string.h>

void net_links_deinit(struct net_links *links)
{
	free(links->items);
	*links = NET_LINKS_INIT;
}

void net_link_addrs_deinit(struct net_link_addrs *addrs)
{
	free(addrs->items);
	*addrs = NET_LINK_ADDRS_INIT;
}

const struct net_link *net_links_by_index(const struct net_links *links, uint32_t index)
{
	for (size_t i = 0; i < links->n; i++)
		if (links->items[i].index == index)
			return &links->items[i];
	return NULL;
}

const struct net_link *net_links_by_name(const struct net_links *links, const char *name)
{
	for (size_t i = 0; i < links->n; i++)
		if (strcmp(links->items[i].name, name) == 0)
			return &links->items[i];
	return NULL;
}

/*
 * Kinds of virtual links with a MAC that are not a NIC. The list is of what is excluded, so that
 * a virtual NIC of a kind that is not known here can be used.
 */
static bool kind_is_no_nic(const char *kind)
{
	static const char *const kinds[] = { "bond", "bridge", "team", "vrf", "openvswitch", "hsr",
		"batadv", "vlan", "macsec", "vxlan", "geneve", "gretap", "ip6gretap", "erspan",
		"ip6erspan", "dummy", "ifb" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

const char *net_link_reason_against(const struct net_links *links, const struct net_link *link,
	char buf[static NET_LINK_REASON_MAX])
{
	if (link->loopback)
		return "loopback";
	if (!link->has_mac)
		return "no MAC";
	if (kind_is_no_nic(link->kind)) {
		snprintf(buf, NET_LINK_REASON_MAX, "%s", link->kind);
		return buf;
	}
	if (link->noarp)
		return "no ARP";
	if (link->master == 0 || link->bond_member)
		return NULL;
	const struct net_link *master = net_links_by_index(links, link->master);
	snprintf(buf, NET_LINK_REASON_MAX, "member of %s", master ? master->name : "another link");
	return buf;
}

bool net_link_is_candidate(const struct net_links *links, const struct net_link *link)
{
	char buf[NET_LINK_REASON_MAX];

	return net_link_reason_against(links, link, buf) == NULL;
}

bool net_link_is_ready(const struct net_link *link)
{
	return link->up && link->carrier &&
		(link->operstate == NET_OPERSTATE_UP || link->operstate == NET_OPERSTATE_UNKNOWN);
}
