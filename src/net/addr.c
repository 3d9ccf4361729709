/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and prefixes: see addr.h. Texts of IPv6 addresses follow RFC 4291 and RFC 5952. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* ::ffff:0:0/96, RFC 4291 section 2.5.5.2. */
static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };
#define MAPPED_BITS 96

/* Groups of 16 bits in an IPv6 address. */
#define GROUPS 8

unsigned net_addr_bits(const struct net_addr *addr)
{
	return addr->family == 4 ? 32 : addr->family == 6 ? 128 : 0;
}

bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return a->family == b->family && a->scope == b->scope &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static bool is_link_local(const struct net_addr *addr)
{
	return addr->family == 6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

/* An IPv6 address, or IPv4 if it is a mapped one. */
static struct net_addr from_bytes6(const uint8_t bytes[16])
{
	struct net_addr addr = { .family = 6 };

	if (memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0) {
		addr.family = 4;
		memcpy(addr.bytes, bytes + sizeof(mapped_prefix), 4);
	} else {
		memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	}
	return addr;
}

/* inet_pton(3) is as strict as addr.h says. */
int net_addr_parse(const char *text, struct net_addr *ret)
{
	struct net_addr addr = { .family = 4 };
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, addr.bytes) == 1) {
		*ret = addr;
		return 0;
	}
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return -EINVAL;
	*ret = from_bytes6(bytes);
	return 0;
}

int net_addr_parse_scoped(const char *text, struct net_addr *ret)
{
	const char *zone = strchr(text, '%');
	struct net_addr addr;
	uint64_t number;

	if (!zone)
		return net_addr_parse(text, ret);
	_cleanup_free_ char *head = strndup(text, (size_t)(zone - text));
	if (!head)
		return -ENOMEM;
	int r = net_addr_parse(head, &addr);
	if (r < 0)
		return r;
	if (!is_link_local(&addr) || zone[1] == '\0')
		return -EINVAL;
	addr.scope = if_nametoindex(zone + 1);
	if (addr.scope == 0 && text_parse_u64(zone + 1, 1, INT32_MAX, &number) == 0) {
		char name[IF_NAMESIZE];
		if (if_indextoname((unsigned)number, name))
			addr.scope = (uint32_t)number;
	}
	if (addr.scope == 0)
		return -ENODEV;
	*ret = addr;
	return 0;
}

/* The longest run of at least two zero groups, the first of equals (RFC 5952 section 4.2). */
static void find_zeros(const uint16_t groups[GROUPS], size_t *ret_start, size_t *ret_len)
{
	size_t start = GROUPS, len = 1;

	for (size_t i = 0; i < GROUPS; i++) {
		size_t n = 0;
		while (i + n < GROUPS && groups[i + n] == 0)
			n++;
		if (n > len) {
			start = i;
			len = n;
		}
	}
	*ret_start = start;
	*ret_len = len;
}

/* Not inet_ntop(3): that writes ::1:0 as ::0.1.0.0. */
static void format6(const uint8_t bytes[16], char out[NET_ADDR_TEXT_MAX])
{
	uint16_t groups[GROUPS];
	size_t start, len;

	for (size_t i = 0; i < GROUPS; i++)
		groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
	find_zeros(groups, &start, &len);
	for (size_t i = 0; i < GROUPS;) {
		if (i == start) {
			out += sprintf(out, "::");
			i += len;
			continue;
		}
		out += sprintf(out, "%s%x", i > 0 && i != start + len ? ":" : "", groups[i]);
		i++;
	}
}

