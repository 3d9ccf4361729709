/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of DHCP messages (RFC 2132, RFC 3396, RFC 3442): see options.h. */
#include "dhcp/options.h"

#include <string.h>

#include "base/bytes.h"
#include "net/hostname.h"
#include "packet/frame.h"

/* Goes to the next option of a field; false at its end. Its bytes are what is read next. */
static bool next_option(struct bytes_reader *r, uint8_t *ret_code, size_t *ret_len)
{
	uint8_t code = DHCP_OPTION_PAD;

	while (code == DHCP_OPTION_PAD && bytes_reader_ok(r) && bytes_left(r) > 0)
		code = bytes_read_u8(r);
	if (code == DHCP_OPTION_PAD || code == DHCP_OPTION_END)
		return false;
	*ret_code = code;
	*ret_len = bytes_read_u8(r);
	return bytes_reader_ok(r);
}

bool dhcp_options_add(struct dhcp_options *options, struct bytes_reader field)
{
	struct bytes_reader r = field;
	size_t len;
	uint8_t code;

	while (next_option(&r, &code, &len))
		bytes_view(&r, len);
	if (!bytes_reader_ok(&r))
		return false;
	assert(options->n < ARRAY_SIZE(options->fields));
	options->fields[options->n++] = field;
	return true;
}

void dhcp_options_get(const struct dhcp_options *options, uint8_t code, struct dhcp_value *ret)
{
	struct bytes_writer w = bytes_writer(ret->bytes, sizeof(ret->bytes));
	uint8_t found;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < options->n; i++) {
		struct bytes_reader r = options->fields[i];
		while (next_option(&r, &found, &len)) {
			if (found != code) {
				bytes_view(&r, len);
				continue;
			}
			ret->there = true;
			/* It fits: all of them are in one message. */
			bytes_write_from(&w, &r, len);
		}
	}
	ret->len = w.len;
}

void dhcp_options_get_fixed(
	const struct dhcp_options *options, uint8_t code, size_t len, struct dhcp_value *ret)
{
	uint8_t found = 0;
	size_t found_len = 0;

	dhcp_options_get(options, code, ret);
	for (size_t i = 0; i < options->n && found != code; i++) {
		struct bytes_reader r = options->fields[i];
		while (found != code && next_option(&r, &found, &found_len))
			bytes_view(&r, found_len);
	}
	/* The bytes of the first copy are the first of all. */
	if (found == code && found_len == len)
		ret->len = len;
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
	if (!net_addr_is_unicast(&address->addr))
		return "no usable address";
	if (address->len == 0 || address->len > 32)
		return "no usable subnet mask";
	return net_prefix_reason_against(address);
}

/*
 * A server that sends no mask: RFC 950's rule of classes is long dead, and a longer prefix than the
 * network's does less harm than a shorter one. So the released program's client has it, too.
 */
#define LEN_WITHOUT_MASK 32

static const char *read_lease_address(const struct dhcp_options *options, const uint8_t *yiaddr,
	struct dhcp_reply *reply, struct dhcp_value *value)
{
	struct net_prefix address = { .addr.family = 4, .len = LEN_WITHOUT_MASK };

	memcpy(address.addr.bytes, yiaddr, 4);
	dhcp_options_get_fixed(options, DHCP_OPTION_SUBNET_MASK, 4, value);
	reply->no_mask = !value->there;
	if (value->there && (value->len != 4 || !mask_len(to_u32(value->bytes), &address.len)))
		return "malformed subnet mask";
	const char *wrong = check_address(&address);
	if (!wrong)
		reply->lease.address = address;
	return wrong;
}

static void keep_odd(uint8_t *odd, uint8_t code)
{
	if (*odd == 0)
		*odd = code;
}

/* The routers of option 3; false: malformed. What no router can be is left out. */
static bool read_routers(const struct dhcp_value *value, struct dhcp_reply *reply)
{
	struct bytes_reader r = bytes_reader(value->bytes, value->len);
	struct dhcp_lease *lease = &reply->lease;

	if (value->len == 0 || value->len % 4 != 0)
		return false;
	while (bytes_left(&r) > 0) {
		struct net_addr addr = frame_read_ipv4(&r);
		if (!net_addr_is_unicast(&addr) || net_addr_equal(&addr, &lease->address.addr))
			keep_odd(&reply->odd_entry, DHCP_OPTION_ROUTERS);
		else if (lease->n_routers < DHCP_ROUTERS_MAX)
			lease->routers[lease->n_routers++] = addr;
	}
	return true;
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

/* One route of option 121: width, as many bytes as that takes, router. False: malformed. */
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
	return bytes_reader_ok(r);
}

