/* SPDX-License-Identifier: BSD-2-Clause */
/* net/: addresses, prefixes, the allow-list, and TCP over loopback. */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "base/clock.h"
#include "net/addr.h"
#include "net/allow.h"
#include "net/hostname.h"
#include "net/tcp.h"

/* How long a step over loopback may take, in milliseconds. */
#define STEP_MS 20000

static struct net_addr addr(const char *text)
{
	struct net_addr a = { .family = 0 };

	if (net_addr_parse_scoped(text, &a) < 0)
		tap_fail(__FILE__, __LINE__, "no address: %s", text);
	return a;
}

static void addresses_become_their_canonical_text(void)
{
	static const char *const rows[][2] = { { "10.0.0.1", "10.0.0.1" }, { "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" }, { "::", "::" }, { "::1", "::1" },
		{ "2001:DB8::0001", "2001:db8::1" }, { "::ffff:10.0.0.1", "10.0.0.1" },
		{ "::FFFF:a00:1", "10.0.0.1" }, { "0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4" },
		{ "::10.0.0.1", "::a00:1" }, { "::1:0", "::1:0" }, { "1::", "1::" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" }, { "::ffff:0:1", "0.0.0.1" },
		{ "64:ff9b::1.2.3.4", "64:ff9b::102:304" }, { "fe80::1", "fe80::1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_addr a;
		char text[NET_ADDR_TEXT_MAX];
		tap_eq_int(net_addr_parse(rows[i][0], &a), 0);
		net_addr_format(&a, text);
		tap_eq_text(text, rows[i][1]);
	}
}

static void addresses_are_strict(void)
{
	static const char *const bad[] = { "", " 10.0.0.1", "10.0.0.1 ", "10.0.0.1\n", "10.0.0.01",
		"010.0.0.1", "10.0.0.256", "10.0.0", "10.0.0.", ".10.0.0.1", "10.0.0.1.",
		"10.0.0.1.2", "10.1", "167772161", "0xa.0.0.1", "10.0.0.0x1", "10.0.0.-1",
		"10.0.0.+1", "10.0..1", "10.0.0.0000", "10.0.0.1/32", "1.2.3.4:80", "localhost",
		"[::1]", "::1%lo", "fe80::1%1", ":", ":::", "::1::", "1::2::3", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8",
		":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "00001::", "g::", "::ffff:10.0.0.01",
		"::ffff:10.0.0", "::ffff:10.0.0.256", "::10.0.0.1:1", "1::/64", "10.0.0.1\xc2\xa0",
		"\xd9\xa1.0.0.1", "::1 ", "-::1" };
	struct net_addr a = { .family = 99 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (net_addr_parse(bad[i], &a) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "\"%s\" is taken", bad[i]);
	tap_eq_int(a.family, 99);
}

static void only_link_local_addresses_have_a_scope(void)
{
	struct net_addr a = { .family = 99 };
	char text[NET_ENDPOINT_TEXT_MAX];
	unsigned lo = if_nametoindex("lo");

	tap_eq_int(net_addr_parse_scoped("fe80::1%lo", &a), 0);
	tap_eq_int(a.scope, lo);
	net_endpoint_format(&a, 2009, text);
	tap_eq_text(text, "[fe80::1%lo]:2009");
	tap_eq_int(net_addr_parse_scoped("fe80::1%1", &a), 0);
	tap_eq_int(a.scope, 1);
	tap_eq_int(net_addr_parse_scoped("::ffff:10.0.0.1", &a), 0);
	tap_eq_int(a.scope, 0);
	a.family = 99;
	tap_eq_int(net_addr_parse_scoped("fe80::1%", &a), -EINVAL);
	tap_eq_int(net_addr_parse_scoped("::1%lo", &a), -EINVAL);
	tap_eq_int(net_addr_parse_scoped("10.0.0.1%lo", &a), -EINVAL);
	tap_eq_int(net_addr_parse_scoped("%lo", &a), -EINVAL);
	tap_eq_int(net_addr_parse_scoped("fec0::1%lo", &a), -EINVAL);
	tap_eq_int(net_addr_parse_scoped("fe80::1%nosuchlink", &a), -ENODEV);
	tap_eq_int(net_addr_parse_scoped("fe80::1%lo%lo", &a), -ENODEV);
	tap_eq_int(net_addr_parse_scoped("fe80::1%2000000000", &a), -ENODEV);
	tap_eq_int(net_addr_parse_scoped("fe80::1%4294967297", &a), -ENODEV);
	tap_eq_int(a.family, 99);
}

static void prefixes_keep_their_host_bits_and_know_their_network(void)
{
	static const char *const rows[][3] = { { "10.0.2.10/26", "10.0.2.10/26", "10.0.2.0/26" },
		{ "10.0.0.1/0", "10.0.0.1/0", "0.0.0.0/0" },
		{ "10.0.0.1/32", "10.0.0.1/32", "10.0.0.1/32" },
		{ "10.255.255.255/9", "10.255.255.255/9", "10.128.0.0/9" },
		{ "10.0.0.255/31", "10.0.0.255/31", "10.0.0.254/31" },
		{ "::ffff:10.0.0.1/120", "10.0.0.1/24", "10.0.0.0/24" },
		{ "::ffff:10.0.0.1/96", "10.0.0.1/0", "0.0.0.0/0" },
		{ "::ffff:10.0.0.1/128", "10.0.0.1/32", "10.0.0.1/32" },
		{ "2001:DB8::10/64", "2001:db8::10/64", "2001:db8::/64" },
		{ "ffff:ffff::/0", "ffff:ffff::/0", "::/0" }, { "::1/128", "::1/128", "::1/128" },
		{ "::1/127", "::1/127", "::/127" }, { "fe80::1/10", "fe80::1/10", "fe80::/10" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_prefix p = { .len = 99 };
		char text[NET_PREFIX_TEXT_MAX];
		tap_eq_int(net_prefix_parse(rows[i][0], &p), 0);
		net_prefix_format(&p, text);
		tap_eq_text(text, rows[i][1]);
		p = net_prefix_network(&p);
		net_prefix_format(&p, text);
		tap_eq_text(text, rows[i][2]);
	}
}

static void prefixes_are_strict(void)
{
	static const char *const bad[] = { "", "/", "10.0.0.1", "10.0.0.1/", "/24", "10.0.0.1/33",
		"10.0.0.1/-1", "10.0.0.1/+1", "10.0.0.1/024", "10.0.0.1/ 24", "10.0.0.1/24 ",
		"10.0.0.1//24", "10.0.0.1/24/24", "::1/129", "::ffff:10.0.0.1/95",
		"::ffff:10.0.0.1/24", "::ffff:10.0.0.1/129", "10.0.0.1/255.255.255.0",
		"fe80::1%lo/64", "10.0.0.1m24", "10.0.0.1/18446744073709551640", "10.0.0.1/0x8" };
	struct net_prefix p = { .len = 99 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (net_prefix_parse(bad[i], &p) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "\"%s\" is taken", bad[i]);
	tap_eq_int(p.len, 99);
}

static void a_prefix_contains_its_family_only(void)
{
	static const struct {
		const char *prefix, *addr;
		bool contains;
	} rows[] = { { "0.0.0.0/0", "1.2.3.4", true }, { "0.0.0.0/0", "::1", false },
		{ "::/0", "1.2.3.4", false }, { "::/0", "::1", true },
		{ "10.0.0.0/9", "10.127.1.1", true }, { "10.0.0.0/9", "10.128.0.0", false },
		{ "10.0.0.7/32", "10.0.0.7", true }, { "10.0.0.7/32", "10.0.0.6", false },
		{ "fe80::/10", "fe80::1%lo", true }, { "2001:db8::/127", "2001:db8::2", false },
		{ "10.0.0.0/24", "::ffff:10.0.0.9", true } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_prefix p = { .len = 0 };
		struct net_addr a = addr(rows[i].addr);
		tap_eq_int(net_prefix_parse(rows[i].prefix, &p), 0);
		if (net_prefix_contains(&p, &a) != rows[i].contains)
			tap_fail(__FILE__, __LINE__, "%s in %s", rows[i].addr, rows[i].prefix);
	}
	struct net_prefix unset = { .len = 0 };
	tap_ok(!net_prefix_contains(&unset, &unset.addr));
}

static void an_m_stands_for_the_slash_and_a_lone_address_for_itself(void)
{
	static const char *const rows[][2] = { { "10.0.0.1m8", "10.0.0.0/8" },
		{ "::ffff:10.0.0.1", "10.0.0.1/32" }, { "::1", "::1/128" },
		{ "10.0.0.1", "10.0.0.1/32" }, { "fe80::1m64", "fe80::/64" },
		{ "0.0.0.0m0", "0.0.0.0/0" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_allow allow = { .n = 0 };
		struct error e = ERROR_INIT;
		char text[NET_PREFIX_TEXT_MAX];
		tap_eq_int(net_allow_add(&allow, rows[i][0], &e), 0);
		tap_eq_int(allow.n, 1);
		net_prefix_format(&allow.items[0], text);
		tap_eq_text(text, rows[i][1]);
	}
}

static void a_prefix_is_typed_with_what_keys_there_are(void)
{
	static const struct {
		const char *typed, *is;
	} good[] = {
		{ "10.0.2.10/24", "10.0.2.10/24" },
		{ "10.0.2.10m24", "10.0.2.10/24" },
		{ "10.0.2.10 24", "10.0.2.10/24" },
		{ "10.0.2.10.24", "10.0.2.10/24" },
		{ "  10.0.2.10   24  ", "10.0.2.10/24" },
		{ "10.0.2.10 / 24", "10.0.2.10/24" },
		{ "2001:DB8::1/64", "2001:db8::1/64" },
		{ "2001:db8::1m64", "2001:db8::1/64" },
		{ "2001:db8::1 64", "2001:db8::1/64" },
		{ "2001:db8::1.64", "2001:db8::1/64" },
		{ "::ffff:10.0.0.1.120", "10.0.0.1/24" },
	};
	static const char *const bad[] = { "", " ", "24", "/24", "10.0.2.10", "10.0.2.10/",
		"10.0.2.10 33", "10.0.2.1024", "10.0.2.10.024", "10.0.210/24", "10.0.2.10//24",
		"10.0.2.10 x24", "10.0.2.10	24", "fe80::1", "2001:db8::1:64", "10.0.2.10 24 24",
		"10.0.2.10.24.24", "10.0.2.10mm24",
		"1111:1111:1111:1111:1111:1111:1111:1111111111111111111111111111111111111111/64" };
	struct net_prefix prefix;
	char text[NET_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		tap_eq_int(net_prefix_parse_typed(good[i].typed, &prefix), 0);
		net_prefix_format(&prefix, text);
		tap_eq_text(text, good[i].is);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (net_prefix_parse_typed(bad[i], &prefix) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "taken: \"%s\"", bad[i]);
}

static void a_malformed_network_is_shown_printable_and_not_added(void)
{
	static const char *const rows[][2] = { { "", "malformed address: " },
		{ "10.0.0.0mm8", "malformed address: 10.0.0.0mm8" },
		{ "fe80::1%lo", "malformed address: fe80::1%lo" },
		{ "10.0.0.1\x1b[m", "malformed address: 10.0.0.1\\x1b[m" },
		{ "::ffff:10.0.0.1/24", "malformed address: ::ffff:10.0.0.1/24" } };
	struct net_allow allow = { .n = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = ERROR_INIT;
		tap_eq_int(net_allow_add(&allow, rows[i][0], &e), -EINVAL);
		tap_eq_text(e.text, rows[i][1]);
	}
	tap_eq_int(allow.n, 0);
}

static void an_allow_list_has_a_limit_and_an_empty_one_allows_nobody(void)
{
	struct net_allow allow = { .n = 0 };
	struct net_addr a = addr("10.0.0.1");
	struct error e = ERROR_INIT;

	tap_ok(!net_allow_contains(&allow, &a));
	for (int i = 0; i < NET_ALLOW_MAX; i++)
		tap_eq_int(net_allow_add(&allow, "192.0.2.0/24", &e), 0);
	tap_ok(!net_allow_contains(&allow, &a));
	tap_eq_int(net_allow_add(&allow, "10.0.0.1", &e), -E2BIG);
	tap_eq_int(allow.n, NET_ALLOW_MAX);
	allow.n--;
	tap_eq_int(net_allow_add(&allow, "10.0.0.1", &e), 0);
	tap_ok(net_allow_contains(&allow, &a));
}

static void addresses_go_to_the_kernel_and_back(void)
{
	static const char *const rows[][2] = { { "192.0.2.1", "192.0.2.1:2009" },
		{ "2001:db8::1", "[2001:db8::1]:2009" }, { "fe80::1%lo", "[fe80::1%lo]:2009" },
		{ "::", "[::]:2009" } };
	struct sockaddr_storage sa;
	uint16_t port = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_addr a = addr(rows[i][0]), back;
		char text[NET_ENDPOINT_TEXT_MAX];
		tap_eq_int(net_addr_to_sockaddr(&a, 2009, &sa),
			a.family == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		tap_eq_int(net_addr_from_sockaddr(&sa, &back, &port), 0);
		tap_ok(net_addr_equal(&a, &back));
		net_endpoint_format(&back, port, text);
		tap_eq_text(text, rows[i][1]);
	}
	sa = (struct sockaddr_storage){ .ss_family = AF_UNIX };
	struct net_addr kept = { .family = 99 };
	tap_eq_int(net_addr_from_sockaddr(&sa, &kept, &port), -EAFNOSUPPORT);
	tap_eq_int(kept.family, 99);
	tap_eq_int(net_addr_to_sockaddr(&(struct net_addr){ .family = 0 }, 1, &sa), 0);
}

static void a_mapped_peer_is_ipv4(void)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(7), .sin6_scope_id = 3
	};
	struct sockaddr_storage sa = { 0 };
	struct net_addr a;
	uint16_t port;

	inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr);
	memcpy(&sa, &in6, sizeof(in6));
	tap_eq_int(net_addr_from_sockaddr(&sa, &a, &port), 0);
	tap_eq_int(a.family, 4);
	tap_eq_int(a.scope, 0);
	tap_eq_int(port, 7);
}

/* Accepts within STEP_MS. */
static int accept_soon(int listen_fd, int *ret_fd, struct net_addr *ret_peer)
{
	struct pollfd p = { .fd = listen_fd, .events = POLLIN };
	struct error e = ERROR_INIT;
	uint16_t port;

	if (poll(&p, 1, STEP_MS) != 1)
		return -ETIMEDOUT;
	return net_accept(listen_fd, ret_fd, ret_peer, &port, &e);
}

static bool have_ipv6(void)
{
	int fd = -1;
	uint16_t port;
	struct error e = ERROR_INIT;
	struct net_addr a = addr("::1");

	if (net_listen(&a, 0, 1, &fd, &port, &e) < 0)
		return false;
	close(fd);
	return true;
}

static int option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, option, &value, &len) < 0 ? -1 : value;
}

static void check_socket(int fd)
{
	tap_ok(fcntl(fd, F_GETFL) & O_NONBLOCK);
	tap_ok(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	tap_ok(option_of(fd, IPPROTO_TCP, TCP_NODELAY) > 0);
}

/* Listens at @at, connects to @to: the peer is seen as @peer, or the connection is refused. */
static void check_connection(const char *at, const char *to, const char *peer)
{
	_cleanup_close_ int listener = -1, client = -1, server = -1;
	struct net_addr a = addr(at), b = addr(to), seen = { .family = 0 };
	struct error e = ERROR_INIT;
	char text[NET_ADDR_TEXT_MAX];
	uint16_t port = 0;

	tap_eq_int(net_listen(&a, 0, 4, &listener, &port, &e), 0);
	tap_ok(port > 0 && (fcntl(listener, F_GETFL) & O_NONBLOCK) &&
		(fcntl(listener, F_GETFD) & FD_CLOEXEC));
	if (a.family == 6)
		tap_eq_int(option_of(listener, IPPROTO_IPV6, IPV6_V6ONLY), strcmp(at, "::") != 0);
	tap_eq_int(net_accept(listener, &server, &seen, &port, &e), -EAGAIN);
	int r = net_connect(&b, port, clock_now_ms() + STEP_MS, &client, &e);
	if (!peer) {
		tap_eq_int(r, -ECONNREFUSED);
		tap_eq_int(client, -1);
		tap_eq_text(e.text, "connection refused: is stprov remote run waiting there?");
		return;
	}
	tap_eq_int(r, 0);
	tap_eq_int(accept_soon(listener, &server, &seen), 0);
	net_addr_format(&seen, text);
	tap_eq_text(text, peer);
	check_socket(client);
	check_socket(server);
}

static void a_connection_over_ipv4_is_taken(void)
{
	check_connection("127.0.0.1", "127.0.0.1", "127.0.0.1");
	check_connection("0.0.0.0", "127.0.0.1", "127.0.0.1");
	check_connection("127.0.0.2", "127.0.0.1", NULL);
}

static void a_connection_over_ipv6_is_taken(void)
{
	if (!have_ipv6()) {
		tap_skip("no IPv6 here");
		return;
	}
	check_connection("::1", "::1", "::1");
	check_connection("::1", "127.0.0.1", NULL);
}

static void all_zeros_of_ipv6_takes_ipv4_too_but_not_the_reverse(void)
{
	if (!have_ipv6()) {
		tap_skip("no IPv6 here");
		return;
	}
	check_connection("::", "::1", "::1");
	check_connection("::", "127.0.0.1", "127.0.0.1");
	check_connection("0.0.0.0", "::1", NULL);
}

static void listening_fails_with_a_sentence(void)
{
	_cleanup_close_ int listener = -1;
	struct net_addr lo = addr("127.0.0.1"), far = addr("192.0.2.1"), local = addr("fe80::1");
	struct error e = ERROR_INIT;
	uint16_t port, other = 99;
	int fd = -1;

	tap_eq_int(net_listen(&lo, 0, 4, &listener, &port, &e), 0);
	tap_eq_int(net_listen(&lo, port, 4, &fd, &other, &e), -EADDRINUSE);
	tap_eq_text(e.text, "address in use: does another program listen there?");
	tap_eq_int(net_listen(&far, 0, 4, &fd, &other, &e), -EADDRNOTAVAIL);
	tap_eq_text(e.text, "not an address of this machine");
	if (have_ipv6()) {
		tap_eq_int(net_listen(&local, 0, 4, &fd, &other, &e), -EINVAL);
		tap_eq_text(e.text, "a link-local address needs its interface: ADDRESS%INTERFACE");
	}
	tap_eq_int(fd, -1);
	tap_eq_int(other, 99);
}

static void a_port_can_be_listened_on_again_at_once(void)
{
	_cleanup_close_ int client = -1;
	struct net_addr lo = addr("127.0.0.1"), peer;
	struct error e = ERROR_INIT;
	int listener = -1, server = -1;
	uint16_t port;

	tap_eq_int(net_listen(&lo, 0, 4, &listener, &port, &e), 0);
	tap_eq_int(net_connect(&lo, port, clock_now_ms() + STEP_MS, &client, &e), 0);
	tap_eq_int(accept_soon(listener, &server, &peer), 0);
	/* The side that closes first keeps the port in TIME_WAIT. */
	close(server);
	close(listener);
	tap_eq_int(net_listen(&lo, port, 4, &listener, &port, &e), 0);
	close(listener);
}

/* A full backlog answers nothing: the kernel drops what comes after it. */
static void connecting_ends_at_its_deadline(void)
{
	_cleanup_close_ int listener = -1;
	struct net_addr lo = addr("127.0.0.1");
	struct error e = ERROR_INIT;
	int fds[8], n = 0, r = 0;
	uint16_t port;

	tap_eq_int(net_listen(&lo, 0, 0, &listener, &port, &e), 0);
	int64_t start = clock_now_ms();
	while (n < 8 && r == 0) {
		r = net_connect(&lo, port, clock_now_ms() + 150, &fds[n], &e);
		n += r == 0;
	}
	tap_eq_int(r, -ETIMEDOUT);
	tap_eq_text(e.text, "no answer");
	tap_ok(clock_now_ms() - start >= 150 && clock_now_ms() - start < STEP_MS);
	while (n > 0)
		close(fds[--n]);
}

/* By which rules a text is a host name, as `TDUKS`: typed, DHCP, URL, known_hosts, stored. */
static void what_a_host_name_is_follows_the_rule_for_its_origin(void)
{
	static const struct {
		const char *text, *rules;
	} rows[] = { { "a", "TDUKS" }, { "st.example.org", "TDUKS" }, { "A-1.B", "TDUKS" },
		{ "", "" }, { "a_b", "T-UKS" }, { "-a", "---KS" }, { ".a", "---KS" },
		{ "a-", "--UKS" }, { "a.-b", "---KS" }, { "a..b", "---KS" }, { "a.", "---KS" },
		{ "web01-.example.org", "--UKS" }, { "12", "-D-KS" }, { "a.12", "-D-KS" },
		{ "a.0x7F", "-D-KS" }, { "10.0.2.1", "-D-KS" }, { "a.0xg", "TDUKS" },
		{ "12.a", "TDUKS" }, { "fe80::1%eth0", "---KS" }, { "a b", "----S" },
		{ "a\n", "-----" }, { "\xc3\xa9", "----S" }, { "\xc3", "-----" }, { "*", "----S" },
		{ "a,b", "----S" }, { "|1|", "----S" } };
	static const char letters[] = "TDUKS";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int rule = NET_HOSTNAME_TYPED; rule <= NET_HOSTNAME_STORED; rule++) {
			bool good = strchr(rows[i].rules, letters[rule]) != NULL;
			if (net_hostname_check(rows[i].text, strlen(rows[i].text),
				    (enum net_hostname_rule)rule) != good)
				tap_fail(__FILE__, __LINE__, "\"%s\" by %c", rows[i].text,
					letters[rule]);
		}
	/* A NUL is a byte, not an end. */
	for (int rule = NET_HOSTNAME_TYPED; rule <= NET_HOSTNAME_STORED; rule++)
		tap_ok(!net_hostname_check("a\0b", 3, (enum net_hostname_rule)rule));
}

static void a_host_name_has_the_length_of_its_rule(void)
{
	static const size_t longest[] = { 253, 253, 253, 255, 255 };
	char text[257];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 64 == 63 ? '.' : 'a';
	for (int rule = NET_HOSTNAME_TYPED; rule <= NET_HOSTNAME_STORED; rule++) {
		tap_ok(net_hostname_check(text, longest[rule], (enum net_hostname_rule)rule));
		tap_ok(!net_hostname_check(text, longest[rule] + 1, (enum net_hostname_rule)rule));
	}
	/* A label of 63, and of one more. */
	memset(text, 'a', sizeof(text));
	for (int rule = NET_HOSTNAME_TYPED; rule <= NET_HOSTNAME_URL; rule++) {
		tap_ok(net_hostname_check(text, 63, (enum net_hostname_rule)rule));
		tap_ok(!net_hostname_check(text, 64, (enum net_hostname_rule)rule));
	}
}

static void what_is_wrong_with_a_host_name_has_a_reason(void)
{
	static const struct {
		const char *text, *reason;
	} rows[] = { { "", "it is empty" }, { "web01.", "a dot at an end" },
		{ "a..b", "two dots in a row" }, { "web01-.example.org", "ends with `-`" },
		{ "web 1", "other characters than letters, digits, `-`, `_` and `.`" },
		{ "10.0.2.1", "its last part is a number" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *reason = net_hostname_reason_against(
			rows[i].text, strlen(rows[i].text), NET_HOSTNAME_TYPED);
		if (!reason || !strstr(reason, rows[i].reason))
			tap_fail(__FILE__, __LINE__, "\"%s\": %s", rows[i].text, reason);
	}
}

static void networks_of_this_machine_alone_are_known(void)
{
	tap_ok(net_allow_is_loopback_only("127.0.0.1/32"));
	tap_ok(net_allow_is_loopback_only("127.0.0.0/8,::1"));
	tap_ok(net_allow_is_loopback_only(" 127.0.0.1, ::1/128 "));
	tap_ok(!net_allow_is_loopback_only("127.0.0.0/7"));
	tap_ok(!net_allow_is_loopback_only("127.0.0.1/32,10.0.2.0/24"));
	tap_ok(!net_allow_is_loopback_only("::/0"));
}

static void a_label_is_made_of_any_name(void)
{
	static const struct {
		const char *text, *label;
	} rows[] = { { "ABC123", "abc123" }, { "  S/N: 7 x  ", "s-n-7-x" }, { "--", "" },
		{ "", "" }, { "\xe9t\xe9", "t" },
		{ "0123456789012345678901234567890123456789012345678901234567890123456789",
			"012345678901234567890123456789012345678901234567890123456789012" } };
	char label[NET_HOSTNAME_LABEL_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_eq_int(net_hostname_label(rows[i].text, label), rows[i].label[0] != '\0');
		tap_eq_text(label, rows[i].label);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(addresses_become_their_canonical_text),
		TAP_TEST(addresses_are_strict),
		TAP_TEST(only_link_local_addresses_have_a_scope),
		TAP_TEST(prefixes_keep_their_host_bits_and_know_their_network),
		TAP_TEST(prefixes_are_strict),
		TAP_TEST(a_prefix_contains_its_family_only),
		TAP_TEST(an_m_stands_for_the_slash_and_a_lone_address_for_itself),
		TAP_TEST(a_prefix_is_typed_with_what_keys_there_are),
		TAP_TEST(a_malformed_network_is_shown_printable_and_not_added),
		TAP_TEST(an_allow_list_has_a_limit_and_an_empty_one_allows_nobody),
		TAP_TEST(addresses_go_to_the_kernel_and_back),
		TAP_TEST(a_mapped_peer_is_ipv4),
		TAP_TEST(a_connection_over_ipv4_is_taken),
		TAP_TEST(a_connection_over_ipv6_is_taken),
		TAP_TEST(all_zeros_of_ipv6_takes_ipv4_too_but_not_the_reverse),
		TAP_TEST(what_a_host_name_is_follows_the_rule_for_its_origin),
		TAP_TEST(a_host_name_has_the_length_of_its_rule),
		TAP_TEST(what_is_wrong_with_a_host_name_has_a_reason),
		TAP_TEST(a_label_is_made_of_any_name),
		TAP_TEST(networks_of_this_machine_alone_are_known),
		TAP_TEST(listening_fails_with_a_sentence),
		TAP_TEST(a_port_can_be_listened_on_again_at_once),
		TAP_TEST(connecting_ends_at_its_deadline),
		{ 0 },
	};
	return tap_run(tests);
}
