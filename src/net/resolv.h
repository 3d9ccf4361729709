/* SPDX-License-Identifier: BSD-2-Clause */
/* /etc/resolv.conf (resolv.conf(5)): the DNS servers that were asked for, whole or not at all. */
#pragma once

#include "net/addr.h"

#define NET_RESOLV_PATH_DEFAULT "/etc/resolv.conf"
/* Servers in a file; libc looks at the first three of them. */
#define NET_RESOLV_SERVERS_MAX 16
#define NET_RESOLV_SERVERS_USED 3
#define NET_RESOLV_TEXT_MAX 2048

/* How it was written. */
enum net_resolv_how {
	NET_RESOLV_REPLACED,         /* by a new file, atomically */
	NET_RESOLV_TARGET_REPLACED,  /* it is a symbolic link, and its target was replaced,
					atomically */
	NET_RESOLV_SYMLINK_REPLACED, /* it was a symbolic link to nothing; now it is a file */
	NET_RESOLV_IN_PLACE,         /* it is a mount point, or its directory is not writable */
};
/* The same in words, without the path: "written", "a mount point: written in place", ... */
const char *net_resolv_how_text(enum net_resolv_how how);

/* One `nameserver` line a server. -E2BIG beyond NET_RESOLV_SERVERS_MAX. */
int net_resolv_format(
	const struct net_addr *servers, size_t n, char out[NET_RESOLV_TEXT_MAX]) MUST_CHECK;

/*
 * Writes the file, mode 0644. When it fails, the old one is as it was; writing in place puts the
 * old bytes back. *ret_how: what to tell the operator.
 */
int net_resolv_write(const char *path, const struct net_addr *servers, size_t n,
	enum net_resolv_how *ret_how, struct error *error) MUST_CHECK;