void net_addr_format(const struct net_addr *addr, char out[NET_ADDR_TEXT_MAX])
{
	const uint8_t *b = addr->bytes;

	if (addr->family == 6)
		format6(b, out);
	else
		sprintf(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

int net_prefix_parse(const char *text, struct net_prefix *ret)
{
	const char *slash = strchr(text, '/');
	struct net_prefix prefix;
	uint64_t len;

	if (!slash)
		return -EINVAL;
	_cleanup_free_ char *head = strndup(text, (size_t)(slash - text));
	if (!head)
		return -ENOMEM;
	if (net_addr_parse(head, &prefix.addr) < 0)
		return -EINVAL;
	/* A colon in a text that became IPv4: a mapped address, whose length counts 128 bits. */
	unsigned outside = prefix.addr.family == 4 && strchr(head, ':') ? MAPPED_BITS : 0;
	if (text_parse_u64(slash + 1, outside, outside + net_addr_bits(&prefix.addr), &len) < 0)
		return -EINVAL;
	prefix.len = (uint8_t)(len - outside);
	*ret = prefix;
	return 0;
}

void net_prefix_format(const struct net_prefix *prefix, char out[NET_PREFIX_TEXT_MAX])
{
	char addr[NET_ADDR_TEXT_MAX];

	net_addr_format(&prefix->addr, addr);
	snprintf(out, NET_PREFIX_TEXT_MAX, "%s/%u", addr, prefix->len);
}

struct net_prefix net_prefix_network(const struct net_prefix *prefix)
{
	struct net_prefix network = *prefix;
	size_t whole = prefix->len / 8;

	if (whole < sizeof(network.addr.bytes)) {
		network.addr.bytes[whole] &= (uint8_t)(0xff00 >> (prefix->len % 8));
		for (size_t i = whole + 1; i < sizeof(network.addr.bytes); i++)
			network.addr.bytes[i] = 0;
	}
	return network;
}

bool net_prefix_contains(const struct net_prefix *prefix, const struct net_addr *addr)
{
	struct net_prefix other = { .addr = *addr, .len = prefix->len };
	struct net_prefix a = net_prefix_network(prefix), b = net_prefix_network(&other);

	a.addr.scope = b.addr.scope = 0;
	return net_addr_bits(addr) > 0 && net_addr_equal(&a.addr, &b.addr);
}

bool net_addr_is_any(const struct net_addr *addr)
{
	static const uint8_t zero[sizeof(addr->bytes)];

	return addr->family != 0 && memcmp(addr->bytes, zero, sizeof(zero)) == 0;
}

struct net_addr net_loopback(uint8_t family)
{
	return family == 4 ? (struct net_addr){ .family = 4, .bytes = { 127, 0, 0, 1 } }
			   : (struct net_addr){ .family = 6, .bytes[15] = 1 };
}

bool net_prefix_is_loopback(const struct net_prefix *prefix)
{
	static const struct net_prefix four = { { .family = 4, .bytes = { 127 } }, 8 },
				       six = { { .family = 6, .bytes[15] = 1 }, 128 };
	const struct net_prefix *loopback = prefix->addr.family == 4 ? &four : &six;

	return prefix->len >= loopback->len && net_prefix_contains(loopback, &prefix->addr);
}

const char *net_addr_reason_against(const struct net_addr *addr)
{
	static const struct net_addr broadcast = { .family = 4, .bytes = { 255, 255, 255, 255 } },
				     unspecified = { .family = 6 },
				     loopback = { .family = 6, .bytes[15] = 1 };

	if (addr->family == 6)
		return net_addr_equal(addr, &unspecified) ? "the unspecified address"
		       : net_addr_equal(addr, &loopback)  ? "a loopback address"
		       : addr->bytes[0] == 0xff           ? "a multicast address"
							  : NULL;
	if (addr->family != 4)
		return "no address";
	return addr->bytes[0] == 0                ? "an address of 0.0.0.0/8"
	       : addr->bytes[0] == 127            ? "a loopback address"
	       : net_addr_equal(addr, &broadcast) ? "the broadcast address"
	       : addr->bytes[0] >= 240            ? "a reserved address"
	       : addr->bytes[0] >= 224            ? "a multicast address"
						  : NULL;
}

bool net_addr_is_unicast(const struct net_addr *addr)
{
	return net_addr_reason_against(addr) == NULL;
}

const char *net_prefix_reason_against(const struct net_prefix *prefix)
{
	unsigned bits = net_addr_bits(&prefix->addr), ones = 0;

	if (bits - prefix->len <= 1)
		return NULL;
	for (unsigned i = prefix->len; i < bits; i++)
		ones += prefix->addr.bytes[i / 8] >> (7 - i % 8) & 1;
	if (ones == 0)
		return prefix->addr.family == 4 ? "the network's own address"
						: "the address of the network's routers";
	if (ones == bits - prefix->len && prefix->addr.family == 4)
		return "the network's broadcast address";
	return NULL;
}

char *net_decode_safe_cidr(const char *text)
{
	char *copy = strdup(text);
	char *m = copy && !strchr(copy, '/') ? strrchr(copy, 'm') : NULL;

	if (m)
		*m = '/';
	return copy;
}

/* Without the blanks at the end of the first @len bytes. */
static size_t without_blanks(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] == ' ')
		len--;
	return len;
}

int net_prefix_parse_typed(const char *text, struct net_prefix *ret)
{
	char plain[NET_PREFIX_TEXT_MAX];

	text += strspn(text, " ");
	size_t end = without_blanks(text, strlen(text)), digits = end;
	while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9')
		digits--;
	size_t mark = without_blanks(text, digits), addr = mark;
	if (mark > 0 && strchr("/mM.", text[mark - 1]))
		addr = without_blanks(text, mark - 1);
	/* A separator between the two is required. */
	if (addr == digits || (size_t)snprintf(plain, sizeof(plain), "%.*s/%.*s", (int)addr, text,
				      (int)(end - digits), text + digits) >= sizeof(plain))
		return -EINVAL;
	return net_prefix_parse(plain, ret);
}

int net_addr_from_sockaddr(
	const struct sockaddr_storage *sa, struct net_addr *ret, uint16_t *ret_port)
{
	struct net_addr addr = { .family = 4 };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	/* Copies, because a sockaddr_storage may not be read as another type. */
	if (sa->ss_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(addr.bytes, &in.sin_addr, 4);
		*ret_port = ntohs(in.sin_port);
	} else if (sa->ss_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		addr = from_bytes6(in6.sin6_addr.s6_addr);
		addr.scope = is_link_local(&addr) ? in6.sin6_scope_id : 0;
		*ret_port = ntohs(in6.sin6_port);
	} else {
		return -EAFNOSUPPORT;
	}
	*ret = addr;
	return 0;
}

socklen_t net_addr_to_sockaddr(
	const struct net_addr *addr, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	*ret = (struct sockaddr_storage){ .ss_family = AF_UNSPEC };
	if (addr->family == 4) {
		memcpy(&in.sin_addr, addr->bytes, 4);
		memcpy(ret, &in, sizeof(in));
		return sizeof(in);
	}
	if (addr->family == 6) {
		memcpy(&in6.sin6_addr, addr->bytes, 16);
		in6.sin6_scope_id = addr->scope;
		memcpy(ret, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

void net_endpoint_format(
	const struct net_addr *addr, uint16_t port, char out[NET_ENDPOINT_TEXT_MAX])
{
	char text[NET_ADDR_TEXT_MAX], zone[1 + IF_NAMESIZE] = "";

	net_addr_format(addr, text);
	if (addr->scope != 0) {
		zone[0] = '%';
		if (!if_indextoname(addr->scope, zone + 1))
			snprintf(zone + 1, IF_NAMESIZE, "%u", addr->scope);
	}
	snprintf(out, NET_ENDPOINT_TEXT_MAX, addr->family == 6 ? "[%s%s]:%u" : "%s%s:%u", text,
		zone, port);
}
