/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of a host's name: see lookup.h. */
#include "net/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

static int no_address(const char *host, struct error *error)
{
	return error_set(error, -ENOENT, "host %.100s has no address in the DNS", host);
}

static int lookup_failed(int code, const char *host, struct error *error)
{
	switch (code) {
	case EAI_NONAME:
		return error_set(error, -ENOENT, "there is no host %.100s in the DNS", host);
#ifdef EAI_NODATA
	case EAI_NODATA:
		return no_address(host, error);
#endif
	case EAI_AGAIN:
		return error_set(error, -EAGAIN,
			"the DNS servers did not answer for %.100s, or answered with an error",
			host);
	case EAI_SYSTEM:
		return error_set_errno(error, -errno, "resolving %.100s", host);
	default:
		return error_set(error, -EIO, "resolving %.100s: %s", host, gai_strerror(code));
	}
}

static void add_address(struct net_addrs *addrs, const struct addrinfo *info)
{
	struct sockaddr_storage sa;
	struct net_addr addr;
	uint16_t port;

	memset(&sa, 0, sizeof(sa));
	if (addrs->n == NET_LOOKUP_MAX || info->ai_addrlen > sizeof(sa))
		return;
	memcpy(&sa, info->ai_addr, info->ai_addrlen);
	if (net_addr_from_sockaddr(&sa, &addr, &port) == 0)
		addrs->items[addrs->n++] = addr;
}

int net_lookup(const char *host, struct net_addrs *ret, struct error *error)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	struct net_addrs addrs = { .n = 0 };
	int code = getaddrinfo(host, NULL, &hints, &list);

	if (code != 0)
		return lookup_failed(code, host, error);
	for (const struct addrinfo *info = list; info; info = info->ai_next)
		add_address(&addrs, info);
	freeaddrinfo(list);
	if (addrs.n == 0)
		return no_address(host, error);
	*ret = addrs;
	return 0;
}
