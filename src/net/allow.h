/* SPDX-License-Identifier: BSD-2-Clause */
/* The networks that may connect (-a). Pure. */
#pragma once

#include "net/addr.h"

/* The most networks of a list. */
#define NET_ALLOW_MAX 64

struct net_allow {
	struct net_prefix items[NET_ALLOW_MAX];
	size_t n;
};

/*
 * Adds one network of -a: CIDR, `m` for `/`, /32 or /128 without a length; host bits are
 * cleared. -EINVAL with `malformed address: TEXT` (made printable); -E2BIG beyond NET_ALLOW_MAX.
 */
int net_allow_add(struct net_allow *allow, const char *text, struct error *error) MUST_CHECK;
/* Whether no other machine can connect: all networks are in 127.0.0.0/8 or are ::1. */
bool net_allow_is_loopback(const struct net_allow *allow);
bool net_allow_contains(const struct net_allow *allow, const struct net_addr *addr);

/* Whether a list with commas and blanks lets in this machine only: all of its networks are loopback
 * ones. What is malformed in it lets in nothing. */
bool net_allow_is_loopback_only(const char *list);

/*
 * The network whose machines are to connect to a host with the address @host: the host's own, or
 * any address of its family if that network has room for no other machine.
 */
struct net_prefix net_allow_for(const struct net_prefix *host);
