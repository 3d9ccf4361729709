/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator is to type on the laptop: see invite.h. */
#include "service/invite.h"

#include <stdio.h>

#include "api/bodies.h"
#include "net/own_addrs.h"

/* A link-local address needs the interface of the machine that connects; only its user knows it. */
#define HIS_INTERFACE "%INTERFACE"
/* A password of fewer bits can be guessed offline. */
#define COMPAT_BITS_MIN 64

static void show_code(const struct monitor_config *config, struct journal *journal)
{
	struct net_addr addresses[NET_OWN_ADDRS_MAX];
	struct error error;
	size_t n = 0;
	char port[16] = "";
	bool local = false;

	if (config->port != API_PORT)
		snprintf(port, sizeof(port), " -p %u", config->port);
	if (net_own_addrs(&config->address, addresses, &n, &error) < 0)
		journal_line(journal, "warning: %s", error.text);
	journal_line(journal, "code: %s; type on the laptop:", config->code);
	for (size_t i = 0; i < n; i++) {
		char text[NET_ADDR_TEXT_MAX];
		net_addr_format(&addresses[i], text);
		journal_line(journal, "  stprov local run -i %s%s%s -o %s", text,
			addresses[i].scope != 0 ? HIS_INTERFACE : "", port, config->code);
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
			"this one has about %u bits; use one of %d or more",
			config->bits, COMPAT_BITS_MIN);
	if (config->code)
		show_code(config, journal);
}
