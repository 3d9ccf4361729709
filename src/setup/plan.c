/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan of `remote static` and `dhcp`: see plan.h. The texts are the released program's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config.h"
#include "hostcfg/url.h"
#include "setup/plan.h"

/* A value as it may be shown. */
struct shown {
	char text[80 * TEXT_PRINTABLE_GROWTH];
};

static const char *show_option(struct shown *shown, const char *text)
{
	text_printable(text, MIN(strlen(text), (size_t)80), shown->text, sizeof(shown->text));
	return shown->text;
}

/* As in Go's flag package, an empty text is one that was not given. */
static bool is_given(const char *text)
{
	return text && *text;
}

static void note_unused(struct setup_plan *plan, const char *option, const char *reason)
{
	if (plan->notes_n < SETUP_NOTES_MAX)
		(void)error_set(&plan->notes[plan->notes_n++], 0, "warning: %s is not used: %s",
			option, reason);
}

/* -f turns a failed check into a note. */
static int check_failed(struct setup_plan *plan, struct error *error)
{
	if (!plan->force)
		return -EINVAL;
	if (plan->notes_n < SETUP_NOTES_MAX)
		(void)error_set(
			&plan->notes[plan->notes_n++], 0, "force flag: ignoring: %s", error->text);
	return 0;
}

/* --- addresses --- */

/* Adds one to an address; false if it was the last of all. */
static bool next_address(struct net_addr *addr)
{
	for (unsigned i = net_addr_bits(addr) / 8; i-- > 0;)
		if (++addr->bytes[i] != 0)
			return true;
	return false;
}

int setup_default_gateway(const struct net_prefix *host, bool last, struct net_addr *ret)
{
	unsigned bits = net_addr_bits(&host->addr);
	struct net_addr addr = net_prefix_network(host).addr;

	if (bits - host->len == 1) {
		addr = host->addr;
		addr.bytes[bits / 8 - 1] ^= 1;
		*ret = addr;
		return 0;
	}
	if (!last) {
		if (!next_address(&addr))
			return -ERANGE;
		*ret = addr;
		return 0;
	}
	if (bits == host->len) {
		*ret = host->addr;
		return 0;
	}
	/* All host bits set but the last one: the highest is IPv4's broadcast. */
	for (unsigned i = host->len; i < bits - 1; i++)
		addr.bytes[i / 8] |= (uint8_t)(0x80U >> i % 8);
	*ret = addr;
	return 0;
}

/* An address; with /32 or /128 it means the same. */
static int parse_gateway(const char *text, struct net_addr *ret, struct error *error)
{
	struct shown shown;
	struct net_prefix prefix;
	_cleanup_free_ char *plain = net_decode_safe_cidr(text);

	if (!plain)
		return error_set_errno(error, -ENOMEM, "-g");
	if (net_addr_parse(plain, ret) == 0)
		return 0;
	if (net_prefix_parse(plain, &prefix) < 0 || prefix.len != net_addr_bits(&prefix.addr))
		return error_set(error, -EINVAL,
			"%s: parsing gateway address: invalid address (-g)",
			show_option(&shown, text));
	*ret = prefix.addr;
	return 0;
}

/*
 * NULL, or what the address of another machine is that none can have: of any network, or of the
 * host's. (The anycast address of an IPv6 network's routers is one of theirs.)
 */
static const char *reason_against_peer(const struct setup_plan *plan, const struct net_addr *addr)
{
	const struct net_prefix peer = { .addr = *addr, .len = plan->host.len };
	const char *reason = net_addr_reason_against(addr);

	if (reason || addr->family != 4 || plan->host.addr.family != 4 ||
		!net_prefix_contains(&plan->host, addr))
		return reason;
	return net_prefix_reason_against(&peer);
}

static int check_host(struct setup_plan *plan, struct error *error)
{
	const char *reason = net_addr_reason_against(&plan->host.addr);
	char text[NET_PREFIX_TEXT_MAX];

	if (!reason && plan->host.len == 0)
		reason = "in a network of length 0, which is every address";
	if (!reason)
		reason = net_prefix_reason_against(&plan->host);
	if (!reason)
		return 0;
	net_prefix_format(&plan->host, text);
	(void)error_set(
		error, 0, "%s: a host cannot have this address: it is %s (-i)", text, reason);
	return check_failed(plan, error);
}

static int check_gateway(struct setup_plan *plan, struct error *error)
{
	const char *reason = reason_against_peer(plan, &plan->gateway);
	char text[NET_ADDR_TEXT_MAX];

	if (!reason)
		return 0;
	net_addr_format(&plan->gateway, text);
	(void)error_set(
		error, 0, "%s: a gateway cannot have this address: it is %s (-g)", text, reason);
	return check_failed(plan, error);
}

