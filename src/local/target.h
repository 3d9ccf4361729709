/* SPDX-License-Identifier: BSD-2-Clause */
/* The value of -i: where the platform is. Inside `stprov local` only. */
#pragma once

#include <stdbool.h>

#include "net/hostname.h"
#include "net/lookup.h"

struct target {
	/* As typed, without port and brackets: an address, with an interface if it has one, or a
	 * name. */
	char host[NET_HOSTNAME_ANY_MAX];
	/* For comparisons and known_hosts: the name without the dot of a complete one. */
	char name[NET_HOSTNAME_ANY_MAX];
	bool is_name;         /* which is looked up when the platform is called */
	struct net_addr addr; /* if it is none */
	uint16_t port;
	/* Not empty: the platform told these addresses, and the operator typed none. */
	struct net_addrs told;
};

/*
 * Reads `ADDRESS`, `NAME`, `[ADDRESS]`, and each with `:PORT` behind it; an IPv6 address needs the
 * brackets for that. @port: of -p, which a port in @text replaces. @port_given: -p was typed, so
 * that another port in @text is an error. -EINVAL with its text.
 */
int target_parse(const char *text, uint16_t port, bool port_given, struct target *ret,
	struct error *error) MUST_CHECK;

/* Its addresses: one, or those of the name. As net_lookup(). */
int target_addresses(
	const struct target *target, struct net_addrs *ret, struct error *error) MUST_CHECK;
