/* SPDX-License-Identifier: BSD-2-Clause */
/* The DHCP client's notes as texts, and the reason why there is no lease: see client.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dhcp/client.h"

void dhcp_note_format(
	const struct dhcp_client *c, const struct dhcp_note *note, char out[DHCP_LINE_MAX])
{
	const char *name = c->config.links[note->link].name;
	char address[NET_PREFIX_TEXT_MAX] = "", server[NET_ADDR_TEXT_MAX] = "";

	if (note->address.addr.family != 0)
		net_prefix_format(&note->address, address);
	if (note->server.family != 0)
		net_addr_format(&note->server, server);
	switch (note->kind) {
	case DHCP_NOTE_OFFER:
		snprintf(out, DHCP_LINE_MAX, "%s: %s offers %s%s%s", name, server, address,
			note->why ? ", " : "", note->why ? note->why : "");
		break;
	case DHCP_NOTE_REQUEST:
		snprintf(out, DHCP_LINE_MAX, "%s: asking %s for %s", name, server, address);
		break;
	case DHCP_NOTE_ACK:
		snprintf(out, DHCP_LINE_MAX, "%s: %s leases %s", name, server, address);
		break;
	case DHCP_NOTE_NAK:
		snprintf(out, DHCP_LINE_MAX, "%s: %s refuses %s after all (NAK); trying again",
			name, server, address);
		break;
	case DHCP_NOTE_SILENT:
		snprintf(out, DHCP_LINE_MAX,
			"%s: %s does not answer the request for its offer; trying again", name,
			server);
		break;
	case DHCP_NOTE_IGNORED:
		snprintf(out, DHCP_LINE_MAX, "%s: ignored a DHCP message: %s", name, note->why);
		break;
	case DHCP_NOTE_ODD:
		snprintf(out, DHCP_LINE_MAX, "%s: %s sent option %u malformed; ignored", name,
			server, note->option);
		break;
	case DHCP_NOTE_ENTRY:
		snprintf(out, DHCP_LINE_MAX,
			"%s: %s sent option %u with an entry that cannot be used; the entry is "
			"ignored",
			name, server, note->option);
		break;
	case DHCP_NOTE_NO_MASK:
		snprintf(out, DHCP_LINE_MAX, "warning: %s: %s sent no subnet mask; %s is used",
			name, server, address);
		break;
	case DHCP_NOTE_CARRIER:
		snprintf(out, DHCP_LINE_MAX, "%s: has carrier now", name);
		break;
	case DHCP_NOTE_DECLINED:
		snprintf(out, DHCP_LINE_MAX, "%s: told %s that %s is taken; trying again", name,
			server, address);
		break;
	}
}

static unsigned heard(const struct dhcp_seen *seen)
{
	return seen->offers + seen->acks + seen->naks + seen->unusable + seen->foreign +
	       seen->malformed + seen->stray;
}

static void add_count(struct text_list *a, unsigned count, const char *what, bool *first)
{
	if (count == 0)
		return;
	text_list_add(a, "%s%u %s", *first ? "" : ", ", count, what);
	*first = false;
}

/* `; eth0: sent 10 DISCOVER; heard 2 offers, 2 NAK` */
static void account_for(const struct dhcp_client *c, size_t link, struct text_list *a)
{
	const struct dhcp_seen *seen = &c->seen[link];
	bool first = true;

	text_list_add(a, "; %s: sent ", c->config.links[link].name);
	add_count(a, seen->discovers, "DISCOVER", &first);
	add_count(a, seen->requests, "REQUEST", &first);
	add_count(a, seen->declines, "DECLINE", &first);
	text_list_add(a, ", heard ");
	first = true;
	add_count(a, seen->offers, "OFFER", &first);
	add_count(a, seen->acks, "ACK", &first);
	add_count(a, seen->naks, "NAK", &first);
	add_count(a, seen->unusable, "without a usable address or mask", &first);
	add_count(a, seen->stray, "not asked for", &first);
	add_count(a, seen->malformed, "malformed", &first);
	add_count(a, seen->foreign, "for others", &first);
}

/* `; heard nothing on eth1 (10 DISCOVER sent), eth2 (no carrier)` */
static void account_for_silence(const struct dhcp_client *c, struct text_list *a)
{
	const char *before = "; heard nothing on ";

	for (size_t i = 0; i < c->config.n; i++) {
		const struct candidate *link = &c->config.links[i];
		if (heard(&c->seen[i]) > 0)
			continue;
		if (link->carrier)
			text_list_add(a, "%s%s (%u DISCOVER sent)", before, link->name,
				c->seen[i].discovers);
		else
			text_list_add(a, "%s%s (no carrier)", before, link->name);
		before = ", ";
	}
}

int dhcp_client_failure(const struct dhcp_client *c, struct error *error)
{
	struct text_list a = { .len = 0 };

	for (size_t i = 0; i < c->config.n; i++)
		if (heard(&c->seen[i]) > 0)
			account_for(c, i, &a);
	account_for_silence(c, &a);
	return error_set(error, -ETIMEDOUT, "no DHCP lease within %lld s%s",
		(long long)(c->config.limit_ms / 1000), a.text);
}
