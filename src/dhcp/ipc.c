/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between the DHCP role and its parent: see ipc.h. */
#include "dhcp/ipc.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

/* A bool as one byte; false if the byte is neither 0 nor 1. */
static bool read_bool(struct bytes_reader *r, bool *ret)
{
	uint8_t value = bytes_read_u8(r);

	*ret = value == 1;
	return value <= 1;
}

static void write_link(struct bytes_writer *w, const struct candidate *link)
{
	bytes_write(w, link->name, sizeof(link->name));
	bytes_write(w, link->mac, sizeof(link->mac));
	bytes_write_be32(w, link->speed);
	bytes_write_u8(w, link->carrier);
}

static bool read_link(struct bytes_reader *r, struct candidate *ret)
{
	bytes_read(r, ret->name, sizeof(ret->name));
	bytes_read(r, ret->mac, sizeof(ret->mac));
	ret->speed = bytes_read_be32(r);
	return read_bool(r, &ret->carrier) && memchr(ret->name, '\0', sizeof(ret->name));
}

size_t dhcp_ipc_encode_start(const struct dhcp_config *config, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, DHCP_IPC_PAYLOAD_MAX);

	bytes_write_u8(&w, config->discover_only);
	bytes_write_be64(&w, (uint64_t)config->limit_ms);
	bytes_write_be32(&w, config->jitter_ms);
	bytes_write_be64(&w, config->seed);
	bytes_write_u8(&w, (uint8_t)config->n);
	for (size_t i = 0; i < config->n; i++)
		write_link(&w, &config->links[i]);
	assert(bytes_writer_ok(&w));
	return w.len;
}

bool dhcp_ipc_decode_start(const struct frame *frame, struct dhcp_config *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct dhcp_config config;

	memset(&config, 0, sizeof(config));
	if (!read_bool(&r, &config.discover_only))
		return false;
	config.limit_ms = (int64_t)bytes_read_be64(&r);
	config.jitter_ms = bytes_read_be32(&r);
	config.seed = bytes_read_be64(&r);
	config.n = bytes_read_u8(&r);
	if (config.n == 0 || config.n > CANDIDATES_MAX || config.limit_ms < 0 ||
		config.limit_ms > INT32_MAX)
		return false;
	for (size_t i = 0; i < config.n; i++)
		if (!read_link(&r, &config.links[i]))
			return false;
	if (frame->type != DHCP_IPC_START || !bytes_reader_done(&r))
		return false;
	*ret = config;
	return true;
}

size_t dhcp_ipc_encode_carrier(size_t link, bool carrier, uint8_t *out)
{
	out[0] = (uint8_t)link;
	out[1] = carrier;
	return 2;
}

bool dhcp_ipc_decode_carrier(
	const struct frame *frame, size_t n, size_t *ret_link, bool *ret_carrier)
{
	if (frame->type != DHCP_IPC_CARRIER || frame->len != 2 || frame->payload[0] >= n ||
		frame->payload[1] > 1)
		return false;
	*ret_link = frame->payload[0];
	*ret_carrier = frame->payload[1];
	return true;
}

/* IPv4 as four bytes; the unset address as 0.0.0.0. */
static void write_addr(struct bytes_writer *w, const struct net_addr *addr)
{
	bytes_write(w, addr->bytes, 4);
}

static struct net_addr read_addr(struct bytes_reader *r)
{
	static const uint8_t none[4];
	struct net_addr addr = { .family = 0 };

	if (bytes_read(r, addr.bytes, 4) && memcmp(addr.bytes, none, 4) != 0)
		addr.family = 4;
	return addr;
}

