/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP sockets: see tcp.h. */
#include "net/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "base/stream.h"

/* A silent peer is asked after so many seconds, and so often until it counts as gone. */
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_PROBES 3

/* What the operator can do about it, for the failures that have an answer. */
static const struct hint {
	int code;
	const char *text;
} listen_hints[] = {
	{ -EADDRINUSE, "address in use: does another program listen there?" },
	{ -EADDRNOTAVAIL, "not an address of this machine" },
	{ -EACCES, "no permission to listen on this port" },
	{ -EAFNOSUPPORT, "this machine has no support for such addresses" },
	{ -EINVAL, "a link-local address needs its interface: ADDRESS%INTERFACE" },
	{ 0 },
}, connect_hints[] = {
	{ -ECONNREFUSED, "connection refused: is stprov remote run waiting there?" },
	{ -ETIMEDOUT, "no answer" },
	{ -EHOSTUNREACH, "no such host can be reached" },
	{ -ENETUNREACH, "there is no route to this network" },
	{ -EAFNOSUPPORT, "this machine has no support for such addresses" },
	{ -EINVAL, "a link-local address needs its interface: ADDRESS%INTERFACE" },
	{ 0 },
};

static int fail(struct error *error, int code, const struct hint *hints, const char *what)
{
	for (; hints->code != 0; hints++)
		if (hints->code == code)
			return error_set(error, code, "%s", hints->text);
	return error_set_errno(error, code, "%s", what);
}

/* A TCP socket for the address's family; a negative errno without text. */
static int open_socket(const struct net_addr *addr)
{
	int family = addr->family == 6 ? AF_INET6 : AF_INET;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	return fd < 0 ? -errno : fd;
}

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/*
 * Small messages go out at once; and a peer that lost its power is found out within half a
 * minute, while one waits for the other's operator without any limit. If one of these cannot be
 * set, the connection works all the same.
 */
static void tune(int fd)
{
	(void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	(void)set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	(void)set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	(void)set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	(void)set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
}

static int set_listen_options(int fd, const struct net_addr *addr)
{
	static const struct net_addr any6 = { .family = 6 };
	int r = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (r == 0 && addr->family == 6)
		r = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !net_addr_equal(addr, &any6));
	return r;
}

int net_listen(const struct net_addr *addr, uint16_t port, int backlog, int *ret_fd,
	uint16_t *ret_port, struct error *error)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(addr, port, &sa);
	_cleanup_close_ int fd = open_socket(addr);
	struct net_addr bound;
	uint16_t bound_port;

	if (fd < 0)
		return fail(error, fd, listen_hints, "socket");
	int r = set_listen_options(fd, addr);
	if (r < 0)
		return error_set_errno(error, r, "setsockopt");
	if (bind(fd, (struct sockaddr *)&sa, len) < 0)
		return fail(error, -errno, listen_hints, "bind");
	if (listen(fd, backlog) < 0)
		return fail(error, -errno, listen_hints, "listen");
	len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return error_set_errno(error, -errno, "getsockname");
	r = net_addr_from_sockaddr(&sa, &bound, &bound_port);
	if (r < 0)
		return error_set_errno(error, r, "getsockname");
	*ret_port = bound_port;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/*
 * Failures of one connection, which say nothing about the next: accept(2), "Error handling",
 * and a firewall's EPERM.
 */
static bool is_peers_failure(int code)
{
	switch (-code) {
	case ECONNABORTED:
	case EPERM:
	case EPROTO:
	case ENOPROTOOPT:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
		return true;
	default:
		return false;
	}
}

int net_accept(int listen_fd, int *ret_fd, struct net_addr *ret_peer, uint16_t *ret_port,
	struct error *error)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);
	_cleanup_close_ int fd = -1;
	int code;

	do {
		fd = accept4(listen_fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		code = fd < 0 ? -errno : 0;
	} while (code == -EINTR);
	if (code == -EAGAIN || is_peers_failure(code))
		return error_set(error, -EAGAIN, "no connection to accept");
	if (code < 0)
		return error_set_errno(error, code, "accept");
	int r = net_addr_from_sockaddr(&sa, ret_peer, ret_port);
	if (r < 0)
		return error_set_errno(error, r, "accept");
	tune(fd);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* The outcome of a connect(2) that was begun; a negative errno without text. */
static int connect_end(int fd, int64_t deadline_ms, struct error *error)
{
	socklen_t len = sizeof(int);
	int code;
	int r = stream_wait(fd, POLLOUT, deadline_ms, error);

	if (r < 0)
		return r;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0 ? -errno : -code;
}

int net_connect_begin(const struct net_addr *addr, uint16_t port, int *ret_fd, struct error *error)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(addr, port, &sa);
	_cleanup_close_ int fd = open_socket(addr);

	if (fd < 0)
		return fail(error, fd, connect_hints, "socket");
	tune(fd);
	/* An interrupted connect goes on in the background like one in progress. */
	if (connect(fd, (struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS && errno != EINTR)
		return fail(error, -errno, connect_hints, "connect");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int net_connect_end(int fd, int64_t deadline_ms, struct error *error)
{
	int r = connect_end(fd, deadline_ms, error);

	return r < 0 ? fail(error, r, connect_hints, "connect") : 0;
}

int net_connect(const struct net_addr *addr, uint16_t port, int64_t deadline_ms, int *ret_fd,
	struct error *error)
{
	_cleanup_close_ int fd = -1;
	int r = net_connect_begin(addr, port, &fd, error);

	if (r == 0)
		r = net_connect_end(fd, deadline_ms, error);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

void net_local_endpoint(int fd, char out[NET_ENDPOINT_TEXT_MAX])
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct net_addr addr;
	uint16_t port;

	out[0] = '\0';
	memset(&sa, 0, sizeof(sa));
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
		net_addr_from_sockaddr(&sa, &addr, &port) == 0)
		net_endpoint_format(&addr, port, out);
}
