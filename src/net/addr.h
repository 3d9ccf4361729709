/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and prefixes, IPv4 and IPv6. Pure: no name is ever looked up here.
 *
 * `::ffff:a.b.c.d` is IPv4: it is parsed, received and compared as a.b.c.d. Texts are strict:
 * four decimal numbers without leading zeros, RFC 4291 section 2.2 for IPv6, nothing around.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

struct net_addr {
	uint8_t family;    /* 4 or 6; 0: unset */
	uint8_t bytes[16]; /* network order; IPv4 uses the first four, the rest is zero */
	uint32_t scope;    /* interface index of an IPv6 link-local address; 0: none */
};

struct net_prefix {
	struct net_addr addr;
	uint8_t len; /* 0 to 32 or 128 */
};

/* Longest text with NUL: an IPv6 address, `%` and an interface name; with `/128`; with brackets
 * and a port. */
#define NET_ADDR_TEXT_MAX 64
#define NET_PREFIX_TEXT_MAX 72
#define NET_ENDPOINT_TEXT_MAX 80

/* Address bits of the family: 32 or 128; 0 if it is unset. */
unsigned net_addr_bits(const struct net_addr *addr);
/* The same address; for link-local ones on the same interface, too. */
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b);

/* An address without scope. -EINVAL (no text: the caller says what it was for). */
int net_addr_parse(const char *text, struct net_addr *ret) MUST_CHECK;
/*
 * The same, and a link-local `fe80::1%eth0` or `fe80::1%2` too (RFC 4007 section 11): for
 * listening and connecting. -ENODEV if this machine has no such interface.
 */
int net_addr_parse_scoped(const char *text, struct net_addr *ret) MUST_CHECK;
/* Canonical text (RFC 5952), without scope. */
void net_addr_format(const struct net_addr *addr, char out[NET_ADDR_TEXT_MAX]);

/*
 * `ADDRESS/LENGTH`, host bits kept. ::ffff:10.0.0.1/120 is 10.0.0.1/24; a mapped address with a
 * length below 96 is -EINVAL.
 */
int net_prefix_parse(const char *text, struct net_prefix *ret) MUST_CHECK;
void net_prefix_format(const struct net_prefix *prefix, char out[NET_PREFIX_TEXT_MAX]);
/* The network: host bits cleared. */
struct net_prefix net_prefix_network(const struct net_prefix *prefix);
/* A scope does not matter here. */
bool net_prefix_contains(const struct net_prefix *prefix, const struct net_addr *addr);

/* 0.0.0.0 or ::, on which a service listens for all addresses. */
bool net_addr_is_any(const struct net_addr *addr);
/* 127.0.0.1 or ::1. @family: 4 or 6. */
struct net_addr net_loopback(uint8_t family);
/* Whether it is in 127.0.0.0/8 or is ::1 (RFC 1122 section 3.2.1.3, RFC 4291). */
bool net_prefix_is_loopback(const struct net_prefix *prefix);

/*
 * NULL, or what an address is that no machine can have on a network: it is unset, of 0.0.0.0/8 or
 * 127.0.0.0/8, or from 224.0.0.0 on (RFC 1122 section 3.2.1.3, RFC 1112); it is ::, ::1, or of
 * ff00::/8 (RFC 4291).
 */
const char *net_addr_reason_against(const struct net_addr *addr);
bool net_addr_is_unicast(const struct net_addr *addr);
/*
 * NULL, or what a unicast address is that no host can have: it is the network itself, or
 * its broadcast address (RFC 1122 section 3.2.1.3); for IPv6 the anycast address of the network's
 * routers (RFC 4291 section 2.6.1). Networks of two addresses have none of them (RFC 3021,
 * RFC 6164), nor have those of one.
 */
const char *net_prefix_reason_against(const struct net_prefix *prefix);

/* A copy with `/` instead of the last `m` if there is no `/`; the caller frees it. */
char *net_decode_safe_cidr(const char *text);

/*
 * A prefix as it is typed where `/` cannot be: before the length at the end there may also be an
 * `m`, a dot or blanks (`10.0.2.10.24`, `2001:db8::1 64`). None of them can be taken for an
 * address. Blanks around it do not matter. -EINVAL as net_prefix_parse().
 */
int net_prefix_parse_typed(const char *text, struct net_prefix *ret) MUST_CHECK;

/*
 * From and to the kernel's form. A mapped IPv6 address becomes IPv4. -EAFNOSUPPORT if it is
 * neither IPv4 nor IPv6. An unset address has a length of 0.
 */
int net_addr_from_sockaddr(
	const struct sockaddr_storage *sa, struct net_addr *ret, uint16_t *ret_port) MUST_CHECK;
socklen_t net_addr_to_sockaddr(
	const struct net_addr *addr, uint16_t port, struct sockaddr_storage *ret);
/* `192.0.2.1:2009`, `[2001:db8::1]:2009`, `[fe80::1%eth0]:2009`. */
void net_endpoint_format(
	const struct net_addr *addr, uint16_t port, char out[NET_ENDPOINT_TEXT_MAX]);
