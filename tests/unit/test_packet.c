/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet/packet.h on a veth pair in a network namespace of its own: the frames that the kernel's
 * filters pass and drop. A good frame is sent after the bad ones: only it may arrive.
 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/macros.h"
#include "neighbour/ask.h"
#include "net_packets.h"
#include "packet/packet.h"

#define PATIENCE_MS 20000

/* Ours is the one that is listened on; the other end is where frames are put in. */
static struct candidate ours = { .name = "tp0" };
static int peer_fd = -1;

static bool set_up(void)
{
	static const char commands[] = "ip link add tp0 address 02:00:00:00:00:10 type veth "
				       "peer name tp1 address 02:00:00:00:00:01 && "
				       "ip link set tp0 up && ip link set tp1 up";
	struct sockaddr_ll peer = { .sll_family = AF_PACKET };

	if (unshare(CLONE_NEWNET) < 0 || system(commands) != 0)
		return false;
	ours.index = (int)if_nametoindex("tp0");
	memcpy(ours.mac, our_mac, 6);
	peer.sll_ifindex = (int)if_nametoindex("tp1");
	peer_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	return peer_fd >= 0 && bind(peer_fd, (struct sockaddr *)&peer, sizeof(peer)) == 0;
}

static void put(const uint8_t *frame, size_t len)
{
	if (send(peer_fd, frame, len, 0) != (ssize_t)len)
		tap_fail(__FILE__, __LINE__, "send: %s", strerror(errno));
}

/* The next frame that arrives; its length is 0 when none does. */
static struct packet take(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t deadline_ms = clock_now_ms() + PATIENCE_MS;
	static struct packet packet;

	packet.len = 0;
	while (clock_now_ms() < deadline_ms && poll(&p, 1, clock_until(deadline_ms)) == 1)
		if (packet_receive(fd, &packet) == 0)
			return packet;
	tap_fail(__FILE__, __LINE__, "nothing arrived");
	return packet;
}

/*
 * The kernel wakes a link's queue some time after its carrier is back (its link watch looks once
 * a second), and what is sent before that is lost: it is sent until one arrives.
 */
static void expect_in_the_end(int fd, const uint8_t *frame, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t deadline_ms = clock_now_ms() + PATIENCE_MS;
	static struct packet packet;

	while (clock_now_ms() < deadline_ms) {
		put(frame, len);
		if (poll(&p, 1, 50) == 1 && packet_receive(fd, &packet) == 0) {
			tap_eq_int(packet.len, len);
			return;
		}
	}
	tap_fail(__FILE__, __LINE__, "nothing arrived");
}

/* With a VLAN tag. */
static void put_tagged(const uint8_t *frame, size_t len, const char *tag)
{
	uint8_t tagged[PACKET_MAX];

	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, tag, 4);
	memcpy(tagged + 16, frame + 12, len - 12);
	put(tagged, len + 4);
}

struct change {
	size_t at;
	uint8_t value;
	const char *what;
};

/* Sends one changed frame after the other, then the good one: nothing else may arrive. */
static void only_the_good_one_arrives(
	int fd, const uint8_t *good, size_t len, const struct change *changes, size_t n)
{
	uint8_t frame[PACKET_MAX];
	struct packet rest;

	for (size_t i = 0; i < n; i++) {
		memcpy(frame, good, len);
		frame[changes[i].at] = changes[i].value;
		put(frame, len);
	}
	put_tagged(good, len, "\x81\x00\x00\x07");
	put(good, 30); /* cut short */
	put(good, len);
	struct packet packet = take(fd);
	for (size_t i = 0; i < n && packet.len > 0; i++)
		if (packet.data[changes[i].at] == changes[i].value)
			tap_fail(__FILE__, __LINE__, "another %s came through", changes[i].what);
	tap_eq_bytes(packet.data, packet.len, good, len);
	tap_eq_int(packet_receive(fd, &rest), -EAGAIN);
}

static int open_on(enum packet_kind kind, const char *address)
{
	struct net_addr addr = ip(address);
	struct error error = ERROR_INIT;
	int fd = -1;

	tap_eq_int(packet_open(kind, &ours, &addr, &fd, &error), 0);
	tap_eq_text(error.text, "");
	return fd;
}

static void only_arp_about_the_address_arrives(void)
{
	static const struct change changes[] = { { 5, 0x11, "receiver" }, { 12, 0x09, "type" },
		{ 15, 6, "hardware type" }, { 19, 5, "length" }, { 31, 2, "sender" } };
	_cleanup_close_ int fd = open_on(PACKET_ARP, "10.9.0.1");
	uint8_t good[64];
	size_t len = unhex(captured_arp_reply, good);

	only_the_good_one_arrives(fd, good, len, changes, ARRAY_SIZE(changes));
	/* A probe of another host for it arrives; one for another address does not. */
	memset(good + 28, 0, 4);
	memcpy(good + 38, "\x0a\x09\0\2", 4);
	put(good, len);
	good[41] = 1;
	put(good, len);
	tap_eq_int(take(fd).data[41], 1);
	/* A tag of VLAN 0 says priority only. */
	put_tagged(good, len, "\x81\x00\x20\x00");
	tap_eq_int(take(fd).len, len);
}

