/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP sockets that connect: see tcp.h. */
#include "net/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "base/descriptor.h"
#include "base/stream.h"
#include "net/tcp_private.h"

/* A silent peer is asked after so many seconds, and so often until it counts as gone. */
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_PROBES 3

static const struct net_hint connect_hints[] = {
	{ -ECONNREFUSED, "connection refused: is stprov remote run waiting there?" },
	{ -ETIMEDOUT, "no answer" },
	{ -EHOSTUNREACH, "no such host can be reached" },
	{ -ENETUNREACH, "there is no route to this network" },
	{ -EAFNOSUPPORT, "this machine has no support for such addresses" },
	{ -EINVAL, "a link-local address needs its interface: ADDRESS%INTERFACE" },
	{ 0 },
};

int net_fail(struct error *error, int code, const struct net_hint *hints, const char *what)
{
	for (; hints->code != 0; hints++)
		if (hints->code == code)
			return error_set(error, code, "%s", hints->text);
	return error_set_errno(error, code, "%s", what);
}

int net_open_socket(const struct net_addr *addr)
{
	return descriptor_socket(addr->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
}

int net_set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* The times are not in POSIX; a system without them has its own. */
void net_tune(int fd)
{
	(void)net_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	(void)net_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
	(void)net_set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
#endif
#ifdef TCP_KEEPINTVL
	(void)net_set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
#endif
#ifdef TCP_KEEPCNT
	(void)net_set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
#endif
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
	_cleanup_close_ int fd = net_open_socket(addr);

	if (fd < 0)
		return net_fail(error, fd, connect_hints, "socket");
	net_tune(fd);
	/* An interrupted connect goes on in the background like one in progress. */
	if (connect(fd, (struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS && errno != EINTR)
		return net_fail(error, -errno, connect_hints, "connect");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int net_connect_end(int fd, int64_t deadline_ms, struct error *error)
{
	int r = connect_end(fd, deadline_ms, error);

	return r < 0 ? net_fail(error, r, connect_hints, "connect") : 0;
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
