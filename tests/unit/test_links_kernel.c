/* SPDX-License-Identifier: BSD-2-Clause */
/* link/ against a kernel: snapshots of links, waiting for them, and changing them. */
#include "netns_test.h"
#include "tap.h"

#include <linux/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "link/bond.h"
#include "link/change.h"
#include "link/gateway.h"
#include "link/link_wait.h"

/* What a busy machine may take longer, in milliseconds. */
/* The limit of waits that end sooner, for what they wait for. */
#define LIMIT_MS 20000

static struct error e;

static struct rtnetlink *new_rtnl(void)
{
	struct rtnetlink *rtnl = NULL;

	e = ERROR_INIT;
	tap_eq_int(rtnetlink_new(&rtnl, &e), 0);
	return rtnl;
}

static struct links read_links(struct rtnetlink *rtnl, const char *sysfs)
{
	struct links links = LINKS_INIT;

	if (links_read(rtnl, sysfs, &links, &e) < 0)
		tap_fail(__FILE__, __LINE__, "%s", e.text);
	return links;
}

/* The current state of the link; all zero if it does not exist. */
static struct link read_link(struct rtnetlink *rtnl, const char *name)
{
	_cleanup_links_ struct links links = read_links(rtnl, NULL);
	const struct link *link = links_by_name(&links, name);
	struct link none = { .index = 0 };

	if (!link)
		tap_fail(__FILE__, __LINE__, "no link %s", name);
	return link ? *link : none;
}

static struct net_prefix prefix(const char *text)
{
	struct net_prefix p = { .len = 0 };

	if (net_prefix_parse(text, &p) < 0)
		tap_fail(__FILE__, __LINE__, "no prefix: %s", text ? text : "(null)");
	return p;
}

static struct net_addr addr(const char *text)
{
	struct net_addr a = { .family = 0 };

	if (net_addr_parse(text, &a) < 0)
		tap_fail(__FILE__, __LINE__, "no address: %s", text ? text : "(null)");
	return a;
}

__attribute__((noinline)) static void tap_contains(const char *text, const char *part, int line)
{
	if (!text || !strstr(text, part))
		tap_fail(__FILE__, line, "\"%s\" does not contain \"%s\"", text ? text : "(null)",
			part);
}
#define tap_contains(text, part) tap_contains(text, part, __LINE__)

/* --- snapshots --- */

static void a_snapshot_tells_what_the_links_are(void)
{
	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0");
	netns_run("ip link set eth0 address 02:00:00:00:00:0a mtu 1400 up; ip link add br0 type "
		  "bridge;"
		  "ip link add eth9 type veth peer name peer9; ip link set peer9 master br0");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	_cleanup_links_ struct links links = read_links(rtnl, LINK_SYSFS_DEFAULT);
	const struct link *eth0 = links_by_name(&links, "eth0");
	const struct link *peer9 = links_by_name(&links, "peer9");
	const struct link *br0 = links_by_name(&links, "br0");
	const uint8_t mac[] = { 2, 0, 0, 0, 0, 10 };

	tap_ok(eth0 && peer9 && br0);
	if (!eth0 || !peer9 || !br0)
		return;
	tap_ok(eth0->has_mac && eth0->up && !eth0->carrier && !link_is_ready(eth0));
	tap_eq_bytes(eth0->mac, sizeof(eth0->mac), mac, sizeof(mac));
	tap_eq_text(eth0->kind, "veth");
	tap_eq_text(eth0->driver, "veth");
	tap_eq_int(eth0->mtu, 1400);
	tap_eq_int(eth0->operstate, LINK_OPERSTATE_LOWER_LAYER_DOWN);
	tap_eq_int(peer9->master, br0->index);
	tap_ok(!peer9->bond_member && !link_is_candidate(&links, peer9));
	tap_ok(link_is_candidate(&links, eth0) && !link_is_candidate(&links, br0));
	tap_ok(links.items[0].loopback && !link_is_candidate(&links, &links.items[0]));
	for (size_t i = 1; i < links.n; i++)
		tap_ok(links.items[i].index > links.items[i - 1].index);
}

static void speed_and_duplex_come_by_ioctl_where_sysfs_shows_others(void)
{
	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0; ip link set eth0 up; ip link set "
		  "peer0 up");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	static const char *const sysfs[] = { LINK_SYSFS_DEFAULT, "/nonexistent" };

	for (size_t i = 0; i < ARRAY_SIZE(sysfs); i++) {
		_cleanup_links_ struct links links = read_links(rtnl, sysfs[i]);
		const struct link *eth0 = links_by_name(&links, "eth0");
		tap_eq_int(eth0 ? eth0->speed : 0, 10000);
		tap_eq_int(eth0 ? eth0->duplex : 9, LINK_DUPLEX_FULL);
	}
	_cleanup_links_ struct links links = read_links(rtnl, NULL);
	tap_eq_int(links.items[0].speed, -1);
}

static void put_attribute(const char *dir, const char *name, const char *text)
{
	netns_run("printf '%%s\\n' '%s' > %s/eth0/%s", text, dir, name);
}

