/* SPDX-License-Identifier: BSD-2-Clause */
/* The networks that may connect: see allow.h. */
#include "net/allow.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The part of a malformed text that is shown, with its NUL. */
#define SHOWN_MAX 128
/* Between the networks of a list. */
#define SEPARATORS ", "

/* CIDR, or an address alone, which is a network of its own. */
static int parse_network(const char *text, struct net_prefix *ret)
{
	struct net_prefix prefix;
	int r;

	if (strchr(text, '/')) {
		r = net_prefix_parse(text, &prefix);
	} else {
		r = net_addr_parse(text, &prefix.addr);
		prefix.len = r < 0 ? 0 : (uint8_t)net_addr_bits(&prefix.addr);
	}
	if (r < 0)
		return r;
	*ret = net_prefix_network(&prefix);
	return 0;
}

int net_allow_add(struct net_allow *allow, const char *text, struct error *error)
{
	_cleanup_free_ char *plain = net_decode_safe_cidr(text);
	struct net_prefix network;
	char shown[SHOWN_MAX];

	if (!plain)
		return error_set(error, -ENOMEM, "out of memory");
	int r = parse_network(plain, &network);
	if (r == -ENOMEM)
		return error_set(error, r, "out of memory");
	if (r < 0) {
		text_printable(text, strlen(text), shown, sizeof(shown));
		return error_set(error, -EINVAL, "malformed address: %s", shown);
	}
	if (allow->n == NET_ALLOW_MAX)
		return error_set(error, -E2BIG, "at most %d networks", NET_ALLOW_MAX);
	allow->items[allow->n++] = network;
	return 0;
}

bool net_allow_contains(const struct net_allow *allow, const struct net_addr *addr)
{
	for (size_t i = 0; i < allow->n; i++)
		if (net_prefix_contains(&allow->items[i], addr))
			return true;
	return false;
}

bool net_allow_is_loopback(const struct net_allow *allow)
{
	for (size_t i = 0; i < allow->n; i++)
		if (!net_prefix_is_loopback(&allow->items[i]))
			return false;
	return allow->n > 0;
}

bool net_allow_is_loopback_only(const char *list)
{
	struct net_prefix network;
	char text[NET_PREFIX_TEXT_MAX];

	for (list += strspn(list, SEPARATORS); *list; list += strspn(list, SEPARATORS)) {
		size_t len = strcspn(list, SEPARATORS);
		snprintf(text, sizeof(text), "%.*s", (int)len, list);
		list += len;
		if (len < sizeof(text) && parse_network(text, &network) == 0 &&
			!net_prefix_is_loopback(&network))
			return false;
	}
	return true;
}

struct net_prefix net_allow_for(const struct net_prefix *host)
{
	struct net_prefix network = net_prefix_network(host);

	if (network.len == net_addr_bits(&network.addr))
		network = (struct net_prefix){ .addr.family = host->addr.family };
	return network;
}
