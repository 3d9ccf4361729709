/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats files of systemd-networkd: see networkd.h. */
#include "ospkg/networkd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE                                                                                 \
	"# Written by `stprov host apply` from the host configuration: a change is lost.\n"

const char *const ospkg_networkd_paths[OSPKG_NETWORKD_FILES] = {
	[OSPKG_NETWORKD_NETDEV] = "etc/systemd/network/50-stprov.netdev",
	[OSPKG_NETWORKD_MEMBERS] = "etc/systemd/network/50-stprov-members.network",
	[OSPKG_NETWORKD_NETWORK] = "etc/systemd/network/50-stprov.network",
};

void ospkg_networkd_deinit(struct ospkg_networkd *networkd)
{
	for (size_t i = 0; i < OSPKG_NETWORKD_FILES; i++)
		free(networkd->texts[i]);
	*networkd = (struct ospkg_networkd){ .texts = { NULL } };
}

/* The permanent addresses: a member has that of the bond in the other place. */
static void put_match(FILE *out, const struct ospkg_net *net)
{
	fputs("[Match]\n", out);
	if (net->links_n == 0) {
		/* Hardware only: not a bridge or bond with a link below it. */
		fputs("Type=ether\nKind=!*\n", out);
		return;
	}
	fputs(net->links[0].mac[0] ? "PermanentMACAddress=" : "Name=", out);
	for (size_t i = 0; i < net->links_n; i++) {
		const struct ospkg_net_link *link = &net->links[i];
		fprintf(out, "%s%s", i > 0 ? " " : "", link->mac[0] ? link->mac : link->name);
	}
	fputc('\n', out);
}

static void put_netdev(FILE *out, const struct ospkg_net *net)
{
	const char *mac = net->links_n > 0 ? net->links[0].mac : "";

	fprintf(out, FIRST_LINE "[NetDev]\nName=%s\nKind=bond\n", net->bond);
	/*
	 * That of the first member, as the kernel would have it: networkd would make one up, and a
	 * DHCP server knows the machine by the one that provisioned it.
	 */
	if (strlen(mac) == NET_MAC_TEXT_MAX - 1)
		fprintf(out, "MACAddress=%s\n", mac);
	fprintf(out, "\n[Bond]\nMode=%s\nMIIMonitorSec=%dms\n", net->bond_mode,
		OSPKG_NET_MIIMON_MS);
	if (strcmp(net->bond_mode, OSPKG_NET_LACP_MODE) == 0)
		fputs("LACPTransmitRate=fast\n", out);
}

static void put_members(FILE *out, const struct ospkg_net *net)
{
	fputs(FIRST_LINE, out);
	put_match(out, net);
	/* A bond is there for the case that one of them is not. */
	fprintf(out,
		"\n[Link]\nRequiredForOnline=no\n"
		"\n[Network]\nBond=%s\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n",
		net->bond);
}

static void put_network(FILE *out, const struct ospkg_net *net)
{
	fputs(FIRST_LINE, out);
	if (net->bond[0])
		fprintf(out, "[Match]\nName=%s\n", net->bond);
	else
		put_match(out, net);
	fputs("\n[Network]\n", out);
	if (net->dhcp)
		fputs("DHCP=ipv4\n", out);
	else
		fprintf(out, "Address=%s\n", net->address);
	/* The network is the provisioned one, not that of a router who announces himself. */
	fputs("IPv6AcceptRA=no\n", out);
	for (size_t i = 0; i < net->dns_n; i++)
		fprintf(out, "DNS=%s\n", net->dns[i]);
	if (!net->dhcp) {
		fprintf(out, "\n[Route]\nGateway=%s\n", net->gateway);
		if (net->gateway_outside)
			fputs("GatewayOnLink=yes\n", out);
		return;
	}
	/* As stprov and stboot ask, so that the server sees one client. */
	fputs("\n[DHCPv4]\nClientIdentifier=mac\nUseHostname=no\n", out);
	if (net->dns_n > 0)
		fputs("UseDNS=no\n", out);
}

static int put_text(void (*put)(FILE *out, const struct ospkg_net *net),
	const struct ospkg_net *net, char **ret)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	put(out, net);
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}

int ospkg_networkd_format(
	const struct ospkg_net *net, struct ospkg_networkd *ret, struct error *error)
{
	_cleanup_networkd_ struct ospkg_networkd networkd = { .texts = { NULL } };
	int r = put_text(put_network, net, &networkd.texts[OSPKG_NETWORKD_NETWORK]);

	if (r == 0 && net->bond[0])
		r = put_text(put_netdev, net, &networkd.texts[OSPKG_NETWORKD_NETDEV]);
	if (r == 0 && net->bond[0])
		r = put_text(put_members, net, &networkd.texts[OSPKG_NETWORKD_MEMBERS]);
	if (r < 0)
		return error_set_errno(error, r, "the network's files");
	*ret = networkd;
	networkd = (struct ospkg_networkd){ .texts = { NULL } };
	return 0;
}
