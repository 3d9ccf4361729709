/* SPDX-License-Identifier: BSD-2-Clause */
/* A host configuration in words: see words.h. */
#include "hostcfg/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/secret.h"
#include "base/text.h"
#include "hostcfg/url.h"

/* Words of any text, which need not be printable. */
static int put_text(FILE *out, const char *label, const char *text)
{
	size_t size = strlen(text) * TEXT_PRINTABLE_GROWTH + 1;
	_cleanup_free_ char *shown = malloc(size);

	if (!shown)
		return -ENOMEM;
	text_printable(text, strlen(text), shown, size);
	columns_text(out, label, shown);
	return 0;
}

static void put_addresses(FILE *out, const struct hostcfg *cfg)
{
	char host[NET_PREFIX_TEXT_MAX] = "none", gateway[NET_ADDR_TEXT_MAX] = "none";
	bool dhcp = cfg->mode == HOSTCFG_DHCP;

	if (cfg->host_ip.addr.family != 0)
		net_prefix_format(&cfg->host_ip, host);
	if (cfg->gateway.family != 0)
		net_addr_format(&cfg->gateway, gateway);
	if (!dhcp || cfg->host_ip.addr.family != 0)
		columns_text(out, "address", host);
	if (!dhcp || cfg->gateway.family != 0)
		columns_text(out, "gateway", gateway);
}

static void put_dns(FILE *out, const struct hostcfg *cfg)
{
	struct columns columns = columns_begin(out, "DNS");
	char addr[NET_ADDR_TEXT_MAX], word[NET_ADDR_TEXT_MAX + 2];

	if (cfg->dns_n == 0)
		columns_word(&columns, "none", strlen("none"));
	for (size_t i = 0; i < cfg->dns_n; i++) {
		net_addr_format(&cfg->dns[i], addr);
		snprintf(word, sizeof(word), "%s%s", addr, i + 1 < cfg->dns_n ? "," : "");
		columns_word(&columns, word, strlen(word));
	}
	columns_end(&columns);
}

/* Names are printable: hostcfg_add_interface(). An older form has no name, or no MAC. */
static void put_links(FILE *out, const struct hostcfg *cfg)
{
	static const uint8_t no_mac[NET_MAC_LEN];
	struct columns columns =
		columns_begin(out, text_plural(cfg->interfaces_n, "link", "links"));
	char word[HOSTCFG_NAME_MAX + NET_HARDWARE_TEXT_MAX + 2];

	if (cfg->interfaces_n == 0)
		columns_word(&columns, "none", strlen("none"));
	for (size_t i = 0; i < cfg->interfaces_n; i++) {
		const struct hostcfg_interface *link = &cfg->interfaces[i];
		char mac[NET_HARDWARE_TEXT_MAX] = "";
		if (!(cfg->old & HOSTCFG_OLD_INTERFACES) || link->long_len > 0 ||
			memcmp(link->mac, no_mac, sizeof(no_mac)) != 0)
			hostcfg_format_mac(link, mac);
		snprintf(word, sizeof(word), "%s%s%s%s", link->name,
			link->name[0] && mac[0] ? " " : "", mac,
			i + 1 < cfg->interfaces_n ? "," : "");
		columns_word(&columns, word, strlen(word));
	}
	columns_end(&columns);
}

static int put_bond(FILE *out, const struct hostcfg *cfg)
{
	char text[2 * HOSTCFG_NAME_MAX + 16];

	if (cfg->bond_name[0] == '\0' && cfg->bonding_mode[0] == '\0')
		return 0;
	snprintf(text, sizeof(text), "%s, %s", cfg->bond_name[0] ? cfg->bond_name : "no name",
		cfg->bonding_mode[0] ? cfg->bonding_mode : "no mode");
	return put_text(out, "bond", text);
}

/* One URL, on its line as a whole. */
static int put_url(FILE *out, const char *label, const char *url)
{
	size_t size = strlen(url) * TEXT_PRINTABLE_GROWTH + sizeof(":***");
	_cleanup_free_ char *shown = malloc(size);

	if (!shown)
		return -ENOMEM;
	url_mask(url, shown, size);
	if (COLUMNS_VALUE + strlen(shown) > COLUMNS_WIDTH)
		fprintf(out, "%s%s%s\n", label, label[0] ? "\n" : "", shown);
	else
		fprintf(out, "%-*s%s\n", COLUMNS_VALUE, label, shown);
	return 0;
}

/*
 * A password with a comma in it must not be shown because the list is cut there: a list in which
 * something is not a URL is masked as one text.
 */
static int put_urls(FILE *out, const char *pointer)
{
	if (!pointer || pointer[0] == '\0') {
		columns_text(out, "OS package", "none");
		return 0;
	}
	_cleanup_url_text_ char *list = strdup(pointer);
	size_t len = strlen(pointer);
	int r = 0;

	if (!list)
		return -ENOMEM;
	if (!url_list_is_plain(list))
		return put_url(out, "OS package", pointer);
	for (char *comma = list; (comma = strchr(comma, ','));)
		*comma++ = '\0';
	for (size_t at = 0; r == 0 && at <= len; at += strlen(list + at) + 1)
		r = put_url(out, at == 0 ? "OS package" : "", list + at);
	secret_wipe_bytes(list, len);
	return r;
}

