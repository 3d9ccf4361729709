/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of this machine: see own_addrs.h. */
#include "net/own_addrs.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static bool is_link_local_addr(const struct net_addr *addr)
{
	if (addr->family == 4)
		return addr->bytes[0] == 169 && addr->bytes[1] == 254;
	return addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

/* Whether it is one to tell; @ret is then set. @local: the link-local ones, or all the others. */
static bool read_one(const struct ifaddrs *item, uint8_t family, bool local, struct net_addr *ret)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	uint16_t port;
	int wanted = family == 4 ? AF_INET : AF_INET6;

	if (!item->ifa_addr || item->ifa_addr->sa_family != wanted || !(item->ifa_flags & IFF_UP) ||
		(item->ifa_flags & IFF_LOOPBACK))
		return false;
	memcpy(&sa, item->ifa_addr,
		wanted == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	return net_addr_from_sockaddr(&sa, ret, &port) == 0 && is_link_local_addr(ret) == local;
}

static size_t add_family(
	const struct ifaddrs *list, uint8_t family, bool local, struct net_addr *out, size_t n)
{
	for (; list && n < NET_OWN_ADDRS_MAX; list = list->ifa_next)
		if (read_one(list, family, local, &out[n]))
			n++;
	return n;
}

static size_t add_own_addr(
	const struct ifaddrs *list, uint8_t listening, bool local, struct net_addr *out)
{
	size_t n = add_family(list, 4, local, out, 0);

	return listening == 6 ? add_family(list, 6, local, out, n) : n;
}

int net_own_addrs(const struct net_addr *listening, struct net_addr ret[NET_OWN_ADDRS_MAX],
	size_t *ret_n, struct error *error)
{
	struct ifaddrs *list = NULL;
	size_t n = 0;

	if (!net_addr_is_any(listening)) {
		ret[0] = *listening;
		*ret_n = 1;
		return 0;
	}
	if (getifaddrs(&list) < 0)
		return error_set_errno(error, -errno, "this machine's addresses");
	n = add_own_addr(list, listening->family, false, ret);
	if (n == 0)
		n = add_own_addr(list, listening->family, true, ret);
	freeifaddrs(list);
	if (n == 0) {
		ret[0] = net_loopback(4);
		n = 1;
	}
	*ret_n = n;
	return 0;
}

/* Bits of a netmask, which the kernel keeps whole. */
static uint8_t prefix_length(const struct ifaddrs *item)
{
	const uint8_t *bytes;
	size_t n;
	unsigned bits = 0;

	if (!item->ifa_netmask)
		return 0;
	if (item->ifa_addr->sa_family == AF_INET) {
		bytes = (const uint8_t *)&(
			(const struct sockaddr_in *)(const void *)item->ifa_netmask)
				->sin_addr;
		n = 4;
	} else {
		bytes = (const uint8_t *)&(
			(const struct sockaddr_in6 *)(const void *)item->ifa_netmask)
				->sin6_addr;
		n = 16;
	}
	for (size_t i = 0; i < 8 * n && (bytes[i / 8] >> (7 - i % 8) & 1); i++)
		bits++;
	return (uint8_t)bits;
}

int net_own_prefixes(const struct net_addr *listening, struct net_prefix ret[NET_OWN_ADDRS_MAX],
	size_t *ret_n, struct error *error)
{
	struct ifaddrs *list = NULL;
	size_t n = 0;

	if (getifaddrs(&list) < 0)
		return error_set_errno(error, -errno, "this machine's addresses");
	for (const struct ifaddrs *item = list; item && n < NET_OWN_ADDRS_MAX;
		item = item->ifa_next) {
		struct net_prefix prefix;
		if (!read_one(item, 4, false, &prefix.addr) &&
			(listening->family == 4 || !read_one(item, 6, false, &prefix.addr)))
			continue;
		if (!net_addr_is_any(listening) && !net_addr_equal(listening, &prefix.addr))
			continue;
		prefix.len = prefix_length(item);
		ret[n++] = prefix;
	}
	freeifaddrs(list);
	*ret_n = n;
	return 0;
}

bool net_has_only_idle_links(void)
{
	struct ifaddrs *list = NULL;
	bool idle = false, addressed = false;

	if (getifaddrs(&list) < 0)
		return false;
	for (const struct ifaddrs *item = list; item; item = item->ifa_next) {
		int family = item->ifa_addr ? item->ifa_addr->sa_family : AF_UNSPEC;
		if (item->ifa_flags & IFF_LOOPBACK)
			continue;
		idle = true;
		addressed |=
			(item->ifa_flags & IFF_UP) && (family == AF_INET || family == AF_INET6);
	}
	freeifaddrs(list);
	return idle && !addressed;
}
