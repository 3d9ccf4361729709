/* What the guide shows of the machine before anything is changed: see guide.h. */
#include "remote/guide.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/evidence.h"
#include "remote/setup.h"

/* For answers on links that are up. */
#define ANSWERS_MS 1000

/* What is there to be looked at. */
struct look {
	struct net_links links;
	struct net_link_addrs addrs;
};

static void look_deinit(struct look *look)
{
	net_links_deinit(&look->links);
	net_link_addrs_deinit(&look->addrs);
}

static int look_init(struct look *look, struct error *error)
{
	struct net_rtnl *rtnl = NULL;
	int r = net_rtnl_new(&rtnl, error);

	*look = (struct look){ .links = NET_LINKS_INIT, .addrs = NET_LINK_ADDRS_INIT };
	if (r == 0)
		r = net_links_read(rtnl, NET_SYSFS_DEFAULT, &look->links, error);
	if (r == 0)
		r = net_link_addrs_read(rtnl, &look->addrs, error);
	net_rtnl_free(rtnl);
	if (r < 0)
		log_line("warning: %s", error->text);
	return r;
}

static void show_link(const struct look *look, const struct net_link *link)
{
	char text[SETUP_LINK_TEXT_MAX], addr[NET_PREFIX_TEXT_MAX], saw[256] = "";
	const char *state = !link->up ? "down" : net_link_is_ready(link) ? "carrier" : "no carrier";
	struct net_candidate c;
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
	struct error error;
	size_t n = 0, down = 0;

	if (look_init(&look, &error) < 0)
		return true; /* the command will say more */
	for (size_t i = 0; i < look.links.n; i++) {
		const struct net_link *link = &look.links.items[i];
		if (!net_link_is_candidate(&look.links, link))
			continue;
		if (n++ == 0)
			log_line("links:");
		down += !link->up;
		show_link(&look, link);
	}
	if (down > 0)
		log_line("  (whether a link that is down has carrier shows once it is set up)");
	return n > 0;
}

/* Those that need not be set up to be asked. */
static size_t find_ready(const struct look *look, struct net_candidate ready[NET_CANDIDATES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < look->links.n && n < NET_CANDIDATES_MAX; i++) {
		const struct net_link *link = &look->links.items[i];
		if (net_link_is_candidate(&look->links, link) && net_link_is_ready(link))
			setup_candidate(link, &ready[n++]);
	}
	return n;
}

void guide_show_answers(const struct net_addr *addr, int signal_fd)
{
	_cleanup_(look_deinit) struct look look;
	struct net_candidate ready[NET_CANDIDATES_MAX];
	struct net_wait wait = NET_WAIT_INIT;
	char text[NET_ADDR_TEXT_MAX];
	struct error error;
	int64_t now = clock_now_ms();

	size_t n = look_init(&look, &error) == 0 ? find_ready(&look, ready) : 0;
	_cleanup_free_ struct net_evidence *e = n > 0 ? calloc(1, sizeof(*e)) : NULL;
	if (!e)
		return;
	wait.interrupt_fd = signal_fd;
	net_evidence_init(e, addr, ready, n, now + ANSWERS_MS, NET_EVIDENCE_SETTLE_MS, now);
	if (net_evidence_run(e, &wait, &error) < 0)
		return;
	net_addr_format(addr, text);
	for (size_t i = 0; i < n; i++)
		if (e->seen[i].answered)
			log_line("  %s answers on %s", text, ready[i].name);
	if (e->n_answered == 0)
		log_line("  %s is silent on what is up: %s%s", text, ready[0].name,
			n > 1 ? " and others" : "");
}

bool guide_own_network(struct net_prefix *ret)
{
	struct net_state *own = calloc(1, sizeof(*own));
	struct error ignored;
	bool found = false;

	if (own && net_state_read(NET_STATE_DIR_DEFAULT, own, &ignored) == 0)
		for (size_t i = 0; i < own->n; i++) {
			if (own->items[i].prefix.addr.family == 0)
				continue;
			*ret = net_prefix_network(&own->items[i].prefix);
			found = true;
		}
	free(own);
	return found;
}