/* A made-up sysfs, which is believed about the link of the same index and MAC only. */
static void sysfs_is_believed_about_the_same_link_only(void)
{
	static const struct {
		const char *index, *address, *speed, *duplex, *driver;
		int32_t want_speed;
		enum link_duplex want_duplex;
	} rows[] = {
		{ "%u", "02:00:00:00:00:0a", "25000", "full", "mlx5_core", 25000,
			LINK_DUPLEX_FULL },
		{ "%u", "02:00:00:00:00:0a", "100", "half", "mlx5_core", 100, LINK_DUPLEX_HALF },
		{ "%u", "02:00:00:00:00:0a", "-1", "unknown", "mlx5_core", -1,
			LINK_DUPLEX_UNKNOWN },
		{ "%u", "02:00:00:00:00:0a", "4294967295", "", "mlx5_core", -1,
			LINK_DUPLEX_UNKNOWN },
		{ "%u", "02:00:00:00:00:0a", "0", "x", "mlx5_core", -1, LINK_DUPLEX_UNKNOWN },
		{ "%u", "02:00:00:00:00:0b", "25000", "half", "veth", 10000, LINK_DUPLEX_FULL },
		{ "9%u", "02:00:00:00:00:0a", "25000", "half", "veth", 10000, LINK_DUPLEX_FULL },
		{ "", "02:00:00:00:00:0a", "25000", "half", "veth", 10000, LINK_DUPLEX_FULL },
	};
	char dir[] = "/tmp/stprov-test-sysfs-XXXXXX", index[16];

	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0; ip link set peer0 up;"
		  "ip link set eth0 address 02:00:00:00:00:0a up");
	tap_ok(mkdtemp(dir) != NULL);
	netns_run("mkdir -p %s/eth0/device; ln -s ../../../../bus/pci/drivers/mlx5_core"
		  " %s/eth0/device/driver",
		dir, dir);
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(index, sizeof(index), rows[i].index, read_link(rtnl, "eth0").index);
#pragma GCC diagnostic pop
		put_attribute(dir, "ifindex", index);
		put_attribute(dir, "address", rows[i].address);
		put_attribute(dir, "speed", rows[i].speed);
		put_attribute(dir, "duplex", rows[i].duplex);
		_cleanup_links_ struct links links = read_links(rtnl, dir);
		const struct link *eth0 = links_by_name(&links, "eth0");
		tap_eq_text(eth0 ? eth0->driver : "", rows[i].driver);
		tap_eq_int(eth0 ? eth0->speed : 0, rows[i].want_speed);
		tap_eq_int(eth0 ? eth0->duplex : 9, rows[i].want_duplex);
	}
	netns_run("rm -rf %s", dir);
}

/* --- waiting --- */

struct watched {
	int calls, seconds[8];
	int enough_after;
	/* A command that runs so much later than the first look, which is then sure to be before.
	 */
	int after_ms;
	const char *command;
	pid_t later;
};

static void count_progress(const struct link_wait *wait, const struct links *links, int64_t left)
{
	struct watched *w = wait->userdata;

	tap_ok(links->n > 0 && left >= 0);
	if (w->calls++ == 0 && w->command)
		w->later = netns_run_after(w->after_ms, w->command);
	/* Rounded up: a wait that wakes a moment late is still in the second that was meant. */
	w->seconds[MIN((left + 999) / 1000, (int64_t)7)]++;
}

static bool enough_calls(const struct link_wait *wait, const struct links *links)
{
	struct watched *w = wait->userdata;

	return w->calls >= w->enough_after;
}

/* Waits for links by their names; the milliseconds that it took. */
static int64_t wait_for(struct rtnetlink *rtnl, const char *const *names, size_t n, int limit_ms,
	struct link_wait wait, int want, struct links *ret_links)
{
	_cleanup_links_ struct links links = read_links(rtnl, NULL);
	uint32_t indexes[80];

	for (size_t i = 0; i < n; i++) {
		const struct link *link = links_by_name(&links, names[i]);
		indexes[i] = link ? link->index : 0;
		tap_ok(link && link_set_up(rtnl, link, true, &e) == 0);
	}
	int64_t start = clock_now_ms();
	wait.indexes = indexes;
	wait.n = n;
	wait.deadline_ms = start + limit_ms;
	*ret_links = LINKS_INIT;
	tap_eq_int(links_wait(rtnl, &wait, NULL, ret_links, &e), want);
	return clock_now_ms() - start;
}

static void links_are_waited_for_until_the_last_one_has_carrier(void)
{
	static const char *const names[] = { "eth0", "eth1" };
	struct watched w = { .after_ms = 1000, .command = "ip link set peer1 up" };

	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0; ip link set peer0 up;"
		  "ip link add eth1 type veth peer name peer1");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	_cleanup_links_ struct links links = LINKS_INIT;
	int64_t took = wait_for(rtnl, names, 2, LIMIT_MS,
		(struct link_wait){
			.interrupt_fd = -1, .progress = count_progress, .userdata = &w },
		0, &links);

	tap_ok(took >= 1000 && took < LIMIT_MS);
	for (size_t i = 0; i < 2; i++) {
		const struct link *link = links_by_name(&links, names[i]);
		tap_ok(link && link_is_ready(link));
	}
	netns_join(w.later);
}

