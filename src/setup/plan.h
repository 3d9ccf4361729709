/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov remote static` and `stprov remote dhcp`: their options, and the plan that is made of
 * them before anything is touched. The plan is pure: it looks at nothing but the options.
 */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "link/bond.h"
#include "link/link.h"
#include "net/hostname.h"
#include "store/store.h"

struct setup_options {
	const char *ip, *gateway;
	bool try_last_gateway;
	const char *host, *full_host;
	struct cli_list urls;
	const char *user, *password;
	bool user_given, password_given;
	struct cli_list dns;
	const char *mac, *interface;
	bool autodetect, bonding_auto;
	struct cli_list bonding;
	const char *bonding_mode;
	bool bonding_mode_given;
	int64_t wait_ms;
	bool force;
	struct store_choice store;
	const char *trust_policy;
	const char *roots; /* a file; NULL: that of the trust policy */
};

/* Which links are considered. */
enum setup_selection {
	SETUP_SELECT_ANY,        /* nothing was named */
	SETUP_SELECT_AUTODETECT, /* -A */
	SETUP_SELECT_BOND_AUTO,  /* -B */
	SETUP_SELECT_MAC,        /* -m */
	SETUP_SELECT_NAME,       /* -I */
	SETUP_SELECT_BOND,       /* -b */
};

/* Checks that -f waived, of each DNS server, and of host and gateway; options that are not used. */
#define SETUP_NOTES_MAX (CLI_LIST_MAX + 8)

struct setup_plan {
	bool dhcp;
	struct net_prefix host;  /* static: with its host bits */
	struct net_addr gateway; /* static */
	bool gateway_onlink;     /* it is not in the host's network */
	char hostname[NET_HOSTNAME_MAX];
	char *urls[CLI_LIST_MAX]; /* owned; with user and password */
	size_t urls_n;
	bool compiled_in_password; /* a URL has the password of the build */
	struct net_addr dns[CLI_LIST_MAX];
	size_t dns_n;
	enum setup_selection selection;
	uint8_t mac[NET_MAC_LEN];
	const char *const *names; /* of -I and -b; borrowed from the options */
	size_t names_n;
	bool bond; /* one was asked for */
	enum bond_mode bonding_mode;
	int64_t wait_ms;
	bool force;
	/* What -f waived, and options that are not used: lines to log. */
	struct error notes[SETUP_NOTES_MAX];
	size_t notes_n;
};

/*
 * Checks the options and makes the plan. -EINVAL with one line that names the option or the
 * value. The plan borrows from @options; the caller deinits it.
 */
int setup_plan_make(const struct setup_options *options, bool dhcp, struct setup_plan *ret,
	struct error *error) MUST_CHECK;
void setup_plan_deinit(struct setup_plan *plan);
#define _cleanup_setup_plan_ _cleanup_(setup_plan_deinit)

/*
 * The gateway when -g does not name one: the first address of the network, or with @last its last
 * usable one. In a network of two addresses (RFC 3021, RFC 6164) it is the other one, in one of a
 * single address with @last the host's own. -ERANGE if there is no such address.
 */
int setup_default_gateway(
	const struct net_prefix *host, bool last, struct net_addr *ret) MUST_CHECK;
