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
	 * `_`, which DNS takes (RFC 2181 section 11) and the released program lets pass. In labels
	 * of 1 to 63 (RFC 1035 section 2.3.4) that neither begin nor end with `-`; the last one is
	 * not a number, since the name would be read as an address.
	 */
	NET_HOSTNAME_TYPED,
	/*
	 * A DHCP server's, option 12 (RFC 2132 section 3.14): the same without `_`. It may be one
	 * label, so it may be a number.
	 */
	NET_HOSTNAME_DHCP,
	/*
	 * In an http URL, in lower case and without a dot at its end: as typed, but a label may end
	 * with `-`, as some web servers' do.
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

/*
 * NULL, or why the @len bytes of @text, in which a NUL is like any other byte, are not one by
 * @rule: `it is empty`. The checks have one order, so the reason is the same for every caller.
 */
const char *net_hostname_reason_against(const char *text, size_t len, enum net_hostname_rule rule);
/* Whether they are one. */
bool net_hostname_check(const char *text, size_t len, enum net_hostname_rule rule);

/*
 * A host name's label from another name of the machine, such as its serial number: in lower case,
 * `-` for what cannot be in a label, none at the ends. False if nothing of it is left.
 */
#define NET_HOSTNAME_LABEL_MAX 64
bool net_hostname_label(const char *text, char out[NET_HOSTNAME_LABEL_MAX]);
