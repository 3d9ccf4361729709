/* SPDX-License-Identifier: BSD-2-Clause */
/* link/: what is pure about links: candidates, MACs, messages, bond options, what stprov applied,
 * resolv.conf. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/file.h"
#include "link/applied.h"
#include "link/bond.h"
#include "link/rtnetlink_message.h"
#include "net/resolv.h"

/* --- MAC addresses --- */

static void macs_are_six_bytes_of_hex_with_one_separator(void)
{
	static const char *const good[] = { "52:54:00:aB:cD:ef", "52-54-00-AB-CD-EF",
		"5254.00ab.cdEF" };
	static const char *const bad[] = { "", "52:54:00:ab:cd", "52:54:00:ab:cd:ef:01",
		"52:54:00:ab:cd-ef", "52-54:00:ab:cd:ef", "525400abcdef", "52:54:00:ab:cd:eg",
		"52:54:00:ab:cd:e", " 2:54:00:ab:cd:ef", "5254.00ab:cdef", "5254:00ab:cdef",
		"525.400.abc.def", "5254.00ab.cdef.0102", "52 54 00 ab cd ef", "+2:54:00:ab:cd:ef",
		"52:54:00:ab:cd:ef " };
	static const uint8_t want[] = { 0x52, 0x54, 0, 0xab, 0xcd, 0xef };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		uint8_t mac[NET_MAC_LEN] = { 0 };
		char text[NET_MAC_TEXT_MAX];
		tap_eq_int(net_mac_parse(good[i], mac), 0);
		tap_eq_bytes(mac, sizeof(mac), want, sizeof(want));
		net_mac_format(mac, text);
		tap_eq_text(text, "52:54:00:ab:cd:ef");
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint8_t mac[NET_MAC_LEN] = { 9 };
		if (net_mac_parse(bad[i], mac) != -EINVAL || mac[0] != 9)
			tap_fail(__FILE__, __LINE__, "taken: \"%s\"", bad[i]);
	}
}

/* --- candidates --- */

static struct link made_up[] = {
	{ .index = 1, .name = "lo", .loopback = true },
	{ .index = 2, .name = "eth0", .has_mac = true, .mac = { 2, 0, 0, 0, 0, 2 } },
	{ .index = 3,
		.name = "eth1",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 3 },
		.master = 5,
		.bond_member = true },
	{ .index = 4, .name = "eth2", .has_mac = true, .mac = { 2, 0, 0, 0, 0, 4 }, .master = 6 },
	{ .index = 5,
		.name = "bond0",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 3 },
		.kind = "bond" },
	{ .index = 6,
		.name = "br0",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 4 },
		.kind = "bridge" },
	{ .index = 7, .name = "wg0", .type = ARPHRD_NONE, .kind = "wireguard" },
	{ .index = 8,
		.name = "eth0.7",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 2 },
		.kind = "vlan" },
	{ .index = 9,
		.name = "veth0",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 9 },
		.kind = "veth" },
	{ .index = 10,
		.name = "mv0",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 10 },
		.kind = "macvlan" },
	{ .index = 11,
		.name = "dummy0",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 11 },
		.noarp = true,
		.kind = "dummy" },
	{ .index = 12,
		.name = "odd0",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 12 },
		.noarp = true },
	{ .index = 13,
		.name = "eth3",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 13 },
		.master = 99 },
	{ .index = 14,
		.name = "tap0",
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 9 },
		.kind = "tun" },
};
static const struct links made_up_links = { .items = made_up, .n = ARRAY_SIZE(made_up) };

static void hardware_virtual_nics_and_members_of_bonds_are_candidates(void)
{
	static const struct {
		const char *name, *against;
	} rows[] = { { "lo", "loopback" }, { "eth0", NULL }, { "eth1", NULL },
		{ "eth2", "member of br0" }, { "bond0", "bond" }, { "br0", "bridge" },
		{ "wg0", "no MAC" }, { "eth0.7", "vlan" }, { "veth0", NULL }, { "mv0", NULL },
		{ "dummy0", "dummy" }, { "odd0", "no ARP" }, { "eth3", "member of another link" },
		{ "tap0", NULL } };

	tap_eq_int(ARRAY_SIZE(rows), made_up_links.n);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char buf[LINK_REASON_MAX];
		const struct link *link = links_by_name(&made_up_links, rows[i].name);
		const char *against =
			link ? link_reason_against(&made_up_links, link, buf) : "gone";
		if (!rows[i].against)
			tap_ok(against == NULL);
		else
			tap_eq_text(against, rows[i].against);
		tap_eq_int(link && link_is_candidate(&made_up_links, link), !rows[i].against);
	}
}

