/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov remote` with nothing after it, on a terminal: asks for what `static`, `dhcp` and `run`
 * have to know, shows the command that it comes to, and carries that out by the same functions.
 */
#pragma once

#include "remote/guide_order.h"

/*
 * @argc, @argv: options, of which it has -E and -T; the commands get them too. @run carries out one
 * command of `stprov remote` and returns its exit code. Asks on stdin and stderr. Returns the exit
 * code: 0 when `run` ended well, or when the network is set up and more was not wanted; 1 when the
 * operator left, or another command has the directory of variables, which is logged; 2 for options
 * that are wrong.
 */
int guide_run(int argc, char **argv, int (*run)(const char *command, int argc, char **argv));

/* guide_look.c: looks, and changes nothing. Logs the links that could be used; false: none. */
bool guide_show_links(void);
/*
 * Whether the commands could use the link @name. -ENODEV with a text that lists those there are,
 * -EINVAL with the reason. 0 also where that cannot be found out: the command will say more.
 */
int guide_check_link(const char *name, struct error *error) MUST_CHECK;
/*
 * Logs where, of the links that are up with carrier, an address answers. Takes a second at most;
 * ends early when @signal_fd is readable.
 */
void guide_show_answers(const struct net_addr *addr, int signal_fd);
/*
 * A host name for this machine, which is none that another machine has: the one that a DHCP server
 * gives it (@dhcp; asked on the links that are up with carrier, GUIDE_HOST_MS at most), its serial
 * number, or a MAC. @source: where it comes from, in words. False: there is none.
 */
#define GUIDE_HOST_MS 4000
bool guide_propose_host(
	bool dhcp, int signal_fd, char host[NET_HOSTNAME_MAX], char source[GUIDE_SOURCE_MAX]);
/* The network that stprov set up since the machine was booted; false if there is none. */
bool guide_own_network(struct net_prefix *ret);
