/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of this machine to which others can connect. */
#pragma once

#include "net/addr.h"

/* More are left out. */
#define NET_OWN_ADDRS_MAX 16

/*
 * Where a service that listens on @listening can be reached: that address itself; or, for 0.0.0.0
 * and ::, each address of this machine that is up, without loopback and link-local ones, IPv4
 * first. If there is no other: the link-local ones; without those too: the loopback
 * address. At least one.
 */
int net_own_addrs(const struct net_addr *listening, struct net_addr ret[NET_OWN_ADDRS_MAX],
	size_t *ret_n, struct error *error) MUST_CHECK;

/*
 * The addresses, with the length of their network, at which a service that listens on @listening
 * can be reached from other machines, without link-local ones; there may be none.
 */
int net_own_prefixes(const struct net_addr *listening, struct net_prefix ret[NET_OWN_ADDRS_MAX],
	size_t *ret_n, struct error *error) MUST_CHECK;

/*
 * Whether this machine has links beside the loopback one, and none that is up has an address: then
 * no other machine can connect.
 */
bool net_has_only_idle_links(void);

/*
 * This machine's address from which packets to @addr would come. A negative errno: there is no
 * route. Nothing is sent.
 */
int net_own_towards(const struct net_addr *addr, struct net_addr *ret) MUST_CHECK;