/* Once the host's network is known. */
static int check_dns(struct setup_plan *plan, struct error *error)
{
	char text[NET_ADDR_TEXT_MAX];

	for (size_t i = 0; i < plan->dns_n; i++) {
		const char *reason = reason_against_peer(plan, &plan->dns[i]);
		if (!reason)
			continue;
		net_addr_format(&plan->dns[i], text);
		(void)error_set(error, 0,
			"%s: a DNS server cannot have this address: it is %s (-d)", text, reason);
		if (check_failed(plan, error) < 0)
			return -EINVAL;
	}
	return 0;
}

static int plan_gateway(const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	char gateway[NET_ADDR_TEXT_MAX], host[NET_ADDR_TEXT_MAX], network[NET_PREFIX_TEXT_MAX];
	struct net_prefix net = net_prefix_network(&plan->host);

	if (is_given(o->gateway)) {
		int r = parse_gateway(o->gateway, &plan->gateway, error);
		if (r < 0)
			return r;
	} else if (setup_default_gateway(&plan->host, o->try_last_gateway, &plan->gateway) < 0) {
		return error_set(error, -EINVAL,
			"the network of -i has no first address for a gateway: -g is needed");
	}
	if (check_host(plan, error) < 0 || check_gateway(plan, error) < 0)
		return -EINVAL;
	net_addr_format(&plan->gateway, gateway);
	net_addr_format(&plan->host.addr, host);
	net_prefix_format(&net, network);
	if (!net_prefix_contains(&net, &plan->gateway)) {
		(void)error_set(
			error, 0, "%s: gateway not within host IP network (%s)", gateway, network);
		plan->gateway_onlink = true;
		if (check_failed(plan, error) < 0)
			return -EINVAL;
	}
	if (net_addr_equal(&plan->gateway, &plan->host.addr)) {
		(void)error_set(
			error, 0, "%s: host address must be distinct from gateway address", host);
		return check_failed(plan, error);
	}
	return 0;
}

static int plan_host(const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	struct shown shown;

	if (!is_given(o->ip))
		return error_set(error, -EINVAL, "host ip is a required option (-i)");
	_cleanup_free_ char *plain = net_decode_safe_cidr(o->ip);
	if (!plain)
		return error_set_errno(error, -ENOMEM, "-i");
	if (net_prefix_parse(plain, &plan->host) < 0)
		return error_set(error, -EINVAL,
			"parsing host address: invalid CIDR address: %s (-i)",
			show_option(&shown, plain));
	return plan_gateway(o, plan, error);
}

static int plan_dns(const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	struct shown shown;

	for (size_t i = 0; i < o->dns.n; i++) {
		if (net_addr_parse(o->dns.items[i], &plan->dns[i]) < 0)
			return error_set(error, -EINVAL,
				"-d: failed to parse \"%s\" as an IP address",
				show_option(&shown, o->dns.items[i]));
		plan->dns_n++;
	}
	return 0;
}

/* --- names --- */

static int plan_hostname(
	const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	const char *reason;
	struct shown shown;
	int n;

	if ((o->host && !*o->host) || (o->full_host && !*o->full_host))
		return error_set(error, -EINVAL, "the host name is empty (%s)",
			o->host && !*o->host ? "-h" : "-H");
	if (is_given(o->host) && is_given(o->full_host))
		return error_set(error, -EINVAL, "-h and -H exclude each other");
	if (is_given(o->full_host))
		n = snprintf(plan->hostname, sizeof(plan->hostname), "%s", o->full_host);
	else
		n = snprintf(plan->hostname, sizeof(plan->hostname), "%s%s%s",
			is_given(o->host) ? o->host : "", is_given(o->host) ? "." : "",
			STPROV_DEFAULT_DOMAIN);
	if (n >= (int)sizeof(plan->hostname))
		return error_set(error, -EINVAL, "the host name is longer than %d characters",
			NET_HOSTNAME_MAX - 1);
	reason = net_hostname_reason_against(
		plan->hostname, strlen(plan->hostname), NET_HOSTNAME_TYPED);
	if (reason)
		return error_set(error, -EINVAL, "\"%s\" is not a host name: %s (%s)",
			show_option(&shown, plan->hostname), reason,
			is_given(o->full_host) ? "-H" : "-h");
	return 0;
}

/*
 * The URL as it was typed, so that a position in it is right; then what is put into it; then what
 * comes of both. stboot could fetch no other one, so -f waives none of this.
 */
static int plan_url(
	const struct setup_options *o, const char *typed, char **ret_url, struct error *error)
{
	_cleanup_url_text_ char *text = NULL;
	_cleanup_url_ struct url url;
	struct error ignored;

	memset(&url, 0, sizeof(url));
	if (url_check_scheme(typed, error) < 0 || url_parse(typed, &url, error) < 0)
		return error_prefix(error, -EINVAL, "-r");
	if (url_has_placeholder(typed) && url_check_user(o->user, error) < 0)
		return error_prefix(error, -EINVAL, "-u");
	if (url_has_placeholder(typed) && url_check_password(o->password, error) < 0)
		return error_prefix(error, -EINVAL, "-p");
	if (url_construct(typed, o->user, o->password, &text, error) < 0)
		return error_prefix(error, -EINVAL, "-r");
	if (url_parse(text, &url, &ignored) < 0)
		return error_set(error, -EINVAL, "-r: with -u and -p in it this is not a URL");
	*ret_url = TAKE_PTR(text);
	return 0;
}