/* Carrier that goes again before the wait ends does not count. */
static void a_flapping_link_counts_once_it_is_up(void)
{
	static const char *const names[] = { "eth0", "eth1" };
	struct watched w = { .after_ms = 100,
		.command = "for i in 1 2 3; do ip link set peer0 up; sleep 0.1; ip "
			   "link set peer0 down; sleep 0.1; done;"
			   "ip link set peer1 up; sleep 0.3; ip link set peer0 up" };

	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0; ip link add eth1 type veth peer "
		  "name peer1");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	_cleanup_links_ struct links links = LINKS_INIT;
	int64_t took = wait_for(rtnl, names, 2, LIMIT_MS,
		(struct link_wait){
			.interrupt_fd = -1, .progress = count_progress, .userdata = &w },
		0, &links);

	tap_ok(took >= 1000 && took < LIMIT_MS);
	for (size_t i = 0; i < 2; i++)
		tap_ok(links.n > 0 && link_is_ready(links_by_name(&links, names[i])));
	netns_join(w.later);
}

static void a_wait_ends_at_its_deadline_and_counts_down(void)
{
	static const char *const names[] = { "eth0" };
	struct watched w = { .calls = 0 };

	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	_cleanup_links_ struct links links = LINKS_INIT;
	int64_t took = wait_for(rtnl, names, 1, 2500,
		(struct link_wait){
			.interrupt_fd = -1, .progress = count_progress, .userdata = &w },
		0, &links);

	tap_ok(took >= 2500);
	tap_ok(links.n == 3 && !link_is_ready(links_by_name(&links, "eth0")));
	/* The seconds of the remaining time were reported; a busy machine may leave out one. */
	tap_ok(w.seconds[3] > 0 && w.seconds[2] + w.seconds[1] > 0 && w.seconds[0] > 0);
	tap_ok(w.calls < 20);
}

static void a_wait_ends_early_when_the_caller_has_enough_or_a_link_is_gone(void)
{
	static const char *const names[] = { "eth0" };
	struct watched w = { .enough_after = 2 };
	struct watched gone = { .after_ms = 200, .command = "ip link del eth0" };

	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	_cleanup_links_ struct links links = LINKS_INIT, again = LINKS_INIT;
	int64_t took = wait_for(rtnl, names, 1, LIMIT_MS,
		(struct link_wait){ .interrupt_fd = -1,
			.progress = count_progress,
			.enough = enough_calls,
			.userdata = &w },
		0, &links);

	tap_ok(took < LIMIT_MS);
	tap_ok(links.n == 3);
	took = wait_for(rtnl, names, 1, LIMIT_MS,
		(struct link_wait){
			.interrupt_fd = -1, .progress = count_progress, .userdata = &gone },
		0, &again);
	tap_ok(took >= 200 && took < LIMIT_MS);
	tap_eq_int(again.n, 1);
	links_deinit(&again);
	netns_join(gone.later);
}

static void a_wait_is_interrupted_by_its_descriptor(void)
{
	static const char *const names[] = { "eth0" };
	int fds[2];

	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	_cleanup_links_ struct links links = LINKS_INIT;
	struct link eth0 = read_link(rtnl, "eth0");
	struct net_addr none = addr("2001:db8::1");

	tap_eq_int(pipe(fds), 0);
	tap_eq_int(write(fds[1], "x", 1), 1);
	int64_t took = wait_for(rtnl, names, 1, LIMIT_MS,
		(struct link_wait){ .interrupt_fd = fds[0] }, -EINTR, &links);
	tap_ok(took < LIMIT_MS && links.n == 0);
	struct net_prefix tentative = prefix("2001:db8::1/64");
	tap_eq_int(link_add_addr(rtnl, &eth0, &tentative, false, &e), 0);
	tap_eq_int(link_wait_addr(rtnl, &eth0, &none, CLOCK_NEVER, fds[0], &e), -EINTR);
	/* Nothing was read from it. */
	struct pollfd still = { .fd = fds[0], .events = POLLIN };
	tap_eq_int(poll(&still, 1, 0), 1);
	close(fds[0]);
	close(fds[1]);
}

static void sixty_four_links_come_up_together(void)
{
	char names[64][16];
	const char *list[64];
	struct watched w = { .after_ms = 300,
		.command = "for i in $(seq 0 63); do echo link set peer$i up; done | ip -batch -" };

	if (!netns_new())
		return;
	netns_run("for i in $(seq 0 63); do echo link add eth$i type veth peer name peer$i; done"
		  " | ip -batch -");
	for (int i = 0; i < 64; i++) {
		snprintf(names[i], sizeof(names[i]), "eth%d", i);
		list[i] = names[i];
	}
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	_cleanup_links_ struct links links = LINKS_INIT;
	int64_t took = wait_for(rtnl, list, 64, 3 * LIMIT_MS,
		(struct link_wait){
			.interrupt_fd = -1, .progress = count_progress, .userdata = &w },
		0, &links);

	tap_ok(took < 3 * LIMIT_MS);
	printf("# 64 links: %d ms, of which 300 ms pass before they get carrier\n", (int)took);
	tap_eq_int(links.n, 129);
	for (int i = 0; i < 64 && links.n == 129; i++)
		tap_ok(link_is_ready(links_by_name(&links, names[i])));
	netns_join(w.later);
}

