/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP sockets that listen, and what they accept: see tcp.h. */
#include <errno.h>
#include <netinet/in.h>

#include "net/tcp.h"
#include "net/tcp_private.h"

static const struct net_hint listen_hints[] = {
	{ -EADDRINUSE, "address in use: does another program listen there?" },
	{ -EADDRNOTAVAIL, "not an address of this machine" },
	{ -EACCES, "no permission to listen on this port" },
	{ -EAFNOSUPPORT, "this machine has no support for such addresses" },
	{ -EINVAL, "a link-local address needs its interface: ADDRESS%INTERFACE" },
	{ 0 },
};

static int set_listen_options(int fd, const struct net_addr *addr)
{
	static const struct net_addr any6 = { .family = 6 };
	int r = net_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (r == 0 && addr->family == 6)
		r = net_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !net_addr_equal(addr, &any6));
	return r;
}

int net_listen(const struct net_addr *addr, uint16_t port, int backlog, int *ret_fd,
	uint16_t *ret_port, struct error *error)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(addr, port, &sa);
	_cleanup_close_ int fd = net_open_socket(addr);
	struct net_addr bound;
	uint16_t bound_port;

	if (fd < 0)
		return net_fail(error, fd, listen_hints, "socket");
	int r = set_listen_options(fd, addr);
	if (r < 0)
		return error_set_errno(error, r, "setsockopt");
	if (bind(fd, (struct sockaddr *)&sa, len) < 0)
		return net_fail(error, -errno, listen_hints, "bind");
	if (listen(fd, backlog) < 0)
		return net_fail(error, -errno, listen_hints, "listen");
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
	net_tune(fd);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
