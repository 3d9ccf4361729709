/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of DHCP messages (RFC 2132, RFC 3396, RFC 3442): see options.h. */
#include "dhcp/options.h"

#include <string.h>

#include "base/bytes.h"
#include "net/hostname.h"
#include "packet/frame.h"

/* Takes the next option of a field; false at its end. */
static bool next_option(
	struct bytes_reader *r, uint8_t *ret_code, const uint8_t **ret_data, size_t *ret_len)
{
	while (r->left > 0) {
		uint8_t code = bytes_read_u8(r);
		if (code == DHCP_OPTION_END)
			return false;
		if (code == DHCP_OPTION_PAD)
			continue;
		*ret_code = code;
		*ret_len = bytes_read_u8(r);
		*ret_data = bytes_view(r, *ret_len);
		return bytes_reader_ok(r);
	}
	return false;
}

bool dhcp_options_add(struct dhcp_options *options, const uint8_t *data, size_t len)
{
	struct bytes_reader r = bytes_reader(data, len);
	const uint8_t *ignored;
	size_t ignored_len;
	uint8_t code;

	while (next_option(&r, &code, &ignored, &ignored_len))
		;
	if (!bytes_reader_ok(&r))
		return false;
	options->fields[options->n].data = data;
	options->fields[options->n].len = len;
	options->n++;
	return true;
}

void dhcp_options_get(const struct dhcp_options *options, uint8_t code, struct dhcp_value *ret)
{
	struct bytes_writer w = bytes_writer(ret->bytes, sizeof(ret->bytes));
	const uint8_t *data;
	uint8_t found;
	size_t len;

	ret->there = false;
	for (size_t i = 0; i < options->n; i++) {
		struct bytes_reader r =
			bytes_reader(options->fields[i].data, options->fields[i].len);
		while (next_option(&r, &found, &data, &len)) {
			if (found != code)
				continue;
			ret->there = true;
			/* It fits: all of them are in one message. */
			bytes_write(&w, data, len);
		}
	}
	ret->len = w.len;
}

bool dhcp_is_unicast(const struct net_addr *addr)
{
	return addr->family == 4 && addr->bytes[0] != 0 && addr->bytes[0] != 127 &&
	       addr->bytes[0] < 224;
}

static uint32_t to_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* The length of a prefix from its mask; false if there is a hole in it. */
static bool mask_len(uint32_t mask, uint8_t *ret_len)
{
	uint32_t host = ~mask;
	uint8_t len = 0;

	if ((host & (host + 1)) != 0)
		return false;
	for (; mask & 0x80000000U; mask <<= 1)
		len++;
	*ret_len = len;
	return true;
}

/* NULL, or why no machine can have this address in this network. */
static const char *check_address(const struct net_prefix *address)
{
	if (!dhcp_is_unicast(&address->addr))
		return "no usable address";
	if (address->len == 0 || address->len > 32)
		return "no usable subnet mask";
	/* RFC 3021: a network of two addresses has neither. */
	if (address->len <= 30) {
		uint32_t host_bits = 0xffffffffU >> address->len;
		uint32_t host = to_u32(address->addr.bytes) & host_bits;
		if (host == 0)
			return "the network's own address";
		if (host == host_bits)
			return "the network's broadcast address";
	}
	return NULL;
}

static const char *read_lease_address(const struct dhcp_options *options, const uint8_t *yiaddr,
	struct dhcp_lease *lease, struct dhcp_value *value)
{
	struct net_prefix address = { .addr.family = 4 };

	memcpy(address.addr.bytes, yiaddr, 4);
	dhcp_options_get(options, DHCP_OPTION_SUBNET_MASK, value);
	if (!value->there)
		return "no subnet mask";
	if (value->len != 4 || !mask_len(to_u32(value->bytes), &address.len))
		return "malformed subnet mask";
	const char *wrong = check_address(&address);
	if (!wrong)
		lease->address = address;
	return wrong;
}

/* A list of addresses; false: something was left out as malformed. */
static bool read_addresses(const struct dhcp_value *value, const struct net_addr *except,
	struct net_addr *out, size_t max, size_t *ret_n)
{
	struct bytes_reader r = bytes_reader(value->bytes, value->len);
	bool good = true;
	size_t n = 0;

	if (value->len == 0 || value->len % 4 != 0)
		return false;
	while (r.left > 0) {
		struct net_addr addr = frame_read_ipv4(&r);
		if (!dhcp_is_unicast(&addr) || net_addr_equal(&addr, except))
			good = false;
		else if (n < max)
			out[n++] = addr;
	}
	*ret_n = n;
	return good;
}

