/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host name is, wherever one comes from. Pure.
 *
 * The rules differ by what a name is used for. In none of them is a name empty, and except in the
 * rule for stored names it is printable ASCII.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Longest name of DNS with its NUL (RFC 1035 section 2.3.4: 255 octets on the wire). */
#define NET_HOSTNAME_MAX 254
/* Longest name of any rule with its NUL: the octets of DHCP's option (RFC 2132 section 2). */
#define NET_HOSTNAME_ANY_MAX 256

enum net_hostname_rule {
	/*
	 * An operator's, for STHostName: letters, digits, `-` and `.` (RFC 1123 section 2.1), and
	 * `_`, which DNS takes (RFC 2181 section 11) and the released program lets pass. It begins
	 * with neither `-` nor `.`.
	 */
	NET_HOSTNAME_TYPED,
	/* A DHCP server's, option 12 (RFC 2132 section 3.14): the same without `_`, 255 bytes. */
	NET_HOSTNAME_DHCP,
	/*
	 * In an http URL, in lower case and without a dot at its end: as typed, in labels of 1 to
	 * 63 (RFC 1035 section 2.3.4) that do not begin with `-`. The last one is not a number,
	 * since inet_aton(3) reads such a name as an address.
	 */
	NET_HOSTNAME_URL,
	/*
	 * Under which a key is in known_hosts (sshd(8)): a name, or an address with `:` and `%`.
	 * All else could mean something in that file. 255 bytes.
	 */
	NET_HOSTNAME_KNOWN_HOSTS,
	/*
	 * Found in STHostName, which the released program writes without a check: UTF-8 without
	 * control characters, 255 bytes.
	 */
	NET_HOSTNAME_STORED,
};

/* Whether the @len bytes of @text, in which a NUL is like any other byte, are one by @rule. */
bool net_hostname_check(const char *text, size_t len, enum net_hostname_rule rule);