static void only_advertisements_of_the_address_arrive(void)
{
	static const struct change changes[] = { { 20, 17, "next header" }, { 21, 64, "hop limit" },
		{ 54, 135, "type" }, { 55, 1, "code" }, { 62, 0x21, "target" }, { 77, 2, "target" },
		{ 12, 0x08, "type" } };
	_cleanup_close_ int fd = open_on(PACKET_ND, "2001:db8::1");
	uint8_t good[128];
	size_t len = unhex(captured_advert, good);

	only_the_good_one_arrives(fd, good, len, changes, ARRAY_SIZE(changes));
}

/* Whether the card is told to let a group's frames through (proc(5), /proc/net/dev_mcast). */
static bool listens_to(const char *group)
{
	char command[128];

	snprintf(command, sizeof(command), "grep -q '^[0-9]* *tp0 .* %s$' /proc/net/dev_mcast",
		group);
	return system(command) == 0;
}

/* Answers to who has no address go there, and a link without IPv6 does not listen by itself. */
static void all_nodes_are_listened_to_without_ipv6(void)
{
	tap_eq_int(system("echo 1 >/proc/sys/net/ipv6/conf/tp0/disable_ipv6"), 0);
	tap_ok(!listens_to("333300000001"));
	int fd = open_on(PACKET_ND, "2001:db8::1");
	tap_ok(listens_to("333300000001"));
	close(fd);
	tap_ok(!listens_to("333300000001"));
}

static void only_dhcp_replies_to_this_mac_arrive(void)
{
	static const struct change changes[] = { { 5, 0x11, "receiver" }, { 23, 6, "protocol" },
		{ 20, 0x20, "fragment flag" }, { 21, 1, "fragment offset" }, { 37, 67, "port" },
		{ 42, 1, "op" }, { 75, 0x11, "client" }, { 70, 0x12, "client" },
		{ 278, 0x62, "cookie" }, { 281, 0x64, "cookie" }, { 14, 0x46, "header length" } };
	_cleanup_close_ int fd = open_on(PACKET_DHCP, NULL);
	uint8_t good[DHCP_PACKET_MAX];
	size_t len = unhex(captured_offer, good);

	only_the_good_one_arrives(fd, good, len, changes, ARRAY_SIZE(changes));
	/* By broadcast, too. */
	memset(good, 0xff, 6);
	put(good, len);
	tap_eq_int(take(fd).len, len);
}

static void only_echo_replies_and_questions_for_the_address_arrive(void)
{
	static const struct change four[] = { { 5, 0x11, "receiver" }, { 12, 0x09, "type" },
		{ 20, 0x20, "fragment flag" }, { 23, 17, "protocol" }, { 33, 6, "destination" },
		{ 34, 8, "a request" }, { 35, 1, "code" } };
	static const struct change six[] = { { 5, 0x11, "receiver" }, { 20, 17, "next header" },
		{ 53, 6, "destination" }, { 54, 128, "a request" }, { 54, 135, "a solicitation" },
		{ 55, 1, "code" } };
	static const struct change ask[] = { { 41, 6, "target" }, { 21, 2, "a reply" },
		{ 15, 6, "hardware type" }, { 19, 5, "length" } };
	_cleanup_close_ int fd = open_on(PACKET_ECHO, "10.9.0.5");
	struct net_addr gateway = ip("10.9.0.1"), host = ip("10.9.0.5");
	uint8_t good[128];
	size_t len = unhex(echo_reply4, good);

	only_the_good_one_arrives(fd, good, len, four, ARRAY_SIZE(four));
	/* Neither of a VLAN, although all protocols arrive here. */
	put_tagged(good, len, "\x81\x00\x00\x07");
	put_tagged(good, len, "\x81\x00\x20\x00");
	tap_eq_int(take(fd).len, len);
	len = arp_encode_request(peer_mac, &gateway, &host, good);
	only_the_good_one_arrives(fd, good, len, ask, ARRAY_SIZE(ask));

	_cleanup_close_ int fd6 = open_on(PACKET_ECHO, "2001:db8::5");
	tap_ok(listens_to("3333ff000005"));
	len = unhex(echo_reply6, good);
	only_the_good_one_arrives(fd6, good, len, six, ARRAY_SIZE(six));
	gateway = ip("2001:db8::1");
	host = ip("2001:db8::5");
	len = nd_encode_solicit(peer_mac, &gateway, &host, good);
	put(good, len);
	tap_eq_int(take(fd6).len, len);
}

