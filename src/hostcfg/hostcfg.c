/* SPDX-License-Identifier: BSD-2-Clause */
/* The host configuration as a value: see hostcfg.h. Its JSON is in hostcfg_json.c. */
#include "hostcfg/hostcfg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "hostcfg/url.h"

/* The modes that stboot knows. */
static const char *const bonding_modes[] = { "balance-rr", "active-backup", "balance-xor",
	"broadcast", "802.3ad", "balance-tlb", "balance-alb" };

void hostcfg_deinit(struct hostcfg *cfg)
{
	url_free(&cfg->ospkg_pointer);
	free(cfg->description);
	cfg->description = NULL;
}

bool hostcfg_is_link_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= HOSTCFG_NAME_MAX || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '/' || *p == ':')
			return false;
	return true;
}

int hostcfg_add_interface(
	struct hostcfg *cfg, const char *name, const uint8_t mac[NET_MAC_LEN], struct error *error)
{
	if (cfg->interfaces_n == HOSTCFG_INTERFACES_MAX)
		return error_set(
			error, -E2BIG, "more than %d network interfaces", HOSTCFG_INTERFACES_MAX);
	if (!hostcfg_is_link_name(name))
		return error_set(error, -EINVAL, "not the name of a network interface");
	struct hostcfg_interface *interface = &cfg->interfaces[cfg->interfaces_n++];
	snprintf(interface->name, sizeof(interface->name), "%s", name);
	memcpy(interface->mac, mac, NET_MAC_LEN);
	return 0;
}

void hostcfg_format_mac(const struct hostcfg_interface *interface, char out[NET_HARDWARE_TEXT_MAX])
{
	if (interface->long_len > 0)
		net_hardware_format(interface->long_mac, interface->long_len, out);
	else
		net_hardware_format(interface->mac, NET_MAC_LEN, out);
}

int hostcfg_add_dns(struct hostcfg *cfg, const struct net_addr *addr, struct error *error)
{
	if (cfg->dns_n == HOSTCFG_DNS_MAX)
		return error_set(error, -E2BIG, "more than %d DNS servers", HOSTCFG_DNS_MAX);
	cfg->dns[cfg->dns_n++] = *addr;
	return 0;
}

char *hostcfg_describe(const char *version, int64_t calendar_s)
{
	char date[CLOCK_TEXT_MAX];

	clock_format_utc(calendar_s, date);
	return text_new("stprov version %s; timestamp %s", version, date);
}

static bool is_bonding_mode(const char *mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(bonding_modes); i++)
		if (strcmp(mode, bonding_modes[i]) == 0)
			return true;
	return false;
}

static int check_bonding(const struct hostcfg *cfg, struct error *error)
{
	if (cfg->bonding_mode[0] == '\0')
		return 0;
	if (!is_bonding_mode(cfg->bonding_mode))
		return error_set(error, -EINVAL, "unknown bonding mode");
	if (cfg->bond_name[0] == '\0')
		return error_set(error, -EINVAL, "bonding without a bond name");
	if (cfg->interfaces_n == 0)
		return error_set(error, -EINVAL, "bonding without network interfaces");
	return 0;
}

int hostcfg_check(const struct hostcfg *cfg, struct error *error)
{
	if (cfg->mode != HOSTCFG_STATIC && cfg->mode != HOSTCFG_DHCP)
		return error_set(error, -EINVAL, "no network mode");
	if (cfg->mode == HOSTCFG_STATIC && cfg->host_ip.addr.family == 0)
		return error_set(error, -EINVAL, "static network mode without a host address");
	if (cfg->mode == HOSTCFG_STATIC && cfg->gateway.family == 0)
		return error_set(error, -EINVAL, "static network mode without a gateway");
	if (!cfg->ospkg_pointer || cfg->ospkg_pointer[0] == '\0')
		return error_set(error, -EINVAL, "no OS package URL");
	if (cfg->interfaces_present && cfg->interfaces_n == 0)
		return error_set(error, -EINVAL, "a list of no network interfaces");
	return check_bonding(cfg, error);
}
