/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator is to type on the laptop: see invite.h. */
#include "service/invite.h"

#include <stdio.h>
#include <string.h>

#include "api/bodies.h"
#include "base/text.h"
#include "net/own_addrs.h"

/* A link-local address needs the interface of the machine that connects; only its user knows it. */
#define HIS_INTERFACE "%INTERFACE"
/* A password of fewer bits can be guessed offline. */
#define COMPAT_BITS_MIN 64

/* `-a 10.0.2.0/24`: the network of this machine's first address, for the next run. */
static void suggest_network(const struct monitor_config *config, struct journal *journal)
{
	struct net_prefix own[NET_OWN_ADDRS_MAX];
	char text[NET_PREFIX_TEXT_MAX];
	struct error ignored;
	size_t n = 0;

	if (net_own_prefixes(&config->address, own, &n, &ignored) < 0 || n == 0)
		return;
	const struct net_prefix network = net_allow_for(&own[0]);
	net_prefix_format(&network, text);
	journal_line(journal, "  to let the laptop in, start again with: -a %s", text);
}

static void show_allowed(const struct monitor_config *config, struct journal *journal)
{
	char list[128] = "", text[NET_PREFIX_TEXT_MAX];
	size_t len = 0, shown = 0;

	for (; shown < config->allow.n; shown++) {
		net_prefix_format(&config->allow.items[shown], text);
		if (len + strlen(text) + 2 >= sizeof(list))
			break;
		len += (size_t)snprintf(
			list + len, sizeof(list) - len, "%s%s", shown > 0 ? ", " : "", text);
	}
	journal_line(journal, "clients may connect from %s%s", list,
		shown < config->allow.n ? " and more networks" : "");
}

size_t invite_addresses(const struct monitor_config *config,
	struct net_addr addresses[NET_OWN_ADDRS_MAX], struct error *error)
{
	size_t n = 0;

	*error = ERROR_INIT;
	if (net_allow_is_loopback(&config->allow) && net_addr_is_any(&config->address)) {
		addresses[0] = net_loopback(config->allow.items[0].addr.family);
		return 1;
	}
	(void)!net_own_addrs(&config->address, addresses, &n, error);
	return n;
}

static void show_command(const struct monitor_config *config, struct journal *journal)
{
	struct net_addr addresses[NET_OWN_ADDRS_MAX];
	struct error error;
	size_t n = invite_addresses(config, addresses, &error);
	char port[16] = "";
	bool local = false;

	if (error.text[0])
		journal_line(journal, "warning: %s", error.text);
	if (config->port != API_PORT)
		snprintf(port, sizeof(port), " -p %u", config->port);
	journal_line(journal, "code: %s; type on the laptop:", config->code);
	for (size_t i = 0; i < n; i++) {
		char text[NET_ADDR_TEXT_MAX];
		net_addr_format(&addresses[i], text);
		journal_line(journal, "  stprov local run -i %s%s%s -o %s%s%s", text,
			addresses[i].scope != 0 ? HIS_INTERFACE : "", port, config->code,
			config->seal ? " --seal " : "", config->seal ? config->seal : "");
		local |= addresses[i].scope != 0;
	}
	if (local)
		journal_line(journal,
			"  replace INTERFACE with the laptop's interface, for example eth0");
}

void invite_show(const struct monitor_config *config, struct journal *journal)
{
	if (config->compat && config->bits < COMPAT_BITS_MIN)
		journal_line(journal,
			"warning: with --compat anyone who can connect can test passwords offline; "
			"this one has about %u bit%s; use one of %d or more",
			config->bits, text_plural(config->bits, "", "s"), COMPAT_BITS_MIN);
	if (net_allow_is_loopback(&config->allow)) {
		journal_line(journal, "only this machine itself may connect (-a)");
		suggest_network(config, journal);
	} else {
		show_allowed(config, journal);
	}
	if (config->code)
		show_command(config, journal);
}