/* Whether it is one that can be set; the default route can. */
static bool is_route(const struct dhcp_route *route, const struct net_addr *own)
{
	if (route->to.len > 0 && !is_destination(&route->to))
		return false;
	return route->via.family == 0 ||
	       (net_addr_is_unicast(&route->via) && !net_addr_equal(&route->via, own));
}

static void take_route(const struct dhcp_route *route, struct dhcp_lease *lease)
{
	if (route->to.len > 0) {
		if (lease->n_routes < DHCP_ROUTES_MAX)
			lease->routes[lease->n_routes++] = *route;
	} else if (route->via.family == 0) {
		/* RFC 3442: router 0.0.0.0 is the link itself, for every width. */
		lease->default_onlink = true;
	} else if (lease->n_routers < DHCP_ROUTERS_MAX) {
		lease->routers[lease->n_routers++] = route->via;
	}
}

/* All of option 121, or nothing of it; but a route that cannot be set is left out alone. */
static bool read_route_option(const struct dhcp_value *value, struct dhcp_reply *reply)
{
	struct bytes_reader r = bytes_reader(value->bytes, value->len);
	struct dhcp_lease *lease = &reply->lease;
	struct dhcp_route route;

	if (value->len == 0)
		return false;
	while (bytes_left(&r) > 0)
		if (!read_route(&r, &route))
			return false;
	r = bytes_reader(value->bytes, value->len);
	while (bytes_left(&r) > 0 && read_route(&r, &route)) {
		if (is_route(&route, &lease->address.addr))
			take_route(&route, lease);
		else
			keep_odd(&reply->odd_entry, DHCP_OPTION_ROUTES);
	}
	/* A router reaches more than the link does. */
	if (lease->n_routers > 0)
		lease->default_onlink = false;
	return true;
}

/* RFC 3442: where there is option 121, option 3 does not count. */
static void read_ways_out(
	const struct dhcp_options *options, struct dhcp_reply *reply, struct dhcp_value *value)
{
	dhcp_options_get(options, DHCP_OPTION_ROUTES, value);
	if (value->there) {
		if (read_route_option(value, reply))
			return;
		keep_odd(&reply->odd, DHCP_OPTION_ROUTES);
	}
	dhcp_options_get(options, DHCP_OPTION_ROUTERS, value);
	if (value->there && !read_routers(value, reply))
		keep_odd(&reply->odd, DHCP_OPTION_ROUTERS);
}

const char *dhcp_options_lease(
	const struct dhcp_options *options, const uint8_t yiaddr[4], struct dhcp_reply *reply)
{
	struct dhcp_lease *lease = &reply->lease;
	struct dhcp_value value;
	const char *wrong = read_lease_address(options, yiaddr, reply, &value);

	if (wrong)
		return wrong;
	dhcp_options_get_fixed(options, DHCP_OPTION_LEASE_TIME, 4, &value);
	if (value.there && (value.len != 4 || to_u32(value.bytes) == 0))
		return "malformed lease time";
	read_ways_out(options, reply, &value);
	dhcp_options_get(options, DHCP_OPTION_HOSTNAME, &value);
	if (value.there && !read_lease_hostname(&value, lease->hostname))
		keep_odd(&reply->odd, DHCP_OPTION_HOSTNAME);
	dhcp_options_get_fixed(options, DHCP_OPTION_MTU, 2, &value);
	if (value.there && !read_mtu(&value, &lease->mtu))
		keep_odd(&reply->odd, DHCP_OPTION_MTU);
	return NULL;
}

static bool all_unicast(const struct net_addr *addrs, size_t n, const struct net_addr *except)
{
	for (size_t i = 0; i < n; i++)
		if (!net_addr_is_unicast(&addrs[i]) || net_addr_equal(&addrs[i], except))
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
	if (lease->default_onlink && lease->n_routers > 0)
		return "two kinds of default route";
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