static int put_all(FILE *out, const struct hostcfg *cfg)
{
	columns_text(out, "network",
		cfg->mode == HOSTCFG_STATIC ? "static"
		: cfg->mode == HOSTCFG_DHCP ? "DHCP"
					    : "none");
	put_addresses(out, cfg);
	put_dns(out, cfg);
	put_links(out, cfg);
	int r = put_bond(out, cfg);
	if (r == 0)
		r = put_urls(out, cfg->ospkg_pointer);
	if (r == 0 && cfg->description && cfg->description[0])
		r = put_text(out, "description", cfg->description);
	return r;
}

int hostcfg_format_words(const struct hostcfg *cfg, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	int r = put_all(out, cfg);
	if (ferror(out) && r == 0)
		r = -ENOMEM;
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0)
		*ret_text = TAKE_PTR(text);
	return r;
}

struct warnings {
	struct error *items;
	size_t n;
};

static void PRINTF_LIKE(2, 3) add_warning(struct warnings *w, const char *format, ...)
{
	va_list args;

	assert(w->n < HOSTCFG_WARNINGS_MAX);
	struct error *item = &w->items[w->n++];
	va_start(args, format);
	vsnprintf(item->text, sizeof(item->text), format, args);
	va_end(args);
}

static void warn_of_keys(const struct hostcfg *cfg, struct warnings *w)
{
	for (size_t i = 0; i < HOSTCFG_KEYS; i++) {
		if (cfg->twice & 1U << i)
			add_warning(w, "\"%s\" is there more than once: stboot takes the last one",
				hostcfg_key_names[i]);
		if (cfg->respelt & 1U << i)
			add_warning(w,
				"\"%s\" has other letters in upper case: stboot takes it all the "
				"same",
				hostcfg_key_names[i]);
	}
}

static void warn_of_interfaces(const struct hostcfg *cfg, struct warnings *w)
{
	if (cfg->odd & HOSTCFG_ODD_NO_NAME)
		add_warning(w, "\"interface_name\" is missing or empty: stboot goes by the MAC");
	if (cfg->odd & HOSTCFG_ODD_BAD_NAME)
		add_warning(
			w, "\"interface_name\" is not the name of a link: stboot goes by the MAC");
	for (size_t i = 0; i < cfg->interfaces_n; i++) {
		if (cfg->interfaces[i].long_len == 0)
			continue;
		add_warning(w,
			"\"mac_address\" has %u bytes: stboot takes it, but no Ethernet link has "
			"it",
			cfg->interfaces[i].long_len);
		break;
	}
}

static void warn_of_addresses(const struct hostcfg *cfg, struct warnings *w)
{
	const struct net_prefix *host = &cfg->host_ip;
	char address[NET_PREFIX_TEXT_MAX], gateway[NET_ADDR_TEXT_MAX], network[NET_PREFIX_TEXT_MAX];

	if (cfg->mode != HOSTCFG_STATIC || host->addr.family == 0 || cfg->gateway.family == 0)
		return;
	const struct net_prefix net = net_prefix_network(host);
	const char *reason = net_addr_reason_against(&host->addr);
	net_prefix_format(host, address);
	net_addr_format(&cfg->gateway, gateway);
	net_prefix_format(&net, network);
	if (!reason)
		reason = net_prefix_reason_against(host);
	if (reason)
		add_warning(w, "a host cannot have the address %s: it is %s", address, reason);
	reason = net_addr_reason_against(&cfg->gateway);
	if (reason)
		add_warning(w, "a gateway cannot have the address %s: it is %s", gateway, reason);
	if (!net_prefix_contains(&net, &cfg->gateway))
		add_warning(w,
			"the gateway %s is outside the host's network %s: stboot may not reach it",
			gateway, network);
	if (net_addr_equal(&cfg->gateway, &host->addr))
		add_warning(w, "the gateway %s is the host itself", gateway);
}

size_t hostcfg_warnings(const struct hostcfg *cfg, struct error ret[HOSTCFG_WARNINGS_MAX])
{
	struct warnings w = { .items = ret };

	warn_of_keys(cfg, &w);
	warn_of_interfaces(cfg, &w);
	warn_of_addresses(cfg, &w);
	return w.n;
}

const char *hostcfg_url_warning(const struct hostcfg *cfg)
{
	const char *list = cfg->ospkg_pointer;

	return !list || !*list || url_list_is_plain(list)
		       ? NULL
		       : "an OS package is not an http or https URL: stboot cannot fetch it from "
			 "the network";
}

void hostcfg_format_old(unsigned old, char out[HOSTCFG_OLD_TEXT_MAX])
{
	static const struct {
		unsigned form;
		const char *text;
	} rows[] = {
		{ HOSTCFG_OLD_DNS, "one address as \"dns\"" },
		{ HOSTCFG_OLD_URLS, "\"provisioning_urls\"" },
		{ HOSTCFG_OLD_INTERFACES, "\"network_interface\" or names alone" },
	};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (old & rows[i].form)
			n += (size_t)snprintf(out + n, HOSTCFG_OLD_TEXT_MAX - n, "%s%s",
				n > 0 ? ", " : "", rows[i].text);
}
