/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of a host's name. */
#pragma once

#include "net/addr.h"

/* More addresses of a name are left out. */
#define NET_LOOKUP_MAX 8

struct net_addrs {
	struct net_addr items[NET_LOOKUP_MAX];
	size_t n;
};

/*
 * Looks up a name as getaddrinfo(3) does, and waits as long as that does: the addresses, best
 * first (RFC 6724), at least one. -ENOENT: there is no such host, or it has no address; -EAGAIN:
 * the DNS servers did not answer; another negative errno; with a sentence that names the host.
 */
int net_lookup(const char *host, struct net_addrs *ret, struct error *error) MUST_CHECK;