static void lost_events_ring_too(void)
{
	_cleanup_close_ int fd = -1;
	int little = 1;

	if (!netns_new())
		return;
	tap_eq_int(link_events_open(LINK_EVENTS_LINKS | LINK_EVENTS_ADDRS, &fd, &e), 0);
	tap_ok(!link_events_drain(fd));
	tap_eq_int(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little)), 0);
	netns_run("for i in $(seq 0 31); do echo link add eth$i type veth peer name peer$i; done"
		  " | ip -batch -");
	struct pollfd p = { .fd = fd, .events = POLLIN };
	tap_eq_int(poll(&p, 1, 0), 1);
	tap_ok(p.revents & POLLERR);
	tap_ok(link_events_drain(fd));
	tap_ok(!link_events_drain(fd));
	tap_eq_int(poll(&p, 1, 0), 0);
	netns_run("ip addr add 10.0.0.1/24 dev eth0");
	tap_eq_int(link_events_wait(fd, -1, LIMIT_MS), 0);
	tap_ok(!link_events_drain(fd));
}

/* --- changes --- */

/* eth0 and eth1 with their peers, all up. */
static struct rtnetlink *two_links(struct link *ret_eth0, struct link *ret_eth1)
{
	netns_run("for i in 0 1; do ip link add eth$i type veth peer name peer$i;"
		  "ip link set eth$i up; ip link set peer$i up; done");
	struct rtnetlink *rtnl = new_rtnl();
	*ret_eth0 = read_link(rtnl, "eth0");
	*ret_eth1 = read_link(rtnl, "eth1");
	return rtnl;
}

static void an_address_is_added_once_however_often(void)
{
	struct link eth0, eth1;
	static const char *const texts[] = { "10.0.3.200/25", "10.0.9.1/31", "10.0.8.1/32",
		"2001:db8::1/64" };

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(texts); i++) {
		struct net_prefix p = prefix(texts[i % ARRAY_SIZE(texts)]);
		if (link_add_addr(rtnl, &eth0, &p, true, &e) < 0)
			tap_fail(__FILE__, __LINE__, "%s", e.text);
	}
	_cleanup_link_addrs_ struct link_addrs addrs = LINK_ADDRS_INIT;
	tap_eq_int(link_addrs_read(rtnl, &addrs, &e), 0);
	size_t globals = 0;
	for (size_t i = 0; i < addrs.n; i++) {
		struct link_addr *a = &addrs.items[i];
		char text[NET_PREFIX_TEXT_MAX];
		if (a->index != eth0.index || !a->global)
			continue;
		net_prefix_format(&a->prefix, text);
		tap_eq_text(text, globals < ARRAY_SIZE(texts) ? texts[globals] : "one too many");
		tap_ok(!a->tentative && !a->autoconf && !a->dad_failed);
		globals++;
	}
	tap_eq_int(globals, ARRAY_SIZE(texts));
	const char *shown = netns_output("ip -4 -o addr show dev eth0");
	tap_contains(shown, "10.0.3.200/25 brd 10.0.3.255");
	tap_ok(!strstr(shown, "10.0.9.1/31 brd") && !strstr(shown, "10.0.8.1/32 brd"));
}

static void an_ipv6_address_is_awaited_or_found_taken(void)
{
	struct link eth0, eth1;
	struct net_prefix mine = prefix("2001:db8::1/64"), taken = prefix("2001:db8::2/64");
	struct net_prefix four = prefix("10.0.0.1/24");

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	struct link peer0 = read_link(rtnl, "peer0");
	tap_eq_int(link_add_addr(rtnl, &peer0, &taken, true, &e), 0);
	tap_eq_int(link_add_addr(rtnl, &eth0, &mine, false, &e), 0);
	tap_eq_int(link_wait_addr(rtnl, &eth0, &mine.addr, clock_now_ms(), -1, &e), -ETIMEDOUT);
	tap_eq_int(link_wait_addr(rtnl, &eth0, &mine.addr, clock_now_ms() + 20000, -1, &e), 0);
	tap_eq_int(link_add_addr(rtnl, &eth0, &taken, false, &e), 0);
	tap_eq_int(link_wait_addr(rtnl, &eth0, &taken.addr, clock_now_ms() + 20000, -1, &e),
		-EADDRINUSE);
	tap_eq_text(e.text, "eth0: another host on this link has 2001:db8::2");
	tap_eq_int(link_wait_addr(rtnl, &eth1, &mine.addr, clock_now_ms() + 20000, -1, &e),
		-EADDRNOTAVAIL);
	tap_eq_int(link_add_addr(rtnl, &eth0, &four, false, &e), 0);
	tap_eq_int(link_wait_addr(rtnl, &eth0, &four.addr, clock_now_ms(), -1, &e), 0);
}

