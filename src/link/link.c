/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure questions about a snapshot of links: see link.h. Reading it is in link_read.c. */
#include "link/link.h"

#include <stdio.h>
#include <string.h>

void links_deinit(struct links *links)
{
	free(links->items);
	*links = LINKS_INIT;
}

void link_addrs_deinit(struct link_addrs *addrs)
{
	free(addrs->items);
	*addrs = LINK_ADDRS_INIT;
}

const struct link *links_by_index(const struct links *links, uint32_t index)
{
	for (size_t i = 0; i < links->n; i++)
		if (links->items[i].index == index)
			return &links->items[i];
	return NULL;
}

const struct link *links_by_name(const struct links *links, const char *name)
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

const char *link_reason_against(
	const struct links *links, const struct link *link, char buf[static LINK_REASON_MAX])
{
	if (link->loopback)
		return "loopback";
	if (!link->has_mac)
		return "no MAC";
	if (kind_is_no_nic(link->kind)) {
		snprintf(buf, LINK_REASON_MAX, "%s", link->kind);
		return buf;
	}
	if (link->noarp)
		return "no ARP";
	if (link->master == 0 || link->bond_member)
		return NULL;
	const struct link *master = links_by_index(links, link->master);
	snprintf(buf, LINK_REASON_MAX, "member of %s", master ? master->name : "another link");
	return buf;
}

bool link_is_candidate(const struct links *links, const struct link *link)
{
	char buf[LINK_REASON_MAX];

	return link_reason_against(links, link, buf) == NULL;
}

bool link_is_ready(const struct link *link)
{
	return link->up && link->carrier &&
	       (link->operstate == LINK_OPERSTATE_UP || link->operstate == LINK_OPERSTATE_UNKNOWN);
}
