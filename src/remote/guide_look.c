/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guide shows of the machine before anything is changed: see guide.h. */
#include "remote/guide.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "link/pci.h"
#include "neighbour/evidence.h"
#include "machine/machine.h"
#include "remote/machine_name.h"
#include "setup/dhcp_parent.h"
#include "setup/state.h"

/* For answers on links that are up. */
#define ANSWERS_MS 1000

/* What is there to be looked at. */
struct look {
	struct links links;
	struct link_addrs addrs;
};

static void look_deinit(struct look *look)
{
	links_deinit(&look->links);
	link_addrs_deinit(&look->addrs);
}

static int look_init(struct look *look, struct error *error)
{
	struct rtnetlink *rtnl = NULL;
	int r = rtnetlink_new(&rtnl, error);

	*look = (struct look){ .links = LINKS_INIT, .addrs = LINK_ADDRS_INIT };
	if (r == 0)
		r = links_read(rtnl, LINK_SYSFS_DEFAULT, &look->links, error);
	if (r == 0)
		r = link_addrs_read(rtnl, &look->addrs, error);
	rtnetlink_free(rtnl);
	if (r < 0)
		log_line("warning: %s", error->text);
	return r;
}

static void show_link(const struct look *look, const struct link *link)
{
	char text[SETUP_LINK_TEXT_MAX], addr[NET_PREFIX_TEXT_MAX], saw[256] = "";
	const char *state = !link->up ? "down" : link_is_ready(link) ? "carrier" : "no carrier";
	struct candidate c;
	size_t n = 0;

	for (size_t i = 0; i < look->addrs.n && n < sizeof(saw); i++) {
		if (look->addrs.items[i].index != link->index || !look->addrs.items[i].global)
			continue;
		net_prefix_format(&look->addrs.items[i].prefix, addr);
		n += (size_t)snprintf(
			saw + n, sizeof(saw) - n, "%s%s", n > 0 ? ", " : "has ", addr);
	}
	setup_candidate(link, &c);
	if (!c.carrier)
		c.speed = 0;
	setup_format_link(&c, link->driver, state, saw, text);
	log_line("  %s", text);
}

bool guide_show_links(void)
{
	_cleanup_(look_deinit) struct look look;
	char devices[PCI_DRIVERLESS_MAX];
	struct error error;
	size_t n = 0, down = 0;

	if (look_init(&look, &error) < 0)
		return true; /* the command will say more */
	for (size_t i = 0; i < look.links.n; i++) {
		const struct link *link = &look.links.items[i];
		if (!link_is_candidate(&look.links, link))
			continue;
		if (n++ == 0)
			log_line("links:");
		down += !link->up;
		show_link(&look, link);
	}
	if (n == 0 && pci_driverless(PCI_SYSFS_DEFAULT, devices) > 0)
		log_line("this kernel has no driver for the network devices %s (vendor:device)",
			devices);
	if (down > 0)
		log_line("  (for a link that is down, carrier is known only once it is set up)");
	return n > 0;
}

int guide_check_link(const char *name, struct error *error)
{
	_cleanup_(look_deinit) struct look look;
	struct text_list list = { .len = 0 };
	char buf[LINK_REASON_MAX], shown[LINK_NAME_MAX * TEXT_PRINTABLE_GROWTH];

	if (look_init(&look, error) < 0)
		return 0;
	const struct link *link = links_by_name(&look.links, name);
	const char *reason = link ? link_reason_against(&look.links, link, buf) : NULL;
	if (reason)
		return error_set(error, -EINVAL, "%s cannot be used: %s", link->name, reason);
	if (link)
		return 0;
	for (size_t i = 0; i < look.links.n; i++)
		if (link_is_candidate(&look.links, &look.links.items[i]))
			text_list_add(
				&list, "%s%s", list.len > 0 ? ", " : "", look.links.items[i].name);
	text_printable(name, strlen(name), shown, sizeof(shown));
	return error_set(error, -ENODEV, "there is no link %s; there are: %s", shown, list.text);
}

