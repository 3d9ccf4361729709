/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The links (network interfaces) of this machine, as rtnetlink and sysfs tell about them: a
 * snapshot and pure questions about it. Waiting for links: link_wait.h. Changing them: change.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "link/rtnetlink.h"
#include "net/addr.h"
#include "net/mac.h"

/* Longest link name, kind, driver name and reason against a candidate, with NUL. */
#define LINK_NAME_MAX 16
#define LINK_KIND_MAX 16
#define LINK_DRIVER_MAX 32
#define LINK_REASON_MAX 64
/* More links or addresses than this are not looked at: -E2BIG. */
#define LINKS_MAX 4096
#define LINK_ADDRS_MAX 16384

/* RFC 2863's ifOperStatus with the kernel's numbers (linux/if.h, IF_OPER_*). */
enum link_operstate {
	LINK_OPERSTATE_UNKNOWN,
	LINK_OPERSTATE_NOT_PRESENT,
	LINK_OPERSTATE_DOWN,
	LINK_OPERSTATE_LOWER_LAYER_DOWN,
	LINK_OPERSTATE_TESTING,
	LINK_OPERSTATE_DORMANT,
	LINK_OPERSTATE_UP,
};

enum link_duplex {
	LINK_DUPLEX_UNKNOWN,
	LINK_DUPLEX_HALF,
	LINK_DUPLEX_FULL,
};

struct link {
	uint32_t index;               /* the kernel's number, from 1; stays when it is renamed */
	uint32_t master;              /* index of the bond or bridge it is a member of; 0: none */
	char name[LINK_NAME_MAX];     /* never empty; any bytes but `/`, `:`, white space */
	char kind[LINK_KIND_MAX];     /* "bond", "vlan", "veth", ...; "" for hardware */
	char driver[LINK_DRIVER_MAX]; /* "virtio_net", ...; "" if not known */
	bool has_mac;                 /* Ethernet (ARPHRD_ETHER) with a MAC that is not all zero */
	/*
	 * The MAC by which it is named and persisted. A bond's member has the bond's MAC on the
	 * wire; this is its own, which it gets back when the bond is gone.
	 */
	uint8_t mac[NET_MAC_LEN];
	uint16_t type; /* ARPHRD_* (linux/if_arp.h) */
	bool loopback;
	bool noarp; /* has no neighbours to ask (IFF_NOARP) */
	bool bond_member;
	bool up;      /* set up by the administrator (IFF_UP) */
	bool carrier; /* a cable with a peer; only meaningful while it is up */
	enum link_operstate operstate;
	uint32_t mtu;
	int32_t speed; /* Mb/s; -1: not known (without carrier it never is) */
	enum link_duplex duplex;
};

struct links {
	struct link *items; /* in the kernel's order, which is by index */
	size_t n;
};

#define LINKS_INIT ((struct links){ .items = NULL })

void links_deinit(struct links *links);
#define _cleanup_links_ _cleanup_(links_deinit)

/* Where sysfs tells about links. */
#define LINK_SYSFS_DEFAULT "/sys/class/net"

/*
 * A snapshot of all links of this network namespace. @sysfs: LINK_SYSFS_DEFAULT (or a test's
 * directory) for driver, speed and duplex, which cost some file reads a link; NULL leaves them
 * out ("" and -1). Where sysfs shows another namespace's links or is not mounted, the ethtool
 * ioctls answer instead. ret_links: the caller deinits it; what it held before is not freed.
 */
int links_read(struct rtnetlink *rtnl, const char *sysfs, struct links *ret_links,
	struct error *error) MUST_CHECK;

/* NULL if there is none. They point into @links. */
const struct link *links_by_index(const struct links *links, uint32_t index);
const struct link *links_by_name(const struct links *links, const char *name);

/*
 * Whether stprov may choose the link when none is named: it has a MAC and
 * is hardware or a virtual NIC (veth, macvlan, tap). Not: loopback; bonds, bridges, teams and other
 * masters; VLANs, tunnels, dummy, ifb; members of a bridge, team or VRF. Members of a bond are
 * candidates: stprov removes bond0. @links: for the master's name.
 */
bool link_is_candidate(const struct links *links, const struct link *link);
/* Why not, for the line about it ("loopback", "bond", "no MAC", "member of br0"); NULL if it is. */
const char *link_reason_against(
	const struct links *links, const struct link *link, char buf[static LINK_REASON_MAX]);
/* Up, with carrier, and past its operational start (not dormant, not waiting for 802.1X). */
bool link_is_ready(const struct link *link);

/* --- addresses on links --- */

struct link_addr {
	uint32_t index; /* the link */
	struct net_prefix prefix;
	bool global;     /* not of link-local or host scope */
	bool autoconf;   /* made by the kernel from a router's advertisement (SLAAC) */
	bool tentative;  /* duplicate address detection has not finished */
	bool dad_failed; /* another host has it */
};

struct link_addrs {
	struct link_addr *items;
	size_t n;
};

#define LINK_ADDRS_INIT ((struct link_addrs){ .items = NULL })

void link_addrs_deinit(struct link_addrs *addrs);
#define _cleanup_link_addrs_ _cleanup_(link_addrs_deinit)

/* All addresses of all links, IPv4 before IPv6. ret_addrs: the caller deinits it. */
int link_addrs_read(
	struct rtnetlink *rtnl, struct link_addrs *ret_addrs, struct error *error) MUST_CHECK;
