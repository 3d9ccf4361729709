/* SPDX-License-Identifier: BSD-2-Clause */
/* The Ethernet header, and what the codecs of frames share. Not for other folders. */
#pragma once

#include <string.h>

#include "base/bytes.h"
#include "packet/candidate.h"

#define FRAME_HEADER_LEN 14

enum {
	FRAME_IPV4 = 0x0800,
	FRAME_ARP = 0x0806,
	FRAME_IPV6 = 0x86dd,
};

static const uint8_t frame_broadcast[NET_MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static inline void frame_write_header(
	struct bytes_writer *w, const uint8_t *to, const uint8_t *from, uint16_t type)
{
	bytes_write(w, to, NET_MAC_LEN);
	bytes_write(w, from, NET_MAC_LEN);
	bytes_write_be16(w, type);
}

/* Goes over the header; false if the frame is not of this type. @ret_from: its source. */
static inline bool frame_read_header(
	struct bytes_reader *r, uint16_t type, uint8_t ret_from[NET_MAC_LEN])
{
	bytes_view(r, NET_MAC_LEN);
	return bytes_read(r, ret_from, NET_MAC_LEN) && bytes_read_be16(r) == type &&
	       bytes_reader_ok(r);
}

/* IPv4's four bytes as an address; 0.0.0.0 is the unset one. */
static inline struct net_addr frame_read_ipv4(struct bytes_reader *r)
{
	struct net_addr addr = { .family = 0 };

	if (bytes_read(r, addr.bytes, 4) && memcmp(addr.bytes, "\0\0\0\0", 4) != 0)
		addr.family = 4;
	return addr;
}
