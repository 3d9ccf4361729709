/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network as files of systemd-networkd (systemd.network(5), systemd.netdev(5)), for version 245
 * and newer. Pure: texts only.
 */
#pragma once

#include "ospkg/net.h"

/* The files, in the order in which they are written. */
enum ospkg_networkd_file {
	OSPKG_NETWORKD_NETDEV,  /* the bond */
	OSPKG_NETWORKD_MEMBERS, /* its members */
	OSPKG_NETWORKD_NETWORK, /* the network of the link or the bond */
	OSPKG_NETWORKD_FILES,
};

/* Where each is, below the root. */
extern const char *const ospkg_networkd_paths[OSPKG_NETWORKD_FILES];

/* The texts; NULL for a file that this network does not need. */
struct ospkg_networkd {
	char *texts[OSPKG_NETWORKD_FILES]; /* owned */
};

void ospkg_networkd_deinit(struct ospkg_networkd *networkd);
#define _cleanup_networkd_ _cleanup_(ospkg_networkd_deinit)

/* -ENOMEM with its text. */
int ospkg_networkd_format(
	const struct ospkg_net *net, struct ospkg_networkd *ret, struct error *error) MUST_CHECK;