static void a_default_route_is_replaced_by_the_next(void)
{
	struct link eth0, eth1;
	struct net_prefix four = prefix("10.0.0.10/24"), six = prefix("2001:db8::10/64");
	static const char *const gateways[] = { "10.0.0.1", "10.0.0.2", "10.0.0.2", "2001:db8::1",
		"fe80::1", "fe80::1" };

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	tap_eq_int(link_add_addr(rtnl, &eth0, &four, true, &e), 0);
	tap_eq_int(link_add_addr(rtnl, &eth0, &six, true, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(gateways); i++) {
		struct net_addr gateway = addr(gateways[i]);
		if (link_add_default_route(rtnl, &eth0, &gateway, false, &e) < 0)
			tap_fail(__FILE__, __LINE__, "%s", e.text);
	}
	tap_eq_text(netns_output("ip route show default | sed 's/ *$//'"),
		"default via 10.0.0.2 dev eth0 proto static\n");
	tap_eq_text(netns_output("ip -6 route show default | sed 's/ *$//'"),
		"default via fe80::1 dev eth0 proto static metric 512 pref medium\n");
}

static void default_gateways_are_those_of_the_main_table(void)
{
	if (!netns_new())
		return;
	netns_run("ip link add eth0 type veth peer name peer0; ip link set eth0 up; ip link set "
		  "peer0 up;"
		  "ip address add 10.0.3.2/24 dev eth0; ip address add fd00::2/64 dev eth0 nodad;"
		  "ip link add eth1 type veth peer name peer1; ip link set eth1 up; ip link set "
		  "peer1 up;"
		  "ip address add 10.0.4.2/24 dev eth1");
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	const uint32_t eth0 = read_link(rtnl, "eth0").index, eth1 = read_link(rtnl, "eth1").index;
	const struct net_addr four = addr("10.0.3.1"), six = addr("fd00::1"),
			      two = addr("10.0.4.1");
	struct gateway_route found[GATEWAYS_MAX];
	size_t n = 9;

	tap_eq_int(gateways_read(rtnl, found, &n, &e), 0);
	tap_eq_int(n, 0);
	netns_run("ip route add default via 10.0.3.1; ip route add 10.9.0.0/16 via 10.0.3.9;"
		  "ip route add default via 10.0.3.7 table 77; ip -6 route add default via fd00::1;"
		  "ip route add unreachable default metric 4000; ip route add default dev eth1 "
		  "metric 9");
	tap_eq_int(gateways_read(rtnl, found, &n, &e), 0);
	tap_eq_int(n, 2);
	tap_ok(net_addr_equal(&found[0].addr, &four) && found[0].index == eth0);
	tap_ok(net_addr_equal(&found[1].addr, &six) && found[1].index == eth0);
	netns_run("ip -6 route del default; ip route replace default nexthop via 10.0.4.1 nexthop "
		  "via 10.0.3.1");
	tap_eq_int(gateways_read(rtnl, found, &n, &e), 0);
	tap_eq_int(n, 1);
	tap_ok(net_addr_equal(&found[0].addr, &two) && found[0].index == eth1);
	netns_run("for i in $(seq 100 130); do ip route add default via 10.0.3.$i metric $i; done");
	tap_eq_int(gateways_read(rtnl, found, &n, &e), 0);
	tap_eq_int(n, GATEWAYS_MAX);
}

static void a_gateway_outside_the_network_wants_onlink(void)
{
	struct link eth0, eth1;
	struct net_prefix four = prefix("10.0.0.10/24"), six = prefix("2001:db8::10/64");
	struct net_addr far = addr("192.0.2.1"), far6 = addr("2001:db8:9::1");

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	tap_eq_int(link_add_addr(rtnl, &eth0, &four, true, &e), 0);
	tap_eq_int(link_add_addr(rtnl, &eth0, &six, true, &e), 0);
	tap_ok(link_add_default_route(rtnl, &eth0, &far, false, &e) < 0);
	tap_contains(e.text, "eth0: add route to default via 192.0.2.1: Network is unreachable");
	tap_eq_int(link_add_default_route(rtnl, &eth0, &far, true, &e), 0);
	tap_ok(link_add_default_route(rtnl, &eth0, &far6, false, &e) < 0);
	tap_contains(e.text, "eth0: add route to default via 2001:db8:9::1: ");
	tap_eq_int(link_add_default_route(rtnl, &eth0, &far6, true, &e), 0);
	tap_contains(netns_output("ip route; ip -6 route"),
		"default via 192.0.2.1 dev eth0 proto static onlink");
	tap_contains(netns_output("ip -6 route"),
		"default via 2001:db8:9::1 dev eth0 proto static metric 512 onlink");
}

static void a_route_may_have_a_gateway_or_none(void)
{
	struct link eth0, eth1;
	struct net_prefix four = prefix("10.0.0.10/24"), dst = prefix("192.0.2.77/24");
	struct net_prefix lone = prefix("198.51.100.1/32");
	struct net_addr gateway = addr("10.0.0.1"), unset = { .family = 0 }, six = addr("fe80::1");

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	tap_eq_int(link_add_addr(rtnl, &eth0, &four, true, &e), 0);
	tap_eq_int(link_add_route(rtnl, &eth0, &dst, &gateway, false, &e), 0);
	tap_eq_int(link_add_route(rtnl, &eth0, &lone, &unset, false, &e), 0);
	tap_contains(netns_output("ip route"), "192.0.2.0/24 via 10.0.0.1 dev eth0 proto static");
	tap_contains(netns_output("ip route"), "198.51.100.1 dev eth0 proto static scope link");
	tap_eq_int(link_add_route(rtnl, &eth0, &dst, &six, false, &e), -EINVAL);
	tap_eq_text(e.text, "eth0: add route to 192.0.2.0/24 via fe80::1: destination and gateway: "
			    "Invalid argument");
}

static void flushing_takes_what_is_on_these_links_and_nothing_else(void)
{
	struct link eth0, eth1;

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	netns_run("ip addr add 10.0.0.1/24 dev eth0; ip addr add 10.0.0.2/24 dev eth0;"
		  "ip addr add 10.9.0.1 peer 10.9.0.2/32 dev eth0; ip addr add 2001:db8::1/64 dev "
		  "eth0 nodad;"
		  "ip addr add 10.0.1.1/24 dev eth1; ip addr add 2001:db8:1::1/64 dev eth1 nodad");
	netns_run(
		"ip route add default via 10.0.0.9; ip route add default via 10.0.0.9 metric 7;"
		"ip -6 route add default via fe80::9 dev eth0; ip route add 192.0.2.0/24 dev eth0;"
		"ip route add 198.51.100.0/24 nexthop via 10.0.1.9 nexthop via 10.0.0.9;"
		"ip -6 route add 2001:db8:7::/48 via 2001:db8::9;"
		"ip route add default via 10.0.1.9 metric 9; ip -6 route add default via fe80::9 "
		"dev eth1 metric 9;"
		"ip nexthop add id 7 via 10.0.0.9 dev eth0; ip route add 203.0.113.0/24 nhid 7");
	/* Link-local addresses come when the carrier does. */
	for (int i = 0; i < 2000 && !strstr(netns_output("ip -6 -o addr show dev eth0"), "fe80:");
		i++)
		usleep(10000);
	_cleanup_links_ struct links links = read_links(rtnl, NULL);
	for (int i = 0; i < 2; i++)
		if (links_flush(rtnl, &links, &eth0.index, 1, &e) < 0)
			tap_fail(__FILE__, __LINE__, "%s", e.text);
	tap_eq_text(netns_output("ip -4 -o addr show dev eth0"), "");
	tap_eq_text(netns_output("ip -6 -o addr show dev eth0 scope global"), "");
	tap_contains(netns_output("ip -6 -o addr show dev eth0"), "fe80:");
	tap_eq_text(netns_output("ip route | sed 's/ *$//'"),
		"default via 10.0.1.9 dev eth1 metric 9\n"
		"10.0.1.0/24 dev eth1 proto kernel scope link src 10.0.1.1\n");
	const char *six = netns_output("ip -6 route show dev eth0");
	tap_contains(six, "fe80::/64");
	tap_ok(!strstr(six, "2001:") && !strstr(six, "default"));
	six = netns_output("ip -6 route show dev eth1");
	tap_contains(six, "default via fe80::9");
	tap_contains(six, "2001:db8:1::/64");
	tap_contains(netns_output("ip -4 -o addr show dev eth1"), "10.0.1.1/24");
	uint32_t both[] = { eth0.index, eth1.index };
	tap_eq_int(links_flush(rtnl, &links, both, 2, &e), 0);
	tap_eq_text(netns_output("ip route; ip -6 addr show scope global; ip -4 addr"), "");
}

static void links_go_up_and_down_and_have_an_mtu(void)
{
	struct link eth0, eth1;

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	for (int i = 0; i < 2; i++)
		tap_eq_int(link_set_up(rtnl, &eth0, false, &e), 0);
	tap_ok(!read_link(rtnl, "eth0").up && read_link(rtnl, "eth1").up);
	tap_eq_int(link_set_up(rtnl, &eth0, true, &e), 0);
	tap_ok(read_link(rtnl, "eth0").up);
	tap_eq_int(link_set_mtu(rtnl, &eth0, 1280, &e), 0);
	tap_eq_int(read_link(rtnl, "eth0").mtu, 1280);
	tap_eq_int(link_set_mtu(rtnl, &eth0, 1, &e), -EINVAL);
	tap_contains(e.text, "eth0: set MTU 1: Invalid argument (");
	netns_run("ip link del eth0");
	tap_eq_int(link_set_up(rtnl, &eth0, true, &e), -ENODEV);
	tap_contains(e.text, "eth0: set up: No such device");
}

/* What a child without privileges met: `code: text`. */
static const char *unprivileged(void (*act)(struct rtnetlink *rtnl))
{
	static char text[ERROR_TEXT_MAX];
	int fds[2];
	ssize_t n = 0;

	tap_eq_int(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct rtnetlink *rtnl = new_rtnl();
		e = ERROR_INIT;
		if (setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0)
			act(rtnl);
		_exit(write(fds[1], e.text, strlen(e.text)) < 0);
	}
	close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	netns_join(pid);
	return text;
}

static void act_addr(struct rtnetlink *rtnl)
{
	struct link eth0 = read_link(rtnl, "eth0");
	struct net_prefix p = prefix("10.0.3.200/25");

	tap_eq_int(link_add_addr(rtnl, &eth0, &p, false, &e), -EPERM);
}

static void act_route(struct rtnetlink *rtnl)
{
	struct link eth0 = read_link(rtnl, "eth0");
	struct net_addr gateway = addr("10.0.0.1");

	tap_eq_int(link_add_default_route(rtnl, &eth0, &gateway, false, &e), -EPERM);
}

static void act_up(struct rtnetlink *rtnl)
{
	struct link eth0 = read_link(rtnl, "eth0");

	tap_eq_int(link_set_up(rtnl, &eth0, true, &e), -EPERM);
}

static void act_flush(struct rtnetlink *rtnl)
{
	_cleanup_links_ struct links links = read_links(rtnl, NULL);
	struct link eth0 = read_link(rtnl, "eth0");

	tap_eq_int(links_flush(rtnl, &links, &eth0.index, 1, &e), -EPERM);
}

static void act_bond(struct rtnetlink *rtnl)
{
	struct link eth0 = read_link(rtnl, "eth0"), bond;

	tap_eq_int(bond_new(rtnl, BOND_802_3AD, &eth0, 1, &bond, &e), -EPERM);
}

static void without_privilege_each_change_says_what_was_not_permitted(void)
{
	struct link eth0, eth1;
	static const struct {
		void (*act)(struct rtnetlink *rtnl);
		const char *text;
	} rows[] = { { act_addr, "eth0: add 10.0.3.200/25: Operation not permitted" },
		{ act_route, "eth0: add route to default via 10.0.0.1: Operation not permitted" },
		{ act_up, "eth0: set up: Operation not permitted" },
		{ act_flush, "eth0: remove route to 10.0.0.0/24: Operation not permitted" },
		{ act_bond, "bond0: create: Operation not permitted" } };

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	tap_ok(rtnl != NULL);
	netns_run("ip addr add 10.0.0.10/24 dev eth0");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tap_eq_text(unprivileged(rows[i].act), rows[i].text);
}

/* A socket serves on after a request that failed. */
static void a_failed_request_does_not_disturb_the_next(void)
{
	struct link eth0, eth1;
	struct link gone = { .index = 9999, .name = "gone" };

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&eth0, &eth1);
	for (int i = 0; i < 100; i++) {
		tap_eq_int(link_set_up(rtnl, &gone, true, &e), -ENODEV);
		tap_eq_int(link_set_up(rtnl, &eth0, i % 2, &e), 0);
		tap_eq_int(read_link(rtnl, "eth0").up, i % 2);
	}
}

