/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the console shows while the service waits for a client: the row that counts, refused
 * connections, and, at Enter, the code again. Lines that others cause must not push the code off
 * the screen.
 */
#pragma once

#include "service/monitor_state.h"

/* Begins the row. @what: borrowed: `waiting for the laptop`. */
void waiting_begin(struct monitor *monitor, const char *what);

/*
 * A connection was refused, since its address is not in an allowed network. On a terminal the first
 * one of an address is a line, and the row counts further ones; elsewhere each is a line.
 */
void waiting_refused(struct monitor *monitor, const struct net_addr *addr, const char *peer);

/*
 * Shows the words of connections that have shown the code and are still open: those that were not
 * shown yet, while a question was open, or @all.
 */
void waiting_show_words(struct monitor *monitor, bool all);

/* Whether Enter on stdin asks for the code now: on a terminal of which this is the foreground. */
bool waiting_reads_keys(const struct monitor *monitor);
/* Reads one byte of stdin, which is readable; at the end of a line shows code and command again. */
void waiting_read_key(struct monitor *monitor);
