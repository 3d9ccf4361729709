/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses, prefixes, the allow-list and `m` for `/`. Checked: an accepted text has one canonical
 * form, which is accepted with the same value; a network contains its own address.
 */
#include <stdint.h>
#include <string.h>

#include "net/addr.h"
#include "net/allow.h"

static void check_addr(const char *text)
{
	struct net_addr addr, again;
	char out[NET_ADDR_TEXT_MAX], endpoint[NET_ENDPOINT_TEXT_MAX];
	struct sockaddr_storage sa;
	uint16_t port;

	if (net_addr_parse_scoped(text, &addr) < 0) {
		if (net_addr_parse(text, &again) == 0)
			abort();
		return;
	}
	net_endpoint_format(&addr, 65535, endpoint);
	net_addr_to_sockaddr(&addr, 7, &sa);
	if (net_addr_from_sockaddr(&sa, &again, &port) < 0 || port != 7 ||
		!net_addr_equal(&addr, &again))
		abort();
	addr.scope = 0;
	net_addr_format(&addr, out);
	if (net_addr_parse(out, &again) < 0 || !net_addr_equal(&addr, &again))
		abort();
}

static void check_prefix(const char *text)
{
	struct net_prefix prefix, again;
	char out[NET_PREFIX_TEXT_MAX];

	if (net_prefix_parse(text, &prefix) < 0)
		return;
	net_prefix_format(&prefix, out);
	if (net_prefix_parse(out, &again) < 0 || again.len != prefix.len ||
		!net_addr_equal(&prefix.addr, &again.addr))
		abort();
	struct net_prefix network = net_prefix_network(&prefix);
	if (!net_prefix_contains(&network, &prefix.addr) ||
		!net_prefix_contains(&prefix, &network.addr))
		abort();
}

/* What is a prefix is the same one typed; what is an address is none. */
static void check_typed(const char *text)
{
	struct net_prefix prefix, typed;
	struct net_addr addr;
	int r = net_prefix_parse_typed(text, &typed);

	if (net_prefix_parse(text, &prefix) == 0 &&
		(r < 0 || typed.len != prefix.len || !net_addr_equal(&typed.addr, &prefix.addr)))
		abort();
	if (r == 0 && net_addr_parse(text, &addr) == 0)
		abort();
}

static void check_allow(const char *text)
{
	struct net_allow allow = { .n = 0 };
	struct error error = ERROR_INIT;

	if (net_allow_add(&allow, text, &error) == 0) {
		if (allow.n != 1 || !net_allow_contains(&allow, &allow.items[0].addr))
			abort();
		return;
	}
	if (allow.n != 0)
		abort();
	for (const char *p = error.text; *p; p++)
		if (*p < ' ' || *p > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	_cleanup_free_ char *plain = text ? net_decode_safe_cidr(text) : NULL;

	if (!plain)
		return 0;
	if (strlen(plain) != strlen(text) || (strchr(text, '/') && strcmp(text, plain) != 0))
		abort();
	check_addr(text);
	check_prefix(plain);
	check_typed(text);
	check_allow(text);
	return 0;
}