/* --- bonds --- */

static void a_link_called_bond0_that_is_no_bond_is_not_removed(void)
{
	bool removed = true;

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = new_rtnl();
	struct bond_info info;
	tap_eq_int(bond_delete(rtnl, &removed, &e), 0);
	tap_ok(!removed);
	netns_run("ip link add bond0 type bridge");
	tap_eq_int(bond_delete(rtnl, &removed, &e), -EEXIST);
	tap_eq_text(e.text, "bond0: a link has this name, and it is not a bond");
	tap_eq_int(bond_read(rtnl, read_link(rtnl, "bond0").index, &info, &e), -EMEDIUMTYPE);
}

/*
 * Makes a bond of eth0 and eth1. False where the kernel has no bonding: then the sentence is what
 * is tested. A machine-level test runs this program on a kernel that has it.
 */
static bool new_bond(struct rtnetlink *rtnl, enum bond_mode mode, const struct link members[2],
	struct link *ret_bond)
{
	int r = bond_new(rtnl, mode, members, 2, ret_bond, &e);

	if (r == -EOPNOTSUPP) {
		tap_eq_text(e.text, "bond0: this kernel has no bonding module loaded "
				    "(try `modprobe bonding`)");
		tap_ok(read_link(rtnl, "eth0").up);
		return false;
	}
	if (r < 0)
		tap_fail(__FILE__, __LINE__, "%s: %s", bond_mode_text(mode), e.text);
	return r == 0;
}

