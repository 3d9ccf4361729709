/*
 * The links (network interfaces) of this machine, as rtnetlink and sysfs tell about them: a
 * snapshot and pure questions about it. Waiting for links: linkwait.h. Changing them: config.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/rtnl.h"

/* Longest link name, kind, driver name and reason against a candidate, with NUL. */
#define NET_LINK_NAME_MAX 16
#define NET_LINK_KIND_MAX 16
#define NET_LINK_DRIVER_MAX 32
#define NET_LINK_REASON_MAX 64
/* More links or addresses than this are not looked at: -E2BIG. */
#define NET_LINKS_MAX 4096
#define NET_LINK_ADDRS_MAX 16384

#define NET_MAC_LEN 6
/* `52:54:00:12:34:56` with NUL. */
#define NET_MAC_TEXT_MAX 18

/*
 * Six bytes of hex, all separated by `:` or all by `-`, either case; -EINVAL otherwise. (As
 * net.ParseMAC of Go has it, without the forms that have dots or more bytes.)
 */
int net_mac_parse(const char *text, uint8_t ret[NET_MAC_LEN]) MUST_CHECK;
/* Lower case with colons. */
void net_mac_format(const uint8_t mac[NET_MAC_LEN], char out[NET_MAC_TEXT_MAX]);

/* RFC 2863's ifOperStatus with the kernel's numbers (linux/if.h, IF_OPER_*). */
enum net_operstate {
	NET_OPERSTATE_UNKNOWN,
	NET_OPERSTATE_NOT_PRESENT,
	NET_OPERSTATE_DOWN,
	NET_OPERSTATE_LOWER_LAYER_DOWN,
	NET_OPERSTATE_TESTING,
	NET_OPERSTATE_DORMANT,
	NET_OPERSTATE_UP,
};

enum net_duplex {
	NET_DUPLEX_UNKNOWN,
	NET_DUPLEX_HALF,
	NET_DUPLEX_FULL,
};

struct net_link {
	uint32_t index;                   /* the kernel's number, from 1; stays when it is renamed */
	uint32_t master;                  /* index of the bond or bridge it is a member of; 0: none */
	char name[NET_LINK_NAME_MAX];     /* never empty; any bytes but `/`, `:`, white space */
	char kind[NET_LINK_KIND_MAX];     /* "bond", "vlan", "veth", ...; "" for hardware */
	char driver[NET_LINK_DRIVER_MAX]; /* "virtio_net", ...; "" if not known */
	bool has_mac;                     /* Ethernet (ARPHRD_ETHER) with a MAC that is not all zero */
	/*
	 * The MAC by which it is named and persisted. A bond's member bears the bond's MAC on the
	 * wire; here stands its own, which it gets back when the bond is gone.
	 */
	uint8_t mac[NET_MAC_LEN];
	uint16_t type; /* ARPHRD_* (linux/if_arp.h) */
	bool loopback;
	bool noarp; /* has no neighbours to ask (IFF_NOARP) */
	bool bond_member;
	bool up;      /* set up by the administrator (IFF_UP) */
	bool carrier; /* a cable with a peer; only meaningful while it is up */
	enum net_operstate operstate;
	uint32_t mtu;
	int32_t speed; /* Mb/s; -1: not known (without carrier it never is) */
	enum net_duplex duplex;
};

struct net_links {
	struct net_link *items; /* in the kernel's order, which is by index */
	size_t n;
};

#define NET_LINKS_INIT ((struct net_links){ .items = NULL })

void net_links_deinit(struct net_links *links);
#define _cleanup_net_links_ _cleanup_(net_links_deinit)

/* Where sysfs tells about links. */
#define NET_SYSFS_DEFAULT "/sys/class/net"

/*
 * A snapshot of all links of this network namespace. @sysfs: NET_SYSFS_DEFAULT (or a test's
 * directory) for driver, speed and duplex, which cost some file reads a link; NULL leaves them
 * out ("" and -1). Where sysfs shows another namespace's links or is not mounted, the ethtool
 * ioctls answer instead. ret_links: the caller deinits it; what it held before is not freed.
 */
int net_links_read(struct net_rtnl *rtnl, const char *sysfs, struct net_links *ret_links,
	struct error *error) MUST_CHECK;

/* NULL if there is none. They point into @links. */
const struct net_link *net_links_by_index(const struct net_links *links, uint32_t index);
const struct net_link *net_links_by_name(const struct net_links *links, const char *name);

/*
 * Whether stprov may choose the link when none is named (network.md, step 1): it has a MAC and
 * is hardware or a virtual NIC (veth, macvlan, tap). Not: loopback; bonds, bridges, teams and other
 * masters; VLANs, tunnels, dummy, ifb; members of a bridge, team or VRF. Members of a bond are
 * candidates: stprov removes bond0. @links: for the master's name.
 */
bool net_link_is_candidate(const struct net_links *links, const struct net_link *link);
/* Why not, for the line about it ("loopback", "bond", "no MAC", "member of br0"); NULL if it is. */
const char *net_link_reason_against(const struct net_links *links, const struct net_link *link,
	char buf[static NET_LINK_REASON_MAX]);
/* Up, with carrier, and past its operational start (not dormant, not waiting for 802.1X). */
bool net_link_is_ready(const struct net_link *link);

/* --- addresses on links --- */

struct net_link_addr {
	uint32_t index; /* the link */
	struct net_prefix prefix;
	bool global;     /* not of link-local or host scope */
	bool autoconf;   /* made by the kernel from a router's advertisement (SLAAC) */
	bool tentative;  /* duplicate address detection has not finished */
	bool dad_failed; /* somebody else has it */
};

struct net_link_addrs {
	struct net_link_addr *items;
	size_t n;
};

#define NET_LINK_ADDRS_INIT ((struct net_link_addrs){ .items = NULL })

void net_link_addrs_deinit(struct net_link_addrs *addrs);
#define _cleanup_net_link_addrs_ _cleanup_(net_link_addrs_deinit)

/* All addresses of all links, IPv4 before IPv6. ret_addrs: the caller deinits it. */
int net_link_addrs_read(struct net_rtnl *rtnl, struct net_link_addrs *ret_addrs,
	struct error *error) MUST_CHECK;