static void nothing_from_before_it_was_bound_is_there(void)
{
	uint8_t good[DHCP_PACKET_MAX];
	size_t len = unhex(captured_offer, good);
	struct packet packet;

	put(good, len);
	_cleanup_close_ int fd = open_on(PACKET_DHCP, NULL);
	tap_eq_int(packet_receive(fd, &packet), -EAGAIN);
}

static void the_filter_cannot_be_taken_off(void)
{
	_cleanup_close_ int fd = open_on(PACKET_DHCP, NULL);
	int value = 0;

	tap_ok(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &value, sizeof(value)) < 0);
	tap_eq_int(errno, EPERM);
}

static void what_is_sent_goes_out_on_this_link(void)
{
	struct sockaddr_ll peer = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = (int)if_nametoindex("tp1") };
	_cleanup_close_ int fd = open_on(PACKET_ARP, "10.9.0.1");
	_cleanup_close_ int other = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = other, .events = POLLIN };
	uint8_t frame[64], got[128];
	size_t len = unhex(captured_arp_reply, frame);

	tap_ok(bind(other, (struct sockaddr *)&peer, sizeof(peer)) == 0);
	tap_eq_int(packet_send(fd, frame, len), 0);
	tap_eq_int(poll(&p, 1, PATIENCE_MS), 1);
	ssize_t n = recv(other, got, sizeof(got), 0);
	tap_eq_bytes(got, (size_t)MAX(n, 0), frame, len);
}

static void a_link_that_goes_down_is_silent_and_comes_back(void)
{
	_cleanup_close_ int fd = open_on(PACKET_DHCP, NULL);
	uint8_t good[DHCP_PACKET_MAX];
	size_t len = unhex(captured_offer, good);
	struct packet packet;

	tap_eq_int(system("ip link set tp0 down"), 0);
	tap_eq_int(packet_receive(fd, &packet), -EAGAIN);
	tap_eq_int(packet_send(fd, good, len), -ENETDOWN);
	tap_eq_int(system("ip link set tp0 up"), 0);
	expect_in_the_end(fd, good, len);
	tap_eq_int(packet_send(fd, good, len), 0);
}

static void an_oversized_frame_is_dropped(void)
{
	_cleanup_close_ int fd = open_on(PACKET_DHCP, NULL);
	static uint8_t good[9000];
	size_t len = unhex(captured_offer, good);
	struct packet packet;

	tap_eq_int(system("ip link set tp0 mtu 9000 && ip link set tp1 mtu 9000"), 0);
	put(good, PACKET_MAX + 1);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	tap_eq_int(poll(&p, 1, PATIENCE_MS), 1);
	tap_eq_int(packet_receive(fd, &packet), -EAGAIN);
	put(good, len);
	tap_eq_int(take(fd).len, len);
}

static void a_link_that_is_gone_is_an_error_that_names_it(void)
{
	struct candidate gone = { .name = "tp9", .index = 9999 };
	struct net_addr six = ip("fe80::1"), four = ip("10.9.0.1");
	struct error error = ERROR_INIT;
	int fd = -1;

	tap_eq_int(packet_open(PACKET_DHCP, &gone, NULL, &fd, &error), -ENODEV);
	tap_eq_text(error.text, "tp9: bind packet socket: No such device");
	tap_eq_int(packet_open_ask(&gone, &six, &fd, &error), -ENODEV);
	tap_eq_int(packet_open(PACKET_ARP, &ours, &six, &fd, &error), -EINVAL);
	tap_eq_int(packet_open(PACKET_ND, &ours, &four, &fd, &error), -EINVAL);
	tap_eq_int(packet_open(PACKET_ARP, &ours, NULL, &fd, &error), -EINVAL);
	tap_eq_int(fd, -1);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(only_arp_about_the_address_arrives),
		TAP_TEST(only_advertisements_of_the_address_arrive),
		TAP_TEST(all_nodes_are_listened_to_without_ipv6),
		TAP_TEST(only_dhcp_replies_to_this_mac_arrive),
		TAP_TEST(only_echo_replies_and_questions_for_the_address_arrive),
		TAP_TEST(nothing_from_before_it_was_bound_is_there),
		TAP_TEST(the_filter_cannot_be_taken_off),
		TAP_TEST(what_is_sent_goes_out_on_this_link),
		TAP_TEST(a_link_that_goes_down_is_silent_and_comes_back),
		TAP_TEST(an_oversized_frame_is_dropped),
		TAP_TEST(a_link_that_is_gone_is_an_error_that_names_it),
		{ 0 },
	};

	if (!set_up()) {
		printf("needs root, for a network namespace of its own with a veth pair\n");
		return 77;
	}
	return tap_run(tests);
}