/* Servers that count C's NUL in are common. */
static bool read_lease_hostname(const struct dhcp_value *value, char *out)
{
	const char *text = (const char *)value->bytes;
	size_t len = value->len;

	while (len > 0 && text[len - 1] == '\0')
		len--;
	if (!net_hostname_check(text, len, NET_HOSTNAME_DHCP))
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool read_mtu(const struct dhcp_value *value, uint32_t *ret)
{
	uint32_t mtu = (uint32_t)(value->bytes[0] << 8 | value->bytes[1]);

	if (value->len != 2 || mtu < DHCP_MTU_MIN)
		return false;
	*ret = mtu;
	return true;
}

static bool is_destination(const struct net_prefix *to)
{
	struct net_prefix network = net_prefix_network(to);

	return to->addr.family == 4 && to->len > 0 && to->len <= 32 && to->addr.bytes[0] != 127 &&
	       to->addr.bytes[0] < 224 && net_addr_equal(&network.addr, &to->addr);
}

/* One route of option 121: width, as many bytes as that takes, router. */
static bool read_route(struct bytes_reader *r, struct dhcp_route *ret)
{
	struct dhcp_route route = { .to.addr.family = 4 };

	route.to.len = bytes_read_u8(r);
	if (route.to.len > 32)
		return false;
	bytes_read(r, route.to.addr.bytes, (route.to.len + 7U) / 8);
	route.via = frame_read_ipv4(r);
	/* RFC 3442: bits beyond the width mean nothing. */
	route.to = net_prefix_network(&route.to);
	*ret = route;
	return bytes_reader_ok(r) && (route.via.family == 0 || dhcp_is_unicast(&route.via));
}

/* All of option 121, or nothing of it. */
static bool read_route_option(const struct dhcp_value *value, struct dhcp_lease *lease)
{
	struct bytes_reader r = bytes_reader(value->bytes, value->len);
	struct dhcp_route route, routes[DHCP_ROUTES_MAX];
	struct net_addr routers[DHCP_ROUTERS_MAX];
	size_t n = 0, n_routers = 0;

	if (value->len == 0)
		return false;
	while (r.left > 0) {
		if (!read_route(&r, &route) || net_addr_equal(&route.via, &lease->address.addr))
			return false;
		if (route.to.len == 0) {
			if (route.via.family == 0)
				return false;
			if (n_routers < DHCP_ROUTERS_MAX)
				routers[n_routers++] = route.via;
		} else if (!is_destination(&route.to)) {
			return false;
		} else if (n < DHCP_ROUTES_MAX) {
			routes[n++] = route;
		}
	}
	memcpy(lease->routes, routes, n * sizeof(routes[0]));
	memcpy(lease->routers, routers, n_routers * sizeof(routers[0]));
	lease->n_routes = n;
	lease->n_routers = n_routers;
	return true;
}

static void keep_odd(uint8_t *odd, uint8_t code)
{
	if (*odd == 0)
		*odd = code;
}

/* RFC 3442: where there is option 121, option 3 does not count. */
static void read_ways_out(const struct dhcp_options *options, struct dhcp_lease *lease,
	struct dhcp_value *value, uint8_t *odd)
{
	dhcp_options_get(options, DHCP_OPTION_ROUTES, value);
	if (value->there) {
		if (read_route_option(value, lease))
			return;
		keep_odd(odd, DHCP_OPTION_ROUTES);
	}
	dhcp_options_get(options, DHCP_OPTION_ROUTERS, value);
	if (value->there && !read_addresses(value, &lease->address.addr, lease->routers,
				    DHCP_ROUTERS_MAX, &lease->n_routers))
		keep_odd(odd, DHCP_OPTION_ROUTERS);
}

const char *dhcp_options_lease(const struct dhcp_options *options, const uint8_t yiaddr[4],
	struct dhcp_lease *lease, uint8_t *ret_odd)
{
	struct dhcp_value value;
	const char *wrong = read_lease_address(options, yiaddr, lease, &value);

	if (wrong)
		return wrong;
	dhcp_options_get(options, DHCP_OPTION_LEASE_TIME, &value);
	if (value.there && (value.len != 4 || to_u32(value.bytes) == 0))
		return "malformed lease time";
	read_ways_out(options, lease, &value, ret_odd);
	dhcp_options_get(options, DHCP_OPTION_HOSTNAME, &value);
	if (value.there && !read_lease_hostname(&value, lease->hostname))
		keep_odd(ret_odd, DHCP_OPTION_HOSTNAME);
	dhcp_options_get(options, DHCP_OPTION_MTU, &value);
	if (value.there && !read_mtu(&value, &lease->mtu))
		keep_odd(ret_odd, DHCP_OPTION_MTU);
	return NULL;
}

static bool all_unicast(const struct net_addr *addrs, size_t n, const struct net_addr *except)
{
	for (size_t i = 0; i < n; i++)
		if (!dhcp_is_unicast(&addrs[i]) || net_addr_equal(&addrs[i], except))
			return false;
	return true;
}

const char *dhcp_lease_check(const struct dhcp_lease *lease)
{
	const char *wrong = check_address(&lease->address);
	size_t hostname_len = strnlen(lease->hostname, sizeof(lease->hostname));

	if (wrong)
		return wrong;
	if (lease->n_routers > DHCP_ROUTERS_MAX ||
		!all_unicast(lease->routers, lease->n_routers, &lease->address.addr))
		return "no usable router";
	if (hostname_len > 0 &&
		!net_hostname_check(lease->hostname, hostname_len, NET_HOSTNAME_DHCP))
		return "malformed host name";
	if (lease->mtu != 0 && (lease->mtu < DHCP_MTU_MIN || lease->mtu > UINT16_MAX))
		return "no usable MTU";
	if (lease->n_routes > DHCP_ROUTES_MAX)
		return "too many routes";
	for (size_t i = 0; i < lease->n_routes; i++)
		if (!is_destination(&lease->routes[i].to) ||
			(lease->routes[i].via.family != 0 &&
				!all_unicast(&lease->routes[i].via, 1, &lease->address.addr)))
			return "malformed route";
	return NULL;
}