static void write_addrs(struct bytes_writer *w, const struct net_addr *addrs, size_t n)
{
	bytes_write_u8(w, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		write_addr(w, &addrs[i]);
}

static bool read_addrs(struct bytes_reader *r, struct net_addr *addrs, size_t max, size_t *ret_n)
{
	size_t n = bytes_read_u8(r);

	if (n > max)
		return false;
	for (size_t i = 0; i < n; i++)
		addrs[i] = read_addr(r);
	*ret_n = n;
	return true;
}

size_t dhcp_ipc_encode_lease(size_t link, const struct dhcp_lease *lease, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, DHCP_IPC_PAYLOAD_MAX);

	bytes_write_u8(&w, (uint8_t)link);
	write_addr(&w, &lease->address.addr);
	bytes_write_u8(&w, lease->address.len);
	bytes_write_be32(&w, lease->mtu);
	write_addrs(&w, lease->routers, lease->n_routers);
	bytes_write_u8(&w, lease->default_onlink);
	bytes_write_u8(&w, (uint8_t)strlen(lease->hostname));
	bytes_write(&w, lease->hostname, strlen(lease->hostname));
	bytes_write_u8(&w, (uint8_t)lease->n_routes);
	for (size_t i = 0; i < lease->n_routes; i++) {
		write_addr(&w, &lease->routes[i].to.addr);
		bytes_write_u8(&w, lease->routes[i].to.len);
		write_addr(&w, &lease->routes[i].via);
	}
	assert(bytes_writer_ok(&w));
	return w.len;
}

static bool read_lease_routes(struct bytes_reader *r, struct dhcp_lease *lease)
{
	size_t n = bytes_read_u8(r);

	if (n > DHCP_ROUTES_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct dhcp_route *route = &lease->routes[i];
		route->to.addr = read_addr(r);
		/* Here 0.0.0.0 is a network, as in 0.0.0.0/1. */
		route->to.addr.family = 4;
		route->to.len = bytes_read_u8(r);
		route->via = read_addr(r);
	}
	lease->n_routes = n;
	return true;
}

bool dhcp_ipc_decode_lease(
	const struct frame *frame, size_t n, size_t *ret_link, struct dhcp_lease *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct dhcp_lease lease;

	memset(&lease, 0, sizeof(lease));
	size_t link = bytes_read_u8(&r);
	lease.address.addr = read_addr(&r);
	lease.address.len = bytes_read_u8(&r);
	lease.mtu = bytes_read_be32(&r);
	if (!read_addrs(&r, lease.routers, DHCP_ROUTERS_MAX, &lease.n_routers))
		return false;
	uint8_t default_onlink = bytes_read_u8(&r);
	if (default_onlink > 1)
		return false;
	lease.default_onlink = default_onlink;
	size_t hostname_len = bytes_read_u8(&r);
	bytes_read(&r, lease.hostname, hostname_len);
	if (strlen(lease.hostname) != hostname_len || !read_lease_routes(&r, &lease))
		return false;
	if (frame->type != DHCP_IPC_LEASE || !bytes_reader_done(&r) || link >= n ||
		dhcp_lease_check(&lease))
		return false;
	*ret_link = link;
	*ret = lease;
	return true;
}

size_t dhcp_ipc_encode_send(size_t link, const uint8_t *frame, size_t len, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, DHCP_IPC_PAYLOAD_MAX);

	bytes_write_u8(&w, (uint8_t)link);
	bytes_write(&w, frame, len);
	assert(bytes_writer_ok(&w));
	return w.len;
}

size_t dhcp_ipc_encode_offered(const bool *offered, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = offered[i];
	return n;
}

bool dhcp_ipc_decode_send(const struct frame *frame, size_t n, size_t *ret_link,
	const uint8_t **ret_frame, size_t *ret_len)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	size_t link = bytes_read_u8(&r), len = 0;
	const uint8_t *sent = bytes_rest(&r, &len);

	if (frame->type != DHCP_IPC_SEND || !sent || len == 0 || link >= n)
		return false;
	*ret_link = link;
	*ret_frame = sent;
	*ret_len = len;
	return true;
}

bool dhcp_ipc_decode_offered(const struct frame *frame, size_t n, bool *ret_offered)
{
	if (frame->type != DHCP_IPC_OFFERED || frame->len != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (frame->payload[i] > 1)
			return false;
	for (size_t i = 0; i < n; i++)
		ret_offered[i] = frame->payload[i];
	return true;
}

bool dhcp_ipc_decode_text(const struct frame *frame, char *out, size_t cap)
{
	if (frame->type != DHCP_IPC_LINE && frame->type != DHCP_IPC_FAILED &&
		frame->type != DHCP_IPC_BROKEN)
		return false;
	if (frame->len == 0 || frame->len >= ERROR_TEXT_MAX)
		return false;
	text_printable_again(frame->payload, frame->len, out, cap);
	return true;
}
