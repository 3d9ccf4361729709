/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DHCPv4 messages (RFC 2131, RFC 2132, RFC 3396, RFC 3442): what a client sends and hears. Pure.
 *
 * No library in Debian 12 does the client's side for a C program: dhclient, dhcpcd and udhcpc are
 * programs, systemd's sd-dhcp-client is not exported, and n-dhcp4 is not packaged.
 */
#pragma once

#include "net/hostname.h"
#include "packet/candidate.h"

/* Longest message that is sent or taken: Ethernet's 1500 bytes without IP and UDP headers. */
#define DHCP_MESSAGE_MAX 1472

/* What a lease may hold of each; servers that send more have the rest left out. */
#define DHCP_ROUTERS_MAX 8
#define DHCP_ROUTES_MAX 32

/* An MTU below this, which every host takes (RFC 791 section 3.1), is left out. */
#define DHCP_MTU_MIN 576

struct dhcp_route {
	struct net_prefix to; /* host bits cleared; in a lease not 0.0.0.0/0 */
	struct net_addr via;  /* unset: on the link itself */
};

/* What is used of one: more does not cross the border between the processes. */
struct dhcp_lease {
	struct net_prefix address; /* options' yiaddr and 1; usable: see dhcp_lease_check() */
	size_t n_routers;          /* 0: a lease without router */
	struct net_addr routers[DHCP_ROUTERS_MAX]; /* 3; or 121's default routes, if it is there */
	bool default_onlink; /* 121's default route is the link itself; then there are no routers */
	char hostname[NET_HOSTNAME_ANY_MAX]; /* 12: letters, digits, `-`, `.`; "": none */
	uint32_t mtu;                        /* 26; 0: none */
	size_t n_routes;
	struct dhcp_route routes[DHCP_ROUTES_MAX]; /* 121, without default routes */
};

/* One route as it is set: a default route has the destination 0.0.0.0/0. */
struct dhcp_way {
	struct dhcp_route route;
	bool onlink; /* its router is outside every network of the link: it is reached on the link
		      */
};

/* A lease has at most these: its routes and its default routes. */
#define DHCP_WAYS_MAX (DHCP_ROUTES_MAX + DHCP_ROUTERS_MAX)

/*
 * The routes of a lease in an order in which a kernel takes them: RFC 3442 gives them none. Those
 * to destinations on the link come first, then those whose router is on the link, then those whose
 * router is reached through another of them; the default routes, all of them, in the server's
 * order; last a route to the lease's own network, which would hide the link from the others. Of
 * several to one destination the first counts. Returns their number.
 */
size_t dhcp_lease_ways(const struct dhcp_lease *lease, struct dhcp_way ret[DHCP_WAYS_MAX]);

/*
 * Whether a lease is one that dhcp_decode() can give: what comes from a process without
 * privileges is held to it again. NULL, or what is wrong.
 */
const char *dhcp_lease_check(const struct dhcp_lease *lease);

enum dhcp_type { /* option 53 */
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_DECLINE = 4,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
};

/* What a client sends. */
struct dhcp_request {
	enum dhcp_type type; /* DISCOVER, REQUEST or DECLINE */
	uint32_t xid;
	uint16_t secs; /* since the client began */
	uint8_t mac[NET_MAC_LEN];
	struct net_addr address, server; /* options 50 and 54; not for DISCOVER */
};

/* Returns the length; @out has room for DHCP_MESSAGE_MAX. */
size_t dhcp_encode(const struct dhcp_request *request, uint8_t *out);

/* A server's message. */
struct dhcp_reply {
	enum dhcp_type type; /* OFFER, ACK or NAK */
	uint32_t xid;
	uint8_t mac[NET_MAC_LEN]; /* chaddr */
	struct net_addr server;   /* option 54 */
	/* Not of a NAK. It can be used if @unusable is NULL. */
	struct dhcp_lease lease;
	const char *unusable; /* why it cannot be: `malformed subnet mask` */
	uint8_t odd;          /* an option that was left out as malformed; 0: none */
	uint8_t odd_entry;    /* an option of which entries were left out; 0: none */
	bool no_mask;         /* no option 1: the address has the prefix length 32 */
};

/*
 * A server's message. NULL, or why it is not one: cut short, not a reply, not Ethernet, no magic
 * cookie, an option beyond its field, overload that makes no sense, no or another message type,
 * no server identifier. Options in several pieces are put together (RFC 3396), but of those of
 * fixed length that come twice the first counts; 52 opens the fields `file` and `sname`. An
 * option that is not essential and malformed is as one that is not there, and named in @odd; an
 * entry of a list that no host can use is left out, and its option named in @odd_entry.
 */
const char *dhcp_decode(const uint8_t *data, size_t len, struct dhcp_reply *ret);
