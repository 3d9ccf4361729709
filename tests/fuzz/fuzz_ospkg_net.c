/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ospkg_net_plan() and what is made of it: whatever host configuration NVRAM holds, no text of its
 * network has another character than names and addresses have.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ospkg/networkd.h"
#include "ospkg/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

static void must_be_plain(const char *text)
{
	must(text[0] != '-');
	for (; *text; text++)
		must(isalnum((unsigned char)*text) || strchr(".-_:/", *text));
}

static void check_net(const struct ospkg_net *net)
{
	must_be_plain(net->address);
	must_be_plain(net->gateway);
	must_be_plain(net->bond);
	must_be_plain(net->bond_mode);
	for (size_t i = 0; i < net->dns_n; i++)
		must_be_plain(net->dns[i]);
	for (size_t i = 0; i < net->links_n; i++) {
		must_be_plain(net->links[i].mac);
		must_be_plain(net->links[i].name);
		must(!net->links[i].mac[0] != !net->links[i].name[0]);
	}
	must(net->dhcp || net->bond[0] || net->links_n == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
	_cleanup_networkd_ struct ospkg_networkd networkd = { .texts = { NULL } };
	static struct ospkg_net net;
	struct error e = ERROR_INIT;
	char *text = NULL;
	size_t len = 0;

	if (hostcfg_decode(data, size, &cfg, &e) < 0 || hostcfg_check(&cfg, &e) < 0)
		return 0;
	if (ospkg_net_plan(&cfg, &net, &e) < 0) {
		must(e.text[0] != '\0');
		return 0;
	}
	check_net(&net);
	must(ospkg_networkd_format(&net, &networkd, &e) == 0);
	must(networkd.texts[OSPKG_NETWORKD_NETWORK] != NULL);
	FILE *out = open_memstream(&text, &len);
	must(out != NULL);
	ospkg_script_format(out, &net);
	must(fclose(out) == 0 && len > 0);
	free(text);
	return 0;
}
