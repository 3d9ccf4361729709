/* SPDX-License-Identifier: BSD-2-Clause */
/* Hands the network over: see apply_network.h. */
#include "host/apply_network.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ospkg/networkd.h"
#include "ospkg/script.h"

#define PART "network"

/* Files of an earlier configuration that this one does not need are removed. */
static int put_networkd(
	const struct host_source *source, const struct ospkg_net *net, struct error *error)
{
	_cleanup_networkd_ struct ospkg_networkd networkd = { .texts = { NULL } };
	bool changed;
	int r = ospkg_networkd_format(net, &networkd, error);

	for (size_t i = 0; i < OSPKG_NETWORKD_FILES && r == 0; i++) {
		const char *path = ospkg_networkd_paths[i], *text = networkd.texts[i];
		changed = false;
		r = text ? ospkg_root_put(
				   &source->root, path, text, strlen(text), 0644, &changed, error)
			 : ospkg_root_remove(&source->root, path, &changed, error);
		if (r == 0 && changed)
			host_outcome_line(PART, "%s %s", text ? "wrote" : "removed", path);
	}
	return r;
}

static int put_script(const struct ospkg_net *net, struct error *error)
{
	ospkg_script_format(stdout, net);
	if (fflush(stdout) != 0)
		return error_set_errno(error, -errno, "the script could not be written");
	return 0;
}

void host_apply_network(
	const struct host_source *source, enum ospkg_network form, struct host_outcome *outcome)
{
	_cleanup_host_config_ struct host_config config;
	struct error error = ERROR_INIT;
	struct ospkg_net *net = malloc(sizeof(*net));
	int r;

	host_config_read(source, &config);
	if (!host_outcome_is_good(outcome, PART, &config.part)) {
		free(net);
		return;
	}
	r = net ? ospkg_net_plan(&config.cfg, net, &error)
		: error_set_errno(&error, -ENOMEM, "the network");
	if (r == 0)
		r = form == OSPKG_NETWORK_SCRIPT ? put_script(net, &error)
						 : put_networkd(source, net, &error);
	if (r < 0)
		host_outcome_error(outcome, PART, &error);
	else
		host_outcome_line(PART, "%s%s", net->dhcp ? "DHCP" : "static, ",
			net->dhcp ? "" : net->address);
	free(net);
}
