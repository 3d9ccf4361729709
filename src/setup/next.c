/* SPDX-License-Identifier: BSD-2-Clause */
/* What is replaced, and what comes next: see next.h. */
#include "setup/next.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "hostcfg/hostcfg.h"
#include "net/allow.h"

/* The mode of a host configuration in words. */
static const char *describe_config(const void *text, size_t len)
{
	static const char *const modes[] = {
		[HOSTCFG_MODE_UNSET] = "a host configuration without mode",
		[HOSTCFG_STATIC] = "static",
		[HOSTCFG_DHCP] = "dhcp",
	};
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
	struct error ignored;

	if (hostcfg_decode(text, len, &cfg, &ignored) < 0)
		return "a broken host configuration";
	return modes[cfg.mode];
}

void setup_read_replaced(const struct efi_dir *efi, char out[SETUP_REPLACED_MAX])
{
	_cleanup_free_ uint8_t *name = NULL;
	uint8_t *config = NULL;
	size_t name_len = 0, config_len = 0;
	struct error ignored;
	int r_name = efi_read(efi, &efi_host_name, &name, &name_len, &ignored);
	int r_config = efi_read(efi, &efi_host_config, &config, &config_len, &ignored);
	const char *mode = r_config == EFI_E_ABSENT ? "no host configuration"
			   : r_config != 0          ? "a host configuration that cannot be read"
						    : describe_config(config, config_len);

	out[0] = '\0';
	if (r_name == 0)
		snprintf(out, SETUP_REPLACED_MAX, "%.*s (%s)",
			(int)MIN(name_len, (size_t)NET_HOSTNAME_ANY_MAX), (const char *)name, mode);
	else if (r_name != EFI_E_ABSENT || r_config != EFI_E_ABSENT)
		snprintf(out, SETUP_REPLACED_MAX, "%s (%s)",
			r_name == EFI_E_ABSENT ? "no host name" : "a host name that cannot be read",
			mode);
	/* It holds passwords. */
	if (config)
		secret_wipe_bytes(config, config_len);
	free(config);
}

static bool is_shown(const char *efivars)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@%+=:,./_-";
	size_t len = strlen(efivars);

	return len > 0 && len < SETUP_NEXT_DIR_MAX && strspn(efivars, plain) == len &&
	       strcmp(efivars, EFI_VARS_PATH) != 0;
}

void setup_next_command(const struct net_prefix *host, const char *allowed,
	const struct store_choice *store, char out[SETUP_NEXT_MAX])
{
	const char *efivars = store_choice_efivars(store);
	const char *listening = host->addr.family == 6 ? " -i ::" : "";
	struct net_prefix network = net_allow_for(host);
	bool named = net_allow_is_loopback_only(allowed), shown = is_shown(efivars);
	bool labelled = store->store && strcmp(store->store, "label") == 0;
	char text[NET_PREFIX_TEXT_MAX] = "";

	if (named)
		net_prefix_format(&network, text);
	snprintf(out, SETUP_NEXT_MAX, "stprov remote run%s%s%s%s%s%s", listening,
		named ? " -a " : "", text, shown ? " -E " : "", shown ? efivars : "",
		labelled ? " -S label" : "");
}
