/* SPDX-License-Identifier: BSD-2-Clause */
/* The address from which this machine would send: see own_addrs.h. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/descriptor.h"
#include "net/own_addrs.h"

int net_own_towards(const struct net_addr *addr, struct net_addr *ret)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(addr, 9, &sa);
	uint16_t port;
	/* A datagram socket is connected without a packet. */
	_cleanup_close_ int fd = descriptor_socket(sa.ss_family, SOCK_DGRAM, 0);

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&sa, len) < 0)
		return -errno;
	len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return -errno;
	return net_addr_from_sockaddr(&sa, ret, &port);
}