static void a_bond_is_made_and_removed_in_each_mode(void)
{
	struct link members[2], bond;
	struct bond_info info;
	bool removed = false;

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&members[0], &members[1]);
	for (int mode = 0; mode < BOND_MODES; mode++) {
		if (!new_bond(rtnl, (enum bond_mode)mode, members, &bond))
			return;
		tap_eq_int(bond_read(rtnl, bond.index, &info, &e), 0);
		tap_eq_int(info.mode, mode);
		tap_eq_int(info.members, 2);
		tap_ok(bond.up && !info.has_partner);
		/* The bond has the first one's MAC; each member keeps its own for us. */
		tap_eq_bytes(bond.mac, 6, members[0].mac, 6);
		struct link eth1 = read_link(rtnl, "eth1");
		tap_ok(eth1.bond_member && eth1.up && eth1.master == bond.index);
		tap_eq_bytes(eth1.mac, 6, members[1].mac, 6);
		const char *shown = netns_output("ip -d link show bond0");
		tap_contains(shown, bond_mode_text((enum bond_mode)mode));
		tap_contains(shown, "miimon 100 ");
		if (mode == BOND_802_3AD)
			tap_contains(shown, "lacp_rate fast");
		/* It is not made twice, and what is there stays. */
		tap_eq_int(bond_new(rtnl, (enum bond_mode)mode, members, 2, &bond, &e), -EEXIST);
		tap_contains(e.text, "bond0: create: File exists");
		tap_eq_int(read_link(rtnl, "eth1").master, bond.index);
		tap_eq_int(bond_delete(rtnl, &removed, &e), 0);
		eth1 = read_link(rtnl, "eth1");
		tap_ok(removed && eth1.master == 0 && !eth1.bond_member);
		tap_eq_bytes(eth1.mac, 6, members[1].mac, 6);
	}
}

