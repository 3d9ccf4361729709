/* SPDX-License-Identifier: BSD-2-Clause */
/* From a host configuration to its network for the OS package: see net.h. */
#include "ospkg/net.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* NVRAM is not trusted more than the network: its names go into files that others parse. */
static bool is_plain_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(".-_", *p))
			return false;
	return name[0] != '\0' && name[0] != '.' && name[0] != '-';
}

static int copy_name(const char *name, char out[HOSTCFG_NAME_MAX], struct error *error)
{
	char shown[HOSTCFG_NAME_MAX * TEXT_PRINTABLE_GROWTH];

	if (!is_plain_name(name)) {
		text_printable(name, strlen(name), shown, sizeof(shown));
		return error_set(error, -EINVAL,
			"the name \"%s\" has other characters than letters, digits, . - and _",
			shown);
	}
	snprintf(out, HOSTCFG_NAME_MAX, "%s", name);
	return 0;
}

static bool has_mac(const struct hostcfg_interface *interface)
{
	static const uint8_t zero[NET_MAC_LEN];

	return interface->long_len > 0 || !net_mac_equal(interface->mac, zero);
}

static int add_link(
	const struct hostcfg_interface *interface, struct ospkg_net *net, struct error *error)
{
	struct ospkg_net_link *link = &net->links[net->links_n];

	*link = (struct ospkg_net_link){ .mac = "" };
	if (has_mac(interface)) {
		hostcfg_format_mac(interface, link->mac);
	} else if (interface->name[0]) {
		int r = copy_name(interface->name, link->name, error);
		if (r < 0)
			return r;
	} else {
		return error_set(
			error, -EINVAL, "it has a link with neither hardware address nor name");
	}
	net->links_n++;
	return 0;
}

static int plan_links(const struct hostcfg *cfg, struct ospkg_net *net, struct error *error)
{
	bool only_first = cfg->mode == HOSTCFG_STATIC && !net->bond[0];

	for (size_t i = 0; i < (only_first ? MIN(cfg->interfaces_n, 1U) : cfg->interfaces_n); i++) {
		int r = add_link(&cfg->interfaces[i], net, error);
		if (r < 0)
			return r;
	}
	if (only_first && net->links_n == 0)
		return error_set(
			error, -EINVAL, "it names no link that could have its static address");
	for (size_t i = 1; i < net->links_n; i++)
		if (!net->links[i].mac[0] != !net->links[0].mac[0])
			return error_set(error, -EINVAL,
				"some of its links have a hardware address and others only a name");
	return 0;
}

int ospkg_net_plan(const struct hostcfg *cfg, struct ospkg_net *ret, struct error *error)
{
	struct ospkg_net net = { .dhcp = cfg->mode == HOSTCFG_DHCP };
	int r = 0;

	if (cfg->bonding_mode[0]) {
		r = copy_name(cfg->bond_name, net.bond, error);
		if (r == 0)
			r = copy_name(cfg->bonding_mode, net.bond_mode, error);
	}
	if (r == 0)
		r = plan_links(cfg, &net, error);
	if (r < 0)
		return r;
	if (!net.dhcp) {
		net_prefix_format(&cfg->host_ip, net.address);
		net_addr_format(&cfg->gateway, net.gateway);
		net.gateway_outside = !net_prefix_contains(&cfg->host_ip, &cfg->gateway);
	}
	for (; net.dns_n < cfg->dns_n; net.dns_n++)
		net_addr_format(&cfg->dns[net.dns_n], net.dns[net.dns_n]);
	*ret = net;
	return 0;
}
