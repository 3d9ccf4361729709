/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP: listening, accepting and connecting. All sockets are non-blocking and close on exec.
 * Listening and accepting are for Linux only (listen.c).
 */
#pragma once

#include "net/addr.h"

/*
 * Listens on an address. 0.0.0.0 means IPv4; `::` takes IPv6 and IPv4. @port: 1 to 65535, or 0
 * for one that the kernel chooses. @ret_port: the one it is. A negative errno with a sentence
 * (address in use; not an address of this machine).
 */
int net_listen(const struct net_addr *addr, uint16_t port, int backlog, int *ret_fd,
	uint16_t *ret_port, struct error *error) MUST_CHECK;

/*
 * Takes one connection. -EAGAIN if there is none (also when the peer was gone already);
 * -EMFILE and the like are passed up with their text.
 */
int net_accept(int listen_fd, int *ret_fd, struct net_addr *ret_peer, uint16_t *ret_port,
	struct error *error) MUST_CHECK;

/*
 * Connects within a deadline. -ETIMEDOUT, -ECONNREFUSED and the others with a sentence that
 * does not name the address: the caller prefixes it.
 */
int net_connect(const struct net_addr *addr, uint16_t port, int64_t deadline_ms, int *ret_fd,
	struct error *error) MUST_CHECK;

/* This machine's end of a connection, as net_endpoint_format() writes it; empty if it is gone. */
void net_local_endpoint(int fd, char out[NET_ENDPOINT_TEXT_MAX]);

/*
 * The same in two steps, for who has something to do meanwhile: @ret_fd, which the caller closes,
 * can be used once net_connect_end() was 0. After its -ETIMEDOUT it may be called again.
 */
int net_connect_begin(
	const struct net_addr *addr, uint16_t port, int *ret_fd, struct error *error) MUST_CHECK;
int net_connect_end(int fd, int64_t deadline_ms, struct error *error) MUST_CHECK;
