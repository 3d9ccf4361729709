/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel filters: see packet_filter.h. Each is a run of requirements: a value that is loaded from
 * the frame must be a certain one, or the frame is dropped. The parsers check all of it again; a
 * filter keeps other traffic away, and with it the work and the exposure.
 *
 * Offsets are from the Ethernet header on. A load beyond the end of the frame drops it.
 */
#include "packet/packet_filter.h"

#include <linux/if_packet.h>

#include "packet/frame.h"

/* A network layer's offset; ARP: RFC 826; IPv6: RFC 8200, RFC 4861; IPv4: RFC 791. */
#define AT FRAME_HEADER_LEN
#define ARP_KIND_AT AT
#define ARP_LENGTHS_AT (AT + 4)
#define ARP_SENDER_AT (AT + 14)
#define ARP_TARGET_AT (AT + 24)
#define IPV6_NEXT_AT (AT + 6)
#define IPV6_DESTINATION_AT (AT + 24)
#define IPV6_ICMP_AT (AT + 40)
#define IPV6_TARGET_AT (AT + 48)
#define IPV4_FRAGMENT_AT (AT + 6)
#define IPV4_PROTOCOL_AT (AT + 9)
#define IPV4_DESTINATION_AT (AT + 16)
/* Behind an IPv4 header of any length, which is in X. */
#define UDP_PORT_AT (AT + 2)
#define BOOTP_OP_AT (AT + 8)
#define BOOTP_MAC_AT (AT + 8 + 28)
#define BOOTP_COOKIE_AT (AT + 8 + 236)

#define TAKE 0xffffffffU
#define DROP 0

static void emit(struct packet_filter *f, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (f->n < PACKET_FILTER_MAX)
		f->code[f->n] = (struct sock_filter){ .code = code, .jt = jt, .jf = jf, .k = k };
	f->n++;
}

static void load_field(struct packet_filter *f, uint16_t size, uint32_t offset)
{
	emit(f, BPF_LD | BPF_ABS | size, 0, 0, offset);
}

static void load_behind_ipv4(struct packet_filter *f, uint16_t size, uint32_t offset)
{
	emit(f, BPF_LD | BPF_IND | size, 0, 0, offset);
}

static void verdict(struct packet_filter *f, uint32_t take)
{
	emit(f, BPF_RET | BPF_K, 0, 0, take);
}

/* What was loaded is @value, or the frame is dropped. */
static void require(struct packet_filter *f, uint32_t value)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value);
	verdict(f, DROP);
}

/* If it is @value, the frame is taken. */
static void suffices(struct packet_filter *f, uint32_t value)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
	verdict(f, TAKE);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void require_for_this_host(struct packet_filter *f)
{
	/*
	 * To this machine, to all or to a group: neither what promiscuous mode brings, nor what has
	 * the tag of a VLAN, which the kernel takes for another's where it has no link for it.
	 */
	load_field(f, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
	emit(f, BPF_JMP | BPF_JGT | BPF_K, 0, 1, PACKET_MULTICAST);
	verdict(f, DROP);
}

static void require_for_us(struct packet_filter *f, uint16_t type)
{
	require_for_this_host(f);
	load_field(f, BPF_H, AT - 2);
	require(f, type);
}

/* If what was loaded is not @value, what comes until end_case() is left out. Returns its place. */
static unsigned begin_case(struct packet_filter *f, uint32_t value)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, value);
	return f->n - 1;
}

static void end_case(struct packet_filter *f, unsigned begun)
{
	if (begun < PACKET_FILTER_MAX)
		f->code[begun].jf = (uint8_t)(f->n - begun - 1);
}

static void require_address(
	struct packet_filter *f, uint32_t offset, const struct net_addr *address)
{
	for (uint32_t i = 0; i < net_addr_bits(address) / 8; i += 4) {
		load_field(f, BPF_W, offset + i);
		require(f, be32(address->bytes + i));
	}
}

/* Neither a fragment nor followed by one. */
static void require_whole_ipv4(struct packet_filter *f)
{
	load_field(f, BPF_H, IPV4_FRAGMENT_AT);
	emit(f, BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x3fff);
	require(f, 0);
}

static void make_arp(struct packet_filter *f, const struct net_addr *address)
{
	require_for_us(f, FRAME_ARP);
	load_field(f, BPF_W, ARP_KIND_AT);
	require(f, 0x00010800);
	load_field(f, BPF_H, ARP_LENGTHS_AT);
	require(f, 0x0604);
	load_field(f, BPF_W, ARP_SENDER_AT);
	suffices(f, be32(address->bytes));
	require(f, 0);
	load_field(f, BPF_W, ARP_TARGET_AT);
	suffices(f, be32(address->bytes));
	verdict(f, DROP);
}