static int plan_urls(const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	bool placed = false;

	for (size_t i = 0; i < o->urls.n; i++) {
		int r = plan_url(o, o->urls.items[i], &plan->urls[i], error);
		if (r < 0)
			return r;
		plan->urls_n++;
		/* Something was put in, and it was the build's. */
		if (!o->password_given && strcmp(plan->urls[i], o->urls.items[i]) != 0)
			plan->compiled_in_password = true;
		placed = placed || url_has_placeholder(o->urls.items[i]);
	}
	if (!placed && o->user_given)
		note_unused(plan, "-u", "no URL has user:password");
	if (!placed && o->password_given)
		note_unused(plan, "-p", "no URL has user:password");
	return 0;
}

/* --- links --- */

/* Options that choose links exclude each other. */
static int plan_selection(
	const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	const struct {
		const char *name;
		bool given;
		enum setup_selection selection;
	} options[] = {
		{ "-A", o->autodetect, SETUP_SELECT_AUTODETECT },
		{ "-m", is_given(o->mac), SETUP_SELECT_MAC },
		{ "-I", is_given(o->interface), SETUP_SELECT_NAME },
		{ "-B", o->bonding_auto, SETUP_SELECT_BOND_AUTO },
		{ "-b", o->bonding.given, SETUP_SELECT_BOND },
	};
	const char *first = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!options[i].given)
			continue;
		if (first)
			return error_set(error, -EINVAL, "%s and %s exclude each other", first,
				options[i].name);
		first = options[i].name;
		plan->selection = options[i].selection;
	}
	return 0;
}

static int plan_names(const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	struct shown shown;

	if (plan->selection == SETUP_SELECT_MAC && net_mac_parse(o->mac, plan->mac) < 0)
		return error_set(error, -EINVAL, "-m: \"%s\" is not a MAC address",
			show_option(&shown, o->mac));
	if (plan->selection == SETUP_SELECT_NAME) {
		plan->names = &o->interface;
		plan->names_n = 1;
	}
	if (plan->selection == SETUP_SELECT_BOND) {
		plan->names = (const char *const *)o->bonding.items;
		plan->names_n = o->bonding.n;
	}
	for (size_t i = 0; i < plan->names_n; i++) {
		if (!*plan->names[i] || strlen(plan->names[i]) >= LINK_NAME_MAX)
			return error_set(error, -EINVAL, "\"%s\" is not the name of a link",
				show_option(&shown, plan->names[i]));
		for (size_t k = 0; k < i; k++)
			if (strcmp(plan->names[i], plan->names[k]) == 0)
				return error_set(error, -EINVAL, "-b: %s is named twice",
					show_option(&shown, plan->names[i]));
	}
	return 0;
}

static int plan_bonding(const struct setup_options *o, struct setup_plan *plan, struct error *error)
{
	struct shown shown;

	if (bond_mode_parse(o->bonding_mode, &plan->bonding_mode) < 0)
		return error_set(error, -EINVAL,
			"-M: unknown bonding mode \"%s\": one of balance-rr, active-backup, "
			"balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb",
			show_option(&shown, o->bonding_mode));
	plan->bond =
		plan->selection == SETUP_SELECT_BOND || plan->selection == SETUP_SELECT_BOND_AUTO;
	if (o->bonding_mode_given && !plan->bond)
		note_unused(plan, "-M", "neither -b nor -B is given");
	return 0;
}

int setup_plan_make(
	const struct setup_options *o, bool dhcp, struct setup_plan *ret, struct error *error)
{
	static int (*const steps[])(const struct setup_options *o, struct setup_plan *plan,
		struct error *error) = { plan_selection, plan_names, plan_bonding, plan_hostname,
		plan_dns, plan_urls };
	enum store_kind kind;

	memset(ret, 0, sizeof(*ret));
	ret->dhcp = dhcp;
	ret->wait_ms = o->wait_ms;
	ret->force = o->force;
	if (is_given(o->gateway) && o->try_last_gateway)
		return error_set(error, -EINVAL, "-g and -x exclude each other");
	if (store_choice_check(&o->store, &kind, error) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i](o, ret, error);
		if (r < 0)
			return r;
	}
	int r = dhcp ? 0 : plan_host(o, ret, error);
	return r == 0 ? check_dns(ret, error) : r;
}

void setup_plan_deinit(struct setup_plan *plan)
{
	for (size_t i = 0; i < plan->urls_n; i++)
		url_free(&plan->urls[i]);
	plan->urls_n = 0;
}