static void a_link_is_found_by_name_and_by_number(void)
{
	tap_ok(links_by_name(&made_up_links, "eth9") == NULL);
	tap_ok(links_by_index(&made_up_links, 99) == NULL);
	tap_eq_text(links_by_index(&made_up_links, 9)->name, "veth0");
}

static void a_link_is_ready_with_carrier_and_past_its_start(void)
{
	struct link link = { .up = true, .carrier = true, .operstate = LINK_OPERSTATE_UP };

	tap_ok(link_is_ready(&link));
	link.operstate = LINK_OPERSTATE_UNKNOWN;
	tap_ok(link_is_ready(&link));
	link.operstate = LINK_OPERSTATE_DORMANT;
	tap_ok(!link_is_ready(&link));
	link.operstate = LINK_OPERSTATE_UP;
	link.carrier = false;
	tap_ok(!link_is_ready(&link));
	link = (struct link){ .carrier = true, .operstate = LINK_OPERSTATE_UP };
	tap_ok(!link_is_ready(&link));
}

/* --- messages --- */

static const uint8_t own_mac[] = { 2, 0, 0, 0, 0, 1 }, bond_mac[] = { 2, 0, 0, 0, 0, 9 };

static struct nl_msg *link_message(int index, const char *name, const uint8_t *mac, size_t mac_len)
{
	struct ifinfomsg info = {
		.ifi_index = index, .ifi_type = ARPHRD_ETHER, .ifi_flags = IFF_UP | IFF_LOWER_UP
	};
	struct nl_msg *msg = rtnetlink_message_new(RTM_NEWLINK, 0, &info, sizeof(info));

	if (name)
		nla_put_string(msg, IFLA_IFNAME, name);
	nla_put(msg, IFLA_ADDRESS, (int)mac_len, mac);
	nla_put_u8(msg, IFLA_OPERSTATE, LINK_OPERSTATE_UP);
	nla_put_u32(msg, IFLA_MTU, 1400);
	return msg;
}

/* As drivers/net/bonding/bond_netlink.c fills it in for a member. */
static struct nl_msg *member_message(int index, const char *name, int master, uint8_t status)
{
	struct nl_msg *msg = link_message(index, name, bond_mac, sizeof(bond_mac));

	nla_put_u32(msg, IFLA_MASTER, (uint32_t)master);
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_SLAVE_KIND, "bond");
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_SLAVE_DATA);
	nla_put_u8(msg, IFLA_BOND_SLAVE_STATE, 0);
	nla_put_u8(msg, IFLA_BOND_SLAVE_MII_STATUS, status);
	nla_put(msg, IFLA_BOND_SLAVE_PERM_HWADDR, NET_MAC_LEN, own_mac);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return msg;
}

static struct nl_msg *bond_message(int index, enum bond_mode mode, const uint8_t *partner)
{
	struct nl_msg *msg = link_message(index, "bond0", bond_mac, sizeof(bond_mac));
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);

	nla_put_string(msg, IFLA_INFO_KIND, "bond");
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_DATA);
	nla_put_u8(msg, IFLA_BOND_MODE, (uint8_t)mode);
	nla_put_u32(msg, IFLA_BOND_MIIMON, 100);
	if (partner) {
		struct nlattr *ad = nla_nest_start(msg, IFLA_BOND_AD_INFO);
		nla_put_u16(msg, IFLA_BOND_AD_INFO_AGGREGATOR, 1);
		nla_put_u16(msg, IFLA_BOND_AD_INFO_NUM_PORTS, 2);
		nla_put(msg, IFLA_BOND_AD_INFO_PARTNER_MAC, NET_MAC_LEN, partner);
		nla_nest_end(msg, ad);
	}
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return msg;
}

static void a_member_of_a_bond_is_known_by_its_own_mac(void)
{
	struct nl_msg *msg = member_message(3, "eth1", 5, BOND_LINK_UP);
	struct link link;

	tap_ok(link_take(msg, &link));
	tap_ok(link.bond_member && link.has_mac && link.up && link.carrier);
	tap_eq_int(link.master, 5);
	tap_eq_int(link.mtu, 1400);
	tap_eq_int(link.speed, -1);
	tap_eq_text(link.name, "eth1");
	tap_eq_bytes(link.mac, sizeof(link.mac), own_mac, sizeof(own_mac));
	nlmsg_free(msg);
}