/* Those that need not be set up to be asked. */
static size_t find_ready(const struct look *look, struct candidate ready[CANDIDATES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < look->links.n && n < CANDIDATES_MAX; i++) {
		const struct link *link = &look->links.items[i];
		if (link_is_candidate(&look->links, link) && link_is_ready(link))
			setup_candidate(link, &ready[n++]);
	}
	return n;
}

void guide_show_answers(const struct net_addr *addr, int signal_fd)
{
	_cleanup_(look_deinit) struct look look;
	struct candidate ready[CANDIDATES_MAX];
	struct packet_wait wait = PACKET_WAIT_INIT;
	char text[NET_ADDR_TEXT_MAX];
	struct error error;
	int64_t now = clock_now_ms();

	size_t n = look_init(&look, &error) == 0 ? find_ready(&look, ready) : 0;
	_cleanup_free_ struct evidence *e = n > 0 ? calloc(1, sizeof(*e)) : NULL;
	if (!e)
		return;
	wait.interrupt_fd = signal_fd;
	evidence_init(e, addr, ready, n, now + ANSWERS_MS, EVIDENCE_SETTLE_MS, now);
	if (evidence_run(e, &wait, &error) < 0)
		return;
	net_addr_format(addr, text);
	for (size_t i = 0; i < n; i++)
		if (e->seen[i].answered)
			log_line("  %s answers on %s", text, ready[i].name);
	if (e->n_answered == 0)
		log_line("  %s did not answer on the links that are up: %s%s", text, ready[0].name,
			n > 1 ? " and others" : "");
}

/* A DHCP server's name for it. The lease is not used: the command asks for it again. */
static bool find_leased_host(const struct look *look, int signal_fd, char host[NET_HOSTNAME_MAX])
{
	_cleanup_(role_launcher_deinit) struct role_launcher launcher = ROLE_LAUNCHER_INIT;
	struct candidate ready[CANDIDATES_MAX];
	struct dhcp_parent_result result = { .link = 0 };
	struct dhcp_parent_config config = {
		.links = ready,
		.n = find_ready(look, ready),
		.limit_ms = GUIDE_HOST_MS,
		.wait = PACKET_WAIT_INIT,
	};
	struct error ignored;

	config.wait.interrupt_fd = signal_fd;
	if (config.n == 0 || role_launcher_init(&launcher, &ignored) < 0)
		return false;
	log_line("asking for a host name by DHCP, at most %d s", GUIDE_HOST_MS / 1000);
	if (dhcp_parent_run(&launcher, &config, &result, &ignored) < 0 || !result.lease.hostname[0])
		return false;
	/* By its rule it is short enough. */
	snprintf(host, NET_HOSTNAME_MAX, "%.*s", NET_HOSTNAME_MAX - 1, result.lease.hostname);
	return true;
}

bool guide_propose_host(
	bool dhcp, int signal_fd, char host[NET_HOSTNAME_MAX], char source[GUIDE_SOURCE_MAX])
{
	_cleanup_(look_deinit) struct look look;
	char label[NET_HOSTNAME_LABEL_MAX];
	const char *found = "the serial number of this machine";
	struct error error;

	if (look_init(&look, &error) < 0)
		return false;
	if (dhcp && find_leased_host(&look, signal_fd, host)) {
		found = "the name from the DHCP server";
	} else if (machine_serial_label(MACHINE_SYSFS, label)) {
		snprintf(host, NET_HOSTNAME_MAX, "%s", label);
	} else if (machine_mac_label(&look.links, label)) {
		snprintf(host, NET_HOSTNAME_MAX, "%s", label);
		found = "the MAC address of the first link";
	} else {
		return false;
	}
	snprintf(source, GUIDE_SOURCE_MAX, "%s", found);
	return true;
}

bool guide_own_network(struct net_prefix *ret)
{
	struct applied *own = calloc(1, sizeof(*own));
	struct error ignored;
	bool found = false;

	if (own && applied_read(APPLIED_DIR_DEFAULT, own, &ignored) == 0)
		for (size_t i = 0; i < own->n; i++) {
			if (own->items[i].prefix.addr.family == 0)
				continue;
			*ret = net_prefix_network(&own->items[i].prefix);
			found = true;
		}
	free(own);
	return found;
}
