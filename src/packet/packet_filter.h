/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel filters of packet sockets, as classic BPF. Not for other folders. */
#pragma once

#include <linux/filter.h>

#include "packet/packet.h"

/* Instructions of the longest filter. */
#define PACKET_FILTER_MAX 64

struct packet_filter {
	struct sock_filter code[PACKET_FILTER_MAX];
	unsigned n;
};

/* False if @address does not fit the kind. */
bool packet_filter_make(enum packet_kind kind, const struct candidate *link,
	const struct net_addr *address, struct packet_filter *ret);