static void a_link_without_ethernet_address_has_no_mac(void)
{
	static const uint8_t zeros[NET_MAC_LEN], long_mac[20] = { 1 };
	struct link link;
	struct nl_msg *msg = link_message(3, "eth1", zeros, sizeof(zeros));

	tap_ok(link_take(msg, &link) && !link.has_mac);
	nlmsg_free(msg);
	msg = link_message(3, "ib0", long_mac, sizeof(long_mac));
	tap_ok(link_take(msg, &link) && !link.has_mac);
	nlmsg_free(msg);
	msg = link_message(3, "ppp0", own_mac, sizeof(own_mac));
	((struct ifinfomsg *)nlmsg_data(nlmsg_hdr(msg)))->ifi_type = ARPHRD_PPP;
	tap_ok(link_take(msg, &link) && !link.has_mac);
	nlmsg_free(msg);
}

static void a_malformed_link_message_is_passed_over(void)
{
	struct nl_msg *rows[] = { link_message(0, "eth1", own_mac, 6),
		link_message(3, NULL, own_mac, 6), link_message(3, "eth1", own_mac, 6),
		link_message(3, "eth1", own_mac, 6) };
	struct link link;

	nla_put(rows[2], IFLA_MASTER, 2, "ab"); /* too short for a number */
	nlmsg_hdr(rows[3])->nlmsg_type = RTM_DELLINK;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_ok(!link_take(rows[i], &link));
		nlmsg_free(rows[i]);
	}
}

