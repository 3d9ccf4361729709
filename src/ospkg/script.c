/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats a shell script: see script.h. All of its values are texts of ospkg_net_plan(). */
#include "ospkg/script.h"

#include <string.h>

/* A bond's members have its address, and theirs are in bonding_slave/perm_hwaddr. */
static const char find_link[] =
	"# Prints the name of the link that has this hardware address.\n"
	"find_link()\n"
	"{\n"
	"\tfor path in /sys/class/net/*; do\n"
	"\t\t[ ! -d \"$path/bonding\" ] || continue\n"
	"\t\taddress=$(cat \"$path/bonding_slave/perm_hwaddr\" 2>/dev/null ||\n"
	"\t\t\tcat \"$path/address\" 2>/dev/null) || continue\n"
	"\t\tif [ \"$address\" = \"$1\" ]; then\n"
	"\t\t\techo \"${path##*/}\"\n"
	"\t\t\treturn 0\n"
	"\t\tfi\n"
	"\tdone\n"
	"\techo \"no link has the hardware address $1\" >&2\n"
	"\treturn 1\n"
	"}\n"
	"\n";

/* What udhcpc calls: $1 is the event, and its variables have the lease. */
static const char udhcpc_begin[] =
	"[ -d /run/stprov ] || mkdir -m 700 /run/stprov\n"
	"cat >/run/stprov/udhcpc.new <<'EOF'\n"
	"#!/bin/sh\n"
	"set -eu\n"
	"case $1 in\n"
	"deconfig)\n"
	"\tip -4 addr flush dev \"$interface\"\n"
	"\tip link set dev \"$interface\" up\n"
	"\t;;\n"
	"bound | renew)\n"
	"\tip -4 addr replace \"$ip/${mask:-32}\" dev \"$interface\"\n"
	"\tfor gateway in ${router:-}; do\n"
	"\t\tip -4 route replace \"$gateway/32\" dev \"$interface\"\n"
	"\t\tip -4 route replace default via \"$gateway\" dev \"$interface\"\n"
	"\t\tbreak\n"
	"\tdone\n";

static const char udhcpc_dns[] = "\tfor server in ${dns:-}; do\n"
				 "\t\techo \"nameserver $server\"\n"
				 "\tdone >/etc/resolv.conf\n";

static const char udhcpc_end[] = "\t;;\n"
				 "esac\n"
				 "EOF\n"
				 "chmod 700 /run/stprov/udhcpc.new\n"
				 "mv /run/stprov/udhcpc.new /run/stprov/udhcpc\n";

/* The links as words, in the order of the configuration. */
static void put_links(FILE *out, const struct ospkg_net *net)
{
	for (size_t i = 0; i < net->links_n; i++) {
		const struct ospkg_net_link *link = &net->links[i];
		if (link->mac[0])
			fprintf(out, "link%zu=$(find_link %s)\n", i, link->mac);
		else
			fprintf(out, "link%zu=%s\n", i, link->name);
	}
}

static void put_bond(FILE *out, const struct ospkg_net *net)
{
	const char *bond = net->bond;

	fprintf(out,
		"\n"
		"[ -d /sys/class/net/%s/bonding ] || modprobe bonding max_bonds=0 2>/dev/null || "
		":\n"
		"if [ ! -d /sys/class/net/%s/bonding ]; then\n"
		"\techo +%s >/sys/class/net/bonding_masters\n"
		"\techo %s >/sys/class/net/%s/bonding/mode\n"
		"\techo %d >/sys/class/net/%s/bonding/miimon\n",
		bond, bond, bond, net->bond_mode, bond, OSPKG_NET_MIIMON_MS, bond);
	if (strcmp(net->bond_mode, OSPKG_NET_LACP_MODE) == 0)
		fprintf(out, "\techo fast >/sys/class/net/%s/bonding/lacp_rate\n", bond);
	fputs("fi\nfor link in", out);
	for (size_t i = 0; i < net->links_n; i++)
		fprintf(out, " \"$link%zu\"", i);
	fprintf(out,
		"; do\n"
		"\tif [ ! -d \"/sys/class/net/$link/bonding_slave\" ]; then\n"
		"\t\tip addr flush dev \"$link\"\n"
		"\t\tip link set dev \"$link\" down\n"
		"\t\techo \"+$link\" >/sys/class/net/%s/bonding/slaves\n"
		"\tfi\n"
		"done\n"
		"link0=%s\n",
		bond, bond);
}

static void put_resolv(FILE *out, const struct ospkg_net *net, const char *indent)
{
	if (net->dns_n == 0)
		return;
	fprintf(out, "%s{\n", indent);
	for (size_t i = 0; i < net->dns_n; i++)
		fprintf(out, "%s\techo nameserver %s\n", indent, net->dns[i]);
	fprintf(out, "%s} >/etc/resolv.conf\n", indent);
}

static void put_static(FILE *out, const struct ospkg_net *net)
{
	const char *family = strchr(net->gateway, ':') ? "-6" : "-4";

	fprintf(out,
		"\n"
		"ip link set dev \"$link0\" up\n"
		"ip addr replace %s dev \"$link0\"\n",
		net->address);
	if (net->gateway_outside)
		fprintf(out, "ip %s route replace %s dev \"$link0\"\n", family, net->gateway);
	fprintf(out, "ip %s route replace default via %s dev \"$link0\"\n", family, net->gateway);
	put_resolv(out, net, "");
}

/* udhcpc asks again and again in the background if no server answers soon. */
static void put_udhcpc(FILE *out, const char *indent, const char *link)
{
	fprintf(out,
		"%sip link set dev \"%s\" up\n"
		"%skill \"$(cat \"/run/stprov/udhcpc-%s.pid\" 2>/dev/null)\" 2>/dev/null || :\n"
		"%sudhcpc -b -i \"%s\" -s /run/stprov/udhcpc -p \"/run/stprov/udhcpc-%s.pid\"\n",
		indent, link, indent, link, indent, link, link);
}

static void put_dhcp(FILE *out, const struct ospkg_net *net)
{
	char link[32];

	fputc('\n', out);
	fputs(udhcpc_begin, out);
	if (net->dns_n > 0)
		put_resolv(out, net, "\t");
	else
		fputs(udhcpc_dns, out);
	fputs(udhcpc_end, out);
	if (net->links_n == 0) {
		/* Hardware: what the kernel makes itself has no device. */
		fputs("for path in /sys/class/net/*; do\n"
		      "\t[ -e \"$path/device\" ] || continue\n"
		      "\tlink=${path##*/}\n",
			out);
		put_udhcpc(out, "\t", "$link");
		fputs("done\n", out);
		return;
	}
	for (size_t i = 0; i < (net->bond[0] ? 1 : net->links_n); i++) {
		snprintf(link, sizeof(link), "$link%zu", i);
		put_udhcpc(out, "", link);
	}
}

void ospkg_script_format(FILE *out, const struct ospkg_net *net)
{
	fputs("#!/bin/sh\n"
	      "# Written by `stprov host apply` from the host configuration.\n"
	      "set -eu\n"
	      "\n",
		out);
	if (net->links_n > 0 && net->links[0].mac[0])
		fputs(find_link, out);
	put_links(out, net);
	if (net->bond[0])
		put_bond(out, net);
	if (net->dhcp)
		put_dhcp(out, net);
	else
		put_static(out, net);
}