/* As the module makes it when it is loaded. */
static void an_empty_bond0_is_replaced(void)
{
	struct link members[2], bond;
	struct bond_info info;

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&members[0], &members[1]);
	if (system("ip link add bond0 type bond mode broadcast 2>/dev/null") != 0)
		tap_ok(!new_bond(rtnl, BOND_802_3AD, members, &bond));
	else if (new_bond(rtnl, BOND_802_3AD, members, &bond))
		tap_ok(bond_read(rtnl, bond.index, &info, &e) == 0 && info.mode == BOND_802_3AD &&
			info.members == 2);
}

static void a_member_that_cannot_be_had_undoes_the_bond(void)
{
	struct link members[2], bond;
	_cleanup_links_ struct links links = LINKS_INIT;

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&members[0], &members[1]);
	members[1].index = 9999;
	int r = bond_new(rtnl, BOND_ACTIVE_BACKUP, members, 2, &bond, &e);
	tap_ok(r == -ENODEV || r == -EOPNOTSUPP);
	tap_contains(e.text, r == -ENODEV ? "eth1: set down: No such device" : "modprobe bonding");
	links = read_links(rtnl, NULL);
	tap_ok(!links_by_name(&links, "bond0"));
	tap_eq_int(links_by_name(&links, "eth0")->master, 0);
}

static void an_lacp_partner_is_waited_for(void)
{
	struct link members[2], bond;
	struct bond_info info;
	int64_t start;

	if (!netns_new())
		return;
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = two_links(&members[0], &members[1]);
	if (!new_bond(rtnl, BOND_802_3AD, members, &bond))
		return;
	start = clock_now_ms();
	tap_eq_int(bond_wait_partner(rtnl, bond.index, start + 500, -1, &info, &e), 0);
	tap_ok(!info.has_partner && clock_now_ms() - start >= 500);
	netns_run("ip link add other address 02:00:00:00:00:77 type bond mode 802.3ad miimon 100"
		  " lacp_rate fast; for i in 0 1; do ip link set peer$i down;"
		  "ip link set peer$i master other; done; ip link set other up");
	start = clock_now_ms();
	tap_eq_int(bond_wait_partner(rtnl, bond.index, start + 20000, -1, &info, &e), 0);
	tap_ok(info.has_partner && clock_now_ms() - start < 20000);
	const uint8_t mac[] = { 2, 0, 0, 0, 0, 0x77 };
	tap_eq_bytes(info.partner, sizeof(info.partner), mac, sizeof(mac));
	printf("# partner after %d ms\n", (int)(clock_now_ms() - start));
	tap_ok(info.ports >= 1 && info.members_up == 2);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_snapshot_tells_what_the_links_are),
		TAP_TEST(speed_and_duplex_come_by_ioctl_where_sysfs_shows_others),
		TAP_TEST(sysfs_is_believed_about_the_same_link_only),
		TAP_TEST(links_are_waited_for_until_the_last_one_has_carrier),
		TAP_TEST(a_flapping_link_counts_once_it_is_up),
		TAP_TEST(a_wait_ends_at_its_deadline_and_counts_down),
		TAP_TEST(a_wait_ends_early_when_the_caller_has_enough_or_a_link_is_gone),
		TAP_TEST(a_wait_is_interrupted_by_its_descriptor),
		TAP_TEST(sixty_four_links_come_up_together),
		TAP_TEST(lost_events_ring_too),
		TAP_TEST(an_address_is_added_once_however_often),
		TAP_TEST(an_ipv6_address_is_awaited_or_found_taken),
		TAP_TEST(a_default_route_is_replaced_by_the_next),
		TAP_TEST(default_gateways_are_those_of_the_main_table),
		TAP_TEST(a_gateway_outside_the_network_wants_onlink),
		TAP_TEST(a_route_may_have_a_gateway_or_none),
		TAP_TEST(flushing_takes_what_is_on_these_links_and_nothing_else),
		TAP_TEST(links_go_up_and_down_and_have_an_mtu),
		TAP_TEST(without_privilege_each_change_says_what_was_not_permitted),
		TAP_TEST(a_failed_request_does_not_disturb_the_next),
		TAP_TEST(a_link_called_bond0_that_is_no_bond_is_not_removed),
		TAP_TEST(a_bond_is_made_and_removed_in_each_mode),
		TAP_TEST(an_empty_bond0_is_replaced),
		TAP_TEST(a_member_that_cannot_be_had_undoes_the_bond),
		TAP_TEST(an_lacp_partner_is_waited_for),
		{ 0 },
	};
	return tap_run(tests);
}
