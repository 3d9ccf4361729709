/* SPDX-License-Identifier: BSD-2-Clause */
/* The value of -i: see target.h. */
#include "local/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

/* The parts of the text: a host of @host_len bytes, and the port's text or NULL. */
struct parts {
	const char *host;
	size_t host_len;
	const char *port;
};

static int refuse(const char *text, const char *why, struct error *error)
{
	char shown[128];

	text_printable(text, strlen(text), shown, sizeof(shown));
	return error_set(error, -EINVAL, "-i: \"%s\" %s", shown, why);
}

static int split(const char *text, struct parts *ret, struct error *error)
{
	const char *colon = strchr(text, ':'), *close;

	if (text[0] == '[') {
		close = strchr(text, ']');
		if (!close || (close[1] != '\0' && close[1] != ':'))
			return refuse(text, "is not [ADDRESS] or [ADDRESS]:PORT", error);
		*ret = (struct parts){ text + 1, (size_t)(close - text - 1),
			close[1] == ':' ? close + 2 : NULL };
		return 0;
	}
	/* Two colons: an IPv6 address. */
	bool has_port = colon && !strchr(colon + 1, ':');
	*ret = (struct parts){ text, has_port ? (size_t)(colon - text) : strlen(text),
		has_port ? colon + 1 : NULL };
	return 0;
}

static int read_port(const char *text, const struct parts *parts, uint16_t port, bool port_given,
	uint16_t *ret, struct error *error)
{
	uint64_t number = port;

	if (parts->port && (cli_parse_number(parts->port, UINT16_MAX, &number) < 0 || number == 0))
		return refuse(text, "does not end in a port from 1 to 65535", error);
	if (parts->port && port_given && number != port)
		return refuse(text, "has another port than -p", error);
	*ret = (uint16_t)number;
	return 0;
}

static int read_host(const char *text, struct target *target, struct error *error)
{
	const char *zone = strchr(target->host, '%');
	char why[128], name[64];
	size_t len = strlen(target->host);
	/* Of a complete name. */
	size_t dot = len > 1 && target->host[len - 1] == '.';
	int r = net_addr_parse_scoped(target->host, &target->addr);

	if (r == -ENODEV) {
		text_printable(zone + 1, strlen(zone + 1), name, sizeof(name));
		snprintf(why, sizeof(why), "names an interface that is not there: %s", name);
		return refuse(text, why, error);
	}
	if (r == 0)
		return 0;
	/* Digits and dots are a mistyped address, and not a name. */
	if (text[0] == '[' || strchr(target->host, ':') || zone ||
		!net_hostname_check(target->host, len - dot, NET_HOSTNAME_URL))
		return refuse(text, "is neither an address nor a host name", error);
	target->is_name = true;
	memcpy(target->name, target->host, len - dot);
	return 0;
}

int target_parse(
	const char *text, uint16_t port, bool port_given, struct target *ret, struct error *error)
{
	struct target target = { .name = "" };
	struct parts parts = { .host = text };
	int r = split(text, &parts, error);

	if (r == 0 && parts.host_len >= sizeof(target.host))
		r = refuse(text, "is longer than any host name", error);
	if (r < 0)
		return r;
	memcpy(target.host, parts.host, parts.host_len);
	r = read_port(text, &parts, port, port_given, &target.port, error);
	if (r == 0)
		r = read_host(text, &target, error);
	if (r == 0)
		*ret = target;
	return r;
}

int target_addresses(const struct target *target, struct net_addrs *ret, struct error *error)
{
	if (target->told.n > 0) {
		*ret = target->told;
		return 0;
	}
	if (target->is_name)
		return net_lookup(target->host, ret, error);
	*ret = (struct net_addrs){ .items = { target->addr }, .n = 1 };
	return 0;
}
