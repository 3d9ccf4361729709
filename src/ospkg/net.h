/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network of a host configuration as the OS package needs it: made of texts that neither a
 * configuration of systemd-networkd nor a shell can take for something else. Pure.
 *
 * A link is found by its hardware address, because kernels name links differently.
 */
#pragma once

#include <stdbool.h>

#include "hostcfg/hostcfg.h"

struct ospkg_net_link {
	/* Its hardware address; empty in an older form of the configuration, and the name counts.
	 */
	char mac[NET_HARDWARE_TEXT_MAX];
	char name[HOSTCFG_NAME_MAX];
};

struct ospkg_net {
	bool dhcp; /* otherwise static, and the three below are set */
	char address[NET_PREFIX_TEXT_MAX];
	char gateway[NET_ADDR_TEXT_MAX];
	bool gateway_outside; /* of the address's network, and so to be reached on the link */

	char dns[HOSTCFG_DNS_MAX][NET_ADDR_TEXT_MAX];
	size_t dns_n;

	/*
	 * The members of the bond. Without a bond: the one link of a static network; the links of
	 * DHCP, where none stands for each Ethernet device.
	 */
	struct ospkg_net_link links[HOSTCFG_INTERFACES_MAX];
	size_t links_n;
	char bond[HOSTCFG_NAME_MAX]; /* empty: no bond */
	char bond_mode[HOSTCFG_NAME_MAX];
};

/*
 * Of a configuration that hostcfg_check() accepts. -EINVAL with a text: a static network without
 * link; a name with other characters than letters, digits, `.`, `-` and `_`; a link without name
 * and hardware address; members of a bond of which some have a hardware address and others only a
 * name.
 *
 * A static network with several links and no bond gets the first one.
 */
int ospkg_net_plan(
	const struct hostcfg *cfg, struct ospkg_net *ret, struct error *error) MUST_CHECK;

/* Milliseconds between two looks at the members of a bond. */
#define OSPKG_NET_MIIMON_MS 100
#define OSPKG_NET_LACP_MODE "802.3ad"