static struct link_addr address_message(uint32_t flags, int protocol, uint8_t scope, bool *ret_ok)
{
	static const uint8_t bytes[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	struct ifaddrmsg info = {
		.ifa_family = AF_INET6, .ifa_prefixlen = 64, .ifa_index = 3, .ifa_scope = scope
	};
	struct nl_msg *msg = rtnetlink_message_new(RTM_NEWADDR, 0, &info, sizeof(info));
	struct link_addr addr = { .index = 0 };

	nla_put(msg, IFA_ADDRESS, 16, bytes);
	nla_put_u32(msg, IFA_FLAGS, flags);
	if (protocol >= 0)
		nla_put_u8(msg, IFA_PROTO, (uint8_t)protocol);
	*ret_ok = link_addr_take(msg, &addr);
	nlmsg_free(msg);
	return addr;
}

static void an_address_tells_who_made_it_and_whether_it_is_usable(void)
{
	static const struct {
		uint32_t flags;
		int protocol;
		uint8_t scope;
		bool global, autoconf, tentative, failed;
	} rows[] = {
		{ IFA_F_PERMANENT, -1, RT_SCOPE_UNIVERSE, true, false, false, false },
		{ 0, -1, RT_SCOPE_UNIVERSE, true, true, false, false },
		{ IFA_F_NOPREFIXROUTE, -1, RT_SCOPE_UNIVERSE, true, false, false, false },
		{ 0, IFAPROT_KERNEL_RA, RT_SCOPE_UNIVERSE, true, true, false, false },
		{ IFA_F_PERMANENT, IFAPROT_KERNEL_RA, RT_SCOPE_UNIVERSE, true, true, false, false },
		{ 0, 0, RT_SCOPE_UNIVERSE, true, false, false, false },
		{ IFA_F_PERMANENT, IFAPROT_KERNEL_LL, RT_SCOPE_LINK, false, false, false, false },
		{ IFA_F_PERMANENT, -1, RT_SCOPE_HOST, false, false, false, false },
		{ IFA_F_PERMANENT | IFA_F_TENTATIVE, -1, RT_SCOPE_SITE, true, false, true, false },
		{ IFA_F_PERMANENT | IFA_F_TENTATIVE | IFA_F_OPTIMISTIC, -1, 0, true, false, false,
			false },
		{ IFA_F_PERMANENT | IFA_F_TENTATIVE | IFA_F_DADFAILED, -1, 0, true, false, true,
			true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool ok;
		struct link_addr a =
			address_message(rows[i].flags, rows[i].protocol, rows[i].scope, &ok);
		tap_ok(ok);
		if (a.global != rows[i].global || a.autoconf != rows[i].autoconf ||
			a.tentative != rows[i].tentative || a.dad_failed != rows[i].failed)
			tap_fail(__FILE__, __LINE__, "row %zu: %d %d %d %d", i, a.global,
				a.autoconf, a.tentative, a.dad_failed);
		tap_eq_int(a.index, 3);
	}
}

/* --- bonds --- */

static void bonding_modes_have_the_kernels_names(void)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = { { "balance-rr", BOND_MODE_ROUNDROBIN },
		{ "active-backup", BOND_MODE_ACTIVEBACKUP }, { "balance-xor", BOND_MODE_XOR },
		{ "broadcast", BOND_MODE_BROADCAST }, { "802.3ad", BOND_MODE_8023AD },
		{ "balance-tlb", BOND_MODE_TLB }, { "balance-alb", BOND_MODE_ALB } };
	static const char *const bad[] = { "", "0", "4", "balance", "balance-rr ", "Balance-rr",
		"lacp" };
	enum bond_mode mode;

	tap_eq_int(ARRAY_SIZE(rows), BOND_MODES);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		mode = BOND_MODES;
		tap_eq_int(bond_mode_parse(rows[i].text, &mode), 0);
		tap_eq_int(mode, rows[i].number);
		tap_eq_text(bond_mode_text(mode), rows[i].text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_eq_int(bond_mode_parse(bad[i], &mode), -EINVAL);
	tap_ok(bond_mode_text(BOND_MODES) == NULL);
}

static void a_new_bond_asks_for_its_mode_miimon_and_fast_lacp(void)
{
	for (int mode = 0; mode < BOND_MODES; mode++) {
		struct ifinfomsg info = { .ifi_family = 0 };
		struct nl_msg *msg = rtnetlink_message_new(RTM_NEWLINK, 0, &info, sizeof(info));
		struct nlattr *top[IFLA_MAX + 1], *tb[IFLA_INFO_MAX + 1], *data[IFLA_BOND_MAX + 1];
		tap_eq_int(bond_put_options(msg, (enum bond_mode)mode), 0);
		tap_eq_int(nlmsg_parse(nlmsg_hdr(msg), sizeof(info), top, IFLA_MAX, NULL), 0);
		tap_eq_int(nla_parse_nested(tb, IFLA_INFO_MAX, top[IFLA_LINKINFO], NULL), 0);
		tap_eq_text(nla_get_string(tb[IFLA_INFO_KIND]), "bond");
		tap_eq_int(nla_parse_nested(data, IFLA_BOND_MAX, tb[IFLA_INFO_DATA], NULL), 0);
		tap_eq_int(nla_len(data[IFLA_BOND_MODE]), 1);
		tap_eq_int(nla_get_u8(data[IFLA_BOND_MODE]), mode);
		tap_eq_int(nla_len(data[IFLA_BOND_MIIMON]), 4);
		tap_eq_int(nla_get_u32(data[IFLA_BOND_MIIMON]), 100);
		tap_eq_int(data[IFLA_BOND_AD_LACP_RATE] != NULL, mode == BOND_802_3AD);
		if (data[IFLA_BOND_AD_LACP_RATE])
			tap_eq_int(nla_get_u8(data[IFLA_BOND_AD_LACP_RATE]), 1);
		nlmsg_free(msg);
	}
}

static struct bond_info read_bond(enum bond_mode mode, const uint8_t *partner, bool *ret_found)
{
	struct nl_msg *messages[] = { member_message(3, "eth1", 5, BOND_LINK_UP),
		member_message(4, "eth2", 5, BOND_LINK_DOWN),
		member_message(6, "eth3", 8, BOND_LINK_UP), link_message(7, "eth4", own_mac, 6),
		bond_message(5, mode, partner), bond_message(8, BOND_BROADCAST, NULL) };
	struct bond_info info = { .mode = 0 };

	*ret_found = false;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		bond_take(messages[i], 5, &info, ret_found);
		nlmsg_free(messages[i]);
	}
	return info;
}

static void a_bond_tells_its_members_and_its_lacp_partner(void)
{
	static const uint8_t partner[] = { 2, 1, 1, 1, 1, 1 }, nobody[NET_MAC_LEN];
	bool found;
	struct bond_info info = read_bond(BOND_802_3AD, partner, &found);

	tap_ok(found && info.has_partner);
	tap_eq_int(info.mode, BOND_802_3AD);
	tap_eq_int(info.members, 2);
	tap_eq_int(info.members_up, 1);
	tap_eq_int(info.ports, 2);
	tap_eq_bytes(info.partner, sizeof(info.partner), partner, sizeof(partner));
	info = read_bond(BOND_802_3AD, nobody, &found);
	tap_ok(found && !info.has_partner);
	info = read_bond(BOND_802_3AD, NULL, &found);
	tap_ok(found && !info.has_partner);
	info = read_bond(BOND_BALANCE_ALB, NULL, &found);
	tap_ok(found && !info.has_partner && info.mode == BOND_BALANCE_ALB);
	info = read_bond((enum bond_mode)7, NULL, &found);
	tap_ok(!found);
}

/* --- state --- */

static struct net_prefix prefix(const char *text)
{
	struct net_prefix p = { .len = 0 };