static void make_nd(struct packet_filter *f, const struct net_addr *address)
{
	require_for_us(f, FRAME_IPV6);
	/* Next header and hop limit; then type and code. */
	load_field(f, BPF_H, IPV6_NEXT_AT);
	require(f, 58 << 8 | 255);
	load_field(f, BPF_H, IPV6_ICMP_AT);
	require(f, 136 << 8);
	require_address(f, IPV6_TARGET_AT, address);
	verdict(f, TAKE);
}

/* All protocols arrive at its socket, and frames of VLANs before the kernel takes them away. */
static void require_plain_for_us(struct packet_filter *f)
{
	require_for_this_host(f);
	/* A tag of VLAN 0 says priority only. */
	load_field(f, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG));
	emit(f, BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x0fff);
	require(f, 0);
	load_field(f, BPF_H, AT - 2);
}

static void make_echo4(struct packet_filter *f, const struct net_addr *address)
{
	require_plain_for_us(f);
	unsigned arp = begin_case(f, FRAME_ARP);
	load_field(f, BPF_W, ARP_KIND_AT);
	require(f, 0x00010800);
	load_field(f, BPF_W, ARP_LENGTHS_AT);
	require(f, 0x0604U << 16 | 1);
	require_address(f, ARP_TARGET_AT, address);
	verdict(f, TAKE);
	end_case(f, arp);
	require(f, FRAME_IPV4);
	load_field(f, BPF_B, IPV4_PROTOCOL_AT);
	require(f, 1);
	require_whole_ipv4(f);
	require_address(f, IPV4_DESTINATION_AT, address);
	emit(f, BPF_LDX | BPF_B | BPF_MSH, 0, 0, AT);
	load_behind_ipv4(f, BPF_H, AT);
	require(f, 0);
	verdict(f, TAKE);
}

static void make_echo6(struct packet_filter *f, const struct net_addr *address)
{
	require_plain_for_us(f);
	require(f, FRAME_IPV6);
	load_field(f, BPF_B, IPV6_NEXT_AT);
	require(f, 58);
	load_field(f, BPF_H, IPV6_ICMP_AT);
	unsigned solicit = begin_case(f, 135 << 8);
	require_address(f, IPV6_TARGET_AT, address);
	verdict(f, TAKE);
	end_case(f, solicit);
	require(f, 129 << 8);
	require_address(f, IPV6_DESTINATION_AT, address);
	verdict(f, TAKE);
}

static void make_dhcp(struct packet_filter *f, const uint8_t *mac)
{
	require_for_us(f, FRAME_IPV4);
	load_field(f, BPF_B, IPV4_PROTOCOL_AT);
	require(f, 17);
	require_whole_ipv4(f);
	emit(f, BPF_LDX | BPF_B | BPF_MSH, 0, 0, AT);
	load_behind_ipv4(f, BPF_H, UDP_PORT_AT);
	require(f, 68);
	load_behind_ipv4(f, BPF_B, BOOTP_OP_AT);
	require(f, 2);
	load_behind_ipv4(f, BPF_W, BOOTP_MAC_AT);
	require(f, be32(mac));
	load_behind_ipv4(f, BPF_H, BOOTP_MAC_AT + 4);
	require(f, (uint32_t)(mac[4] << 8 | mac[5]));
	load_behind_ipv4(f, BPF_W, BOOTP_COOKIE_AT);
	require(f, 0x63825363);
	verdict(f, TAKE);
}

bool packet_filter_make(enum packet_kind kind, const struct candidate *link,
	const struct net_addr *address, struct packet_filter *ret)
{
	struct packet_filter f = { .n = 0 };
	uint8_t family = address ? address->family : 0;

	if (kind == PACKET_DHCP)
		make_dhcp(&f, link->mac);
	else if (kind == PACKET_ARP && family == 4)
		make_arp(&f, address);
	else if (kind == PACKET_ND && family == 6)
		make_nd(&f, address);
	else if (kind == PACKET_ECHO && family == 4)
		make_echo4(&f, address);
	else if (kind == PACKET_ECHO && family == 6)
		make_echo6(&f, address);
	if (f.n == 0 || f.n > PACKET_FILTER_MAX)
		return false;
	*ret = f;
	return true;
}
