/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet socket on one link (packet(7)), with a classic BPF filter in the kernel that lets
 * through only what is waited for. The filter is in place before the socket is bound, so that
 * nothing else was ever queued, and locked, so that a process that was given the socket cannot
 * take it off.
 *
 * Frames are whole ones with their Ethernet header. Sending needs no address then, which a
 * sandbox can hold a process to: it sends on this link only.
 */
#pragma once

#include "packet/candidate.h"

/* Longest frame that is taken. */
#define PACKET_MAX 1600

enum packet_kind {
	PACKET_ARP,  /* from hosts that claim @address, and probes of others for it */
	PACKET_ND,   /* advertisements of @address */
	PACKET_DHCP, /* DHCPv4 replies to this link's MAC; @address is not used */
	/* To @address: ICMP echo replies; and the questions for it, ARP requests or solicitations.
	 */
	PACKET_ECHO,
};

/*
 * Opens a socket on @link; the link may be down still. Frames for other machines and with a VLAN
 * tag do not arrive. @address: may be NULL for DHCP. Needs CAP_NET_RAW; a negative errno with its
 * text, which names the link.
 */
int packet_open(enum packet_kind kind, const struct candidate *link, const struct net_addr *address,
	int *ret_fd, struct error *error) MUST_CHECK;

/* The same for the family of @address: ARP or ND. */
int packet_open_ask(const struct candidate *link, const struct net_addr *address, int *ret_fd,
	struct error *error) MUST_CHECK;

/*
 * Sends one frame. A negative errno without text: -ENETDOWN (the link is down), -ENOBUFS,
 * -EAGAIN and the like pass; the caller sends again later as it would if it had been lost.
 */
int packet_send(int fd, const void *frame, size_t len) MUST_CHECK;

struct packet {
	size_t len;
	bool checksum_ready; /* false: from this machine, and a card was to fill it in */
	uint8_t data[PACKET_MAX];
};

/*
 * Takes one frame; oversized ones are dropped. -EAGAIN: none there (also after the link went
 * down, which the kernel tells once); other negative errnos without text.
 */
int packet_receive(int fd, struct packet *ret) MUST_CHECK;