	if (net_prefix_parse(text, &p) < 0)
		tap_fail(__FILE__, __LINE__, "no prefix: %s", text);
	return p;
}

static const char state_text[] = "stprov-network 1\nlink eth0\naddress eth0 10.0.3.200/25\n"
				 "address eth0 2001:db8::1/64\nlink bond0\n";

static struct applied some_state(void)
{
	struct net_prefix four = prefix("10.0.3.200/25"), six = prefix("2001:db8::1/64");
	struct applied state = { .n = 0 };

	/* The second time round nothing is added. */
	for (int i = 0; i < 2; i++) {
		tap_eq_int(applied_add(&state, "eth0", NULL), 0);
		tap_eq_int(applied_add(&state, "eth0", &four), 0);
		tap_eq_int(applied_add(&state, "eth0", &six), 0);
		tap_eq_int(applied_add(&state, "bond0", NULL), 0);
	}
	return state;
}

static void a_state_is_written_and_read_the_same(void)
{
	struct applied state = some_state(), again;
	char text[APPLIED_TEXT_MAX];
	struct error e = ERROR_INIT;

	tap_eq_int(applied_format(&state, text), (int64_t)strlen(state_text));
	tap_eq_text(text, state_text);
	tap_eq_int(applied_parse(text, strlen(text), &again, &e), 0);
	tap_eq_int(again.n, 4);
	applied_format(&again, text);
	tap_eq_text(text, state_text);
}

static void a_malformed_state_is_refused_whole(void)
{
	static const struct {
		const char *text, *error;
	} rows[] = { { "", "line 1: not `stprov-network 1`" },
		{ "stprov-network 2\n", "line 1: not `stprov-network 1`" },
		{ "stprov-network 1", "line 1: not `stprov-network 1`" },
		{ "stprov-network 1\nlink eth0", "line 2: malformed" },
		{ "stprov-network 1\nlink eth0\nlink\n", "line 3: malformed" },
		{ "stprov-network 1\n\n", "line 2: malformed" },
		{ "stprov-network 1\nlink \n", "line 2: malformed" },
		{ "stprov-network 1\nlink ..\n", "line 2: malformed" },
		{ "stprov-network 1\nlink a/b\n", "line 2: malformed" },
		{ "stprov-network 1\nlink a b\n", "line 2: malformed" },
		{ "stprov-network 1\nlink a\x1b\n", "line 2: malformed" },
		{ "stprov-network 1\nlink sixteen-letters-\n", "line 2: malformed" },
		{ "stprov-network 1\nlink eth0\nlink eth0\n", "line 3: malformed" },
		{ "stprov-network 1\naddress eth0\n", "line 2: malformed" },
		{ "stprov-network 1\naddress eth0 10.0.0.1\n", "line 2: malformed" },
		{ "stprov-network 1\naddress eth0 10.0.0.1/33\n", "line 2: malformed" },
		{ "stprov-network 1\naddress eth0 2001:DB8::1/64\n", "line 2: malformed" },
		{ "stprov-network 1\naddress eth0 10.0.0.1/24 x\n", "line 2: malformed" },
		{ "stprov-network 1\naddress eth0  10.0.0.1/24\n", "line 2: malformed" },
		{ "stprov-network 1\nroute eth0 10.0.0.1/24\n", "line 2: malformed" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct applied state = { .n = 77 };
		struct error e = ERROR_INIT;
		tap_eq_int(applied_parse(rows[i].text, strlen(rows[i].text), &state, &e), -EBADMSG);
		tap_eq_text(e.text, rows[i].error);
		tap_eq_int(state.n, 77);
	}
	struct applied state;
	struct error e = ERROR_INIT;
	static const char nul[] = "stprov-network 1\nlink eth0\0x\n";
	tap_eq_int(applied_parse(nul, sizeof(nul) - 1, &state, &e), -EBADMSG);
}

static void a_state_has_a_limit_and_when_full_it_fits(void)
{
	struct applied state = { .n = 0 };
	struct net_prefix p = prefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
	char text[APPLIED_TEXT_MAX];
	struct error e = ERROR_INIT;

	for (int i = 0; i < APPLIED_MAX; i++) {
		p.addr.bytes[14] = (uint8_t)i | 0x10;
		p.addr.bytes[15] = (uint8_t)(i >> 4) | 0x10;
		p.addr.bytes[13] = (uint8_t)i;
		tap_eq_int(applied_add(&state, "fifteen-letters", &p), 0);
	}
	tap_eq_int(applied_add(&state, "fifteen-letters", NULL), -E2BIG);
	/* What is noted already can be noted again. */
	tap_eq_int(applied_add(&state, "fifteen-letters", &p), 0);
	size_t len = applied_format(&state, text);
	tap_eq_int(applied_parse(text, len, &state, &e), 0);
	tap_eq_int(state.n, APPLIED_MAX);
	tap_eq_int(applied_add(&state, "caf\xc3\xa9", NULL), -EINVAL);
	tap_eq_int(applied_add(&state, "", NULL), -EINVAL);
}

static void a_global_address_that_is_not_noted_is_foreign(void)
{
	struct applied state = some_state();
	struct link eth0 = { .index = 2, .name = "eth0" }, eth1 = { .index = 3, .name = "eth1" };
	const struct {
		const struct link *link;
		struct link_addr addr;
		bool foreign;
	} rows[] = {
		{ &eth0, { .index = 2, .prefix = prefix("10.0.3.200/25"), .global = true }, false },
		{ &eth0, { .index = 2, .prefix = prefix("10.0.3.200/24"), .global = true }, true },
		{ &eth0, { .index = 2, .prefix = prefix("10.0.3.201/25"), .global = true }, true },
		{ &eth1, { .index = 3, .prefix = prefix("10.0.3.200/25"), .global = true }, true },
		{ &eth0, { .index = 3, .prefix = prefix("10.9.9.9/24"), .global = true }, false },
		{ &eth1, { .index = 3, .prefix = prefix("fe80::1/64") }, false },
		{ &eth0,
			{ .index = 2,
				.prefix = prefix("2001:db8:7::7/64"),
				.global = true,
				.autoconf = true },
			false },
		{ &eth1,
			{ .index = 3,
				.prefix = prefix("2001:db8:7::7/64"),
				.global = true,
				.autoconf = true },
			true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (applied_is_foreign(&state, rows[i].link, &rows[i].addr) != rows[i].foreign)
			tap_fail(__FILE__, __LINE__, "row %zu", i);
}

/* --- files --- */

struct directory {
	char path[64];
};

static struct directory new_directory(void)
{
	struct directory d = { "/tmp/stprov-test-links-XXXXXX" };

	if (!mkdtemp(d.path))
		tap_fail(__FILE__, __LINE__, "no directory");
	return d;
}

static void remove_directory(struct directory *d)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", d->path);
	tap_eq_int(system(command), 0);
}
#define _cleanup_directory_ _cleanup_(remove_directory)

static char *below(const struct directory *d, const char *name)
{
	static char paths[4][128];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", d->path, name);
	return path;
}

static void put(const char *path, const char *text)
{
	struct error e = ERROR_INIT;

	tap_eq_int(file_replace(AT_FDCWD, path, text, strlen(text), 0600, &e), 0);
}

/* The file's text, which the next call overwrites. */
static const char *get(const char *path)
{
	static char text[4096];
	struct error e = ERROR_INIT;
	uint8_t *data;
	size_t len;

	if (file_read(AT_FDCWD, path, sizeof(text) - 1, &data, &len, &e) < 0)
		return e.text[0] ? "(unreadable)" : "";
	memcpy(text, data, len + 1);
	free(data);
	return text;
}

static int count_files(const struct directory *d)
{
	char command[128];
	FILE *pipe;
	int n = -1;

	snprintf(command, sizeof(command), "ls -A '%s' | wc -l", d->path);
	pipe = popen(command, "r");
	tap_eq_int(fscanf(pipe, "%d", &n), 1);
	pclose(pipe);
	return n;
}

static void the_state_file_is_replaced_and_nothing_else_is_left(void)
{
	_cleanup_directory_ struct directory d = new_directory();
	struct applied state = some_state(), again = { .n = 77 };
	struct error e = ERROR_INIT;
	char *dir = below(&d, "run");

	tap_eq_int(applied_read(dir, &again, &e), 0);
	tap_eq_int(again.n, 0);
	for (int i = 0; i < 2; i++)
		tap_eq_int(applied_write(dir, &state, &e), 0);
	tap_eq_text(get(below(&d, "run/network")), state_text);
	tap_eq_int(applied_read(dir, &again, &e), 0);
	tap_eq_int(again.n, 4);
	struct directory run = { "" };
	snprintf(run.path, sizeof(run.path), "%s", dir);
	tap_eq_int(count_files(&run), 1);
	put(below(&d, "run/network"), "stprov-network 1\nlink\n");
	char want[ERROR_TEXT_MAX];
	snprintf(want, sizeof(want), "%s/network: line 2: malformed", dir);
	tap_eq_int(applied_read(dir, &again, &e), -EBADMSG);
	tap_eq_text(e.text, want);
	put(below(&d, "file"), "");
	tap_eq_int(applied_write(below(&d, "file"), &state, &e), -ENOTDIR);
}

static const char resolv_text[] = "# Written by stprov.\nnameserver 9.9.9.9\n"
				  "nameserver 2620:fe::fe\n";

static int write_resolv(const char *path, enum net_resolv_how *ret_how, struct error *error)
{
	struct net_addr servers[2];

	tap_eq_int(net_addr_parse("9.9.9.9", &servers[0]), 0);
	tap_eq_int(net_addr_parse("2620:fe::fe", &servers[1]), 0);
	return net_resolv_write(path, servers, 2, ret_how, error);
}

static void resolv_conf_is_replaced_whole(void)
{
	_cleanup_directory_ struct directory d = new_directory();
	char *path = below(&d, "resolv.conf");
	enum net_resolv_how how = NET_RESOLV_IN_PLACE;
	struct error e = ERROR_INIT;
	struct stat st = { .st_mode = 0 };
	mode_t old = umask(077);

	tap_eq_int(write_resolv(path, &how, &e), 0);
	umask(old);
	tap_eq_int(how, NET_RESOLV_REPLACED);
	tap_eq_text(get(path), resolv_text);
	put(path, "nameserver 127.0.0.53\nsearch a very long line that has to go, all of it, to "
		  "its end\n");
	tap_eq_int(write_resolv(path, &how, &e), 0);
	tap_eq_text(get(path), resolv_text);
	tap_eq_int(stat(path, &st), 0);
	tap_eq_int(st.st_mode & 07777, 0644);
	tap_eq_int(count_files(&d), 1);
}

static void resolv_conf_may_be_a_symbolic_link(void)
{
	_cleanup_directory_ struct directory d = new_directory();
	char *path = below(&d, "resolv.conf"), *target = below(&d, "run/stub");
	enum net_resolv_how how = NET_RESOLV_IN_PLACE;
	struct error e = ERROR_INIT;
	struct stat st;

	tap_eq_int(symlink("run/stub", path), 0);
	tap_eq_int(write_resolv(path, &how, &e), 0);
	tap_eq_int(how, NET_RESOLV_SYMLINK_REPLACED);
	tap_eq_text(get(path), resolv_text);
	tap_ok(lstat(path, &st) == 0 && S_ISREG(st.st_mode));

	tap_eq_int(mkdir(below(&d, "run"), 0755), 0);
	put(target, "old\n");
	tap_eq_int(unlink(path), 0);
	tap_eq_int(symlink("run/stub", path), 0);
	tap_eq_int(write_resolv(path, &how, &e), 0);
	tap_eq_int(how, NET_RESOLV_TARGET_REPLACED);
	tap_ok(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
	tap_eq_text(get(target), resolv_text);
	tap_eq_int(count_files(&d), 2);
}

/* As in a container: nothing can be renamed over a mount point. */
static void resolv_conf_that_is_a_mount_point_is_written_in_place(void)
{
	_cleanup_directory_ struct directory d = new_directory();
	char *path = below(&d, "resolv.conf"), *other = below(&d, "other");
	enum net_resolv_how how = NET_RESOLV_REPLACED;
	struct error e = ERROR_INIT;

	put(path, "");
	put(other, "nameserver 127.0.0.53\nsearch a very long line that has to go, to its end\n"
		   "options and here is another one, so that what is new is shorter\n");
	if (unshare(CLONE_NEWNS) < 0) {
		tap_skip("mounting needs root");
		return;
	}
	tap_eq_int(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	tap_eq_int(mount(other, path, NULL, MS_BIND, NULL), 0);
	tap_eq_int(write_resolv(path, &how, &e), 0);
	tap_eq_int(how, NET_RESOLV_IN_PLACE);
	tap_eq_text(get(other), resolv_text);
	tap_eq_int(count_files(&d), 2);
	tap_eq_int(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	tap_eq_int(write_resolv(path, &how, &e), -EBUSY);
	tap_eq_text(get(other), resolv_text);
	tap_eq_int(umount(path), 0);
}

static void resolv_conf_that_cannot_be_written_is_left_alone(void)
{
	_cleanup_directory_ struct directory d = new_directory();
	enum net_resolv_how how = NET_RESOLV_IN_PLACE;
	struct error e = ERROR_INIT;
	char want[ERROR_TEXT_MAX];
	char *path = below(&d, "resolv.conf");

	tap_eq_int(mkdir(path, 0755), 0);
	tap_eq_int(write_resolv(path, &how, &e), -EINVAL);
	snprintf(want, sizeof(want), "%s: not a file", path);
	tap_eq_text(e.text, want);
	path = below(&d, "none/resolv.conf");
	tap_eq_int(write_resolv(path, &how, &e), -ENOENT);
	snprintf(want, sizeof(want), "%s: No such file or directory", path);
	tap_eq_text(e.text, want);
	tap_eq_int(count_files(&d), 1);
}

static void resolv_conf_has_a_limit_and_when_full_it_fits(void)
{
	struct net_addr servers[NET_RESOLV_SERVERS_MAX + 1];
	char text[NET_RESOLV_TEXT_MAX];
	size_t lines = 0;

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		tap_eq_int(
			net_addr_parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", &servers[i]), 0);
	tap_eq_int(net_resolv_format(servers, NET_RESOLV_SERVERS_MAX, text), 0);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	tap_eq_int(lines, NET_RESOLV_SERVERS_MAX + 1);
	tap_eq_int(net_resolv_format(servers, NET_RESOLV_SERVERS_MAX + 1, text), -E2BIG);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(macs_are_six_bytes_of_hex_with_one_separator),
		TAP_TEST(hardware_virtual_nics_and_members_of_bonds_are_candidates),
		TAP_TEST(a_link_is_found_by_name_and_by_number),
		TAP_TEST(a_link_is_ready_with_carrier_and_past_its_start),
		TAP_TEST(a_member_of_a_bond_is_known_by_its_own_mac),
		TAP_TEST(a_link_without_ethernet_address_has_no_mac),
		TAP_TEST(a_malformed_link_message_is_passed_over),
		TAP_TEST(an_address_tells_who_made_it_and_whether_it_is_usable),
		TAP_TEST(bonding_modes_have_the_kernels_names),
		TAP_TEST(a_new_bond_asks_for_its_mode_miimon_and_fast_lacp),
		TAP_TEST(a_bond_tells_its_members_and_its_lacp_partner),
		TAP_TEST(a_state_is_written_and_read_the_same),
		TAP_TEST(a_malformed_state_is_refused_whole),
		TAP_TEST(a_state_has_a_limit_and_when_full_it_fits),
		TAP_TEST(a_global_address_that_is_not_noted_is_foreign),
		TAP_TEST(the_state_file_is_replaced_and_nothing_else_is_left),
		TAP_TEST(resolv_conf_is_replaced_whole),
		TAP_TEST(resolv_conf_may_be_a_symbolic_link),
		TAP_TEST(resolv_conf_that_is_a_mount_point_is_written_in_place),
		TAP_TEST(resolv_conf_that_cannot_be_written_is_left_alone),
		TAP_TEST(resolv_conf_has_a_limit_and_when_full_it_fits),
		{ 0 },
	};
	return tap_run(tests);
}
