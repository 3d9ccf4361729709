/* SPDX-License-Identifier: BSD-2-Clause */
/* What connecting and listening sockets have in common. */
#pragma once

#include "net/addr.h"

/* What the operator can do about it, for the failures that have an answer. Ends with code 0. */
struct net_hint {
	int code;
	const char *text;
};

/* Sets the text of a negative errno: its hint, or @what and the errno's. @code is passed through.
 */
int net_fail(struct error *error, int code, const struct net_hint *hints, const char *what);

/* A TCP socket for the address's family; a negative errno without text. */
int net_open_socket(const struct net_addr *addr) MUST_CHECK;

/* 0 or a negative errno without text. */
int net_set_option(int fd, int level, int option, int value);

/*
 * Small messages go out at once; and a peer that lost its power is found out within half a
 * minute, while one waits for the other's operator without any limit. If one of these cannot be
 * set, the connection works all the same.
 */
void net_tune(int fd);
