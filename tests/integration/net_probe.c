/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs only the network probes of `remote static` and `remote dhcp`; the integration tests run it
 *in namespaces of their own.
 *
 *	net_probe dhcp [-d] [-c] [-l LIMIT_MS] LINK[=SPEED]...
 *	net_probe ask [-s] [-l LIMIT_MS] GATEWAY LINK...
 *	net_probe conflict ADDRESS LINK...
 *
 * Results are `key=value` lines on stdout; lines for the operator go to stderr. Exit codes: 0, 1
 * for an error, 3 for an address that is taken. It also is the DHCP role, which is started by
 * executing the same program again. SIGTERM interrupts it by a descriptor.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "neighbour/conflict.h"
#include "neighbour/evidence.h"
#include "setup/dhcp_parent.h"
#include "setup/dhcp_role.h"

#define EXIT_TAKEN 3

struct probe {
	struct candidate links[CANDIDATES_MAX];
	size_t n;
	struct net_addr address;
	struct packet_wait wait;
	int64_t limit_ms;
	bool discover_only, check, all;
	int control; /* an ordinary socket, to ask for flags */
};

static void line(void *context, const char *text)
{
	log_line("%s", text);
}

static void tick(void *context, int64_t left_ms)
{
	log_line("%lld s left", (long long)((left_ms + 500) / 1000));
}

static bool has_carrier(const struct probe *p, const char *name)
{
	struct ifreq request = { .ifr_flags = 0 };

	memcpy(request.ifr_name, name, sizeof(request.ifr_name));
	return ioctl(p->control, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING);
}

static int carrier(void *context, struct candidate *links, size_t n, struct error *error)
{
	struct probe *p = context;
	char waste[8192];

	while (recv(p->wait.carrier_fd, waste, sizeof(waste), MSG_DONTWAIT) > 0)
		;
	for (size_t i = 0; i < n; i++)
		links[i].carrier = has_carrier(p, links[i].name);
	return 0;
}

static int add_link(struct probe *p, char *text)
{
	struct candidate *link = &p->links[p->n];
	struct ifreq request = { .ifr_flags = 0 };
	char *speed = strchr(text, '=');

	if (speed)
		*speed++ = '\0';
	if (p->n == CANDIDATES_MAX || strlen(text) >= sizeof(link->name))
		return -EINVAL;
	strcpy(link->name, text);
	link->index = (int)if_nametoindex(text);
	link->speed = speed ? (unsigned)atoi(speed) : 0;
	link->carrier = has_carrier(p, text);
	strcpy(request.ifr_name, text);
	if (link->index == 0 || ioctl(p->control, SIOCGIFHWADDR, &request) < 0)
		return -errno;
	memcpy(link->mac, request.ifr_hwaddr.sa_data, sizeof(link->mac));
	p->n++;
	return 0;
}

static int open_descriptors(struct probe *p)
{
	struct sockaddr_nl groups = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	p->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	p->wait = PACKET_WAIT_INIT;
	p->wait.interrupt_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	p->wait.carrier_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	p->wait.carrier = carrier;
	p->wait.tick = tick;
	p->wait.context = p;
	return bind(p->wait.carrier_fd, (struct sockaddr *)&groups, sizeof(groups));
}

static void print_addrs(const char *key, const struct net_addr *addrs, size_t n)
{
	char text[NET_ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		net_addr_format(&addrs[i], text);
		printf("%s=%s\n", key, text);
	}
}

static void print_lease(const struct probe *p, const struct dhcp_parent_result *result)
{
	const struct dhcp_lease *lease = &result->lease;
	char text[NET_PREFIX_TEXT_MAX], via[NET_ADDR_TEXT_MAX] = "link";

	net_prefix_format(&lease->address, text);
	printf("link=%s\naddress=%s\nmtu=%u\nhostname=%s\n", p->links[result->link].name, text,
		lease->mtu, lease->hostname);
	print_addrs("router", lease->routers, lease->n_routers);
	for (size_t i = 0; i < lease->n_routes; i++) {
		net_prefix_format(&lease->routes[i].to, text);
		if (lease->routes[i].via.family != 0)
			net_addr_format(&lease->routes[i].via, via);
		printf("route=%s via %s\n", text, via);
	}
}

static int probe_dhcp(struct probe *p, struct error *error)
{
	struct role_launcher launcher = ROLE_LAUNCHER_INIT;
	struct dhcp_parent_config config = { .links = p->links,
		.n = p->n,
		.discover_only = p->discover_only,
		.check = p->check,
		.limit_ms = p->limit_ms,
		.wait = p->wait,
		.line = line };
	static struct dhcp_parent_result result;
	int r = role_launcher_init(&launcher, error);

	if (r == 0)
		r = dhcp_parent_run(&launcher, &config, &result, error);
	role_launcher_deinit(&launcher);
	if (r == 0 && !p->discover_only)
		print_lease(p, &result);
	for (size_t i = 0; r == 0 && i < p->n; i++)
		if (result.offered[i])
			printf("offered=%s\n", p->links[i].name);
	return r;
}

static int probe_ask(struct probe *p, struct error *error)
{
	static struct evidence e;
	char mac[NET_MAC_TEXT_MAX];
	int64_t now_ms = clock_now_ms();

	evidence_init(&e, &p->address, p->links, p->n, now_ms + p->limit_ms,
		p->all ? CLOCK_NEVER : EVIDENCE_SETTLE_MS, now_ms);
	int r = evidence_run(&e, &p->wait, error);
	for (size_t i = 0; r == 0 && i < e.n; i++) {
		if (!e.seen[i].answered)
			continue;
		net_mac_format(e.seen[i].mac, mac);
		printf("answered=%s %s after %lld\n", e.links[i].name, mac,
			(long long)e.seen[i].answer_ms);
	}
	return r;
}

static int parse(struct probe *p, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "dcsl:")) >= 0)
		switch (option) {
		case 'd':
			p->discover_only = true;
			break;
		case 'c':
			p->check = true;
			break;
		case 's':
			p->all = true;
			break;
		case 'l':
			p->limit_ms = atoll(optarg);
			break;
		default:
			return -EINVAL;
		}
	return 0;
}

int main(int argc, char **argv)
{
	static struct probe p = { .limit_ms = DHCP_LIMIT_MS };
	struct error error = ERROR_INIT;
	int r = 0;

	if (strcmp(argv[0], DHCP_ROLE_NAME) == 0)
		return dhcp_role_main();
	if (argc < 3 || open_descriptors(&p) < 0 || parse(&p, argc - 1, argv + 1) < 0)
		return 2;
	char **words = argv + 1 + optind;
	if (strcmp(argv[1], "dhcp") != 0 && net_addr_parse(*words++, &p.address) < 0)
		return 2;
	for (; *words; words++)
		if (add_link(&p, *words) < 0)
			return 2;
	int64_t start_ms = clock_now_ms();
	if (strcmp(argv[1], "dhcp") == 0)
		r = probe_dhcp(&p, &error);
	else if (strcmp(argv[1], "ask") == 0)
		r = probe_ask(&p, &error);
	else
		r = conflict_run(p.links, p.n, 0, &p.address, &p.wait, NULL, &error);
	printf("ms=%lld\n", (long long)(clock_now_ms() - start_ms));
	if (r != 0)
		log_line("error %d: %s", r, error.text);
	return r == CONFLICT_E_TAKEN ? EXIT_TAKEN : r != 0;
}
