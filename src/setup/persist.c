/* SPDX-License-Identifier: BSD-2-Clause */
/* The step `persist`: see persist.h. */
#include "setup/persist.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "hostcfg/hostcfg.h"
#include "hostcfg/url.h"
#include "version.h"

static int fill_addresses(const struct setup *setup, struct hostcfg *cfg, struct error *error)
{
	const struct setup_plan *plan = setup->plan;
	int r = 0;

	cfg->mode = plan->dhcp ? HOSTCFG_DHCP : HOSTCFG_STATIC;
	if (!plan->dhcp) {
		cfg->host_ip = plan->host;
		cfg->gateway = plan->gateway;
	}
	cfg->dns_present = true;
	for (size_t i = 0; r == 0 && i < plan->dns_n; i++)
		r = hostcfg_add_dns(cfg, &plan->dns[i], error);
	return r;
}

static int fill_links(const struct setup *setup, struct hostcfg *cfg, struct error *error)
{
	int r = 0;

	cfg->interfaces_present = true;
	for (size_t i = 0; r == 0 && i < setup->choice.n; i++) {
		const struct candidate *c = &setup->considered[setup->choice.links[i]];
		r = hostcfg_add_interface(cfg, c->name, c->mac, error);
	}
	if (!setup->bonded)
		return r;
	snprintf(cfg->bonding_mode, sizeof(cfg->bonding_mode), "%s",
		bond_mode_text(setup->plan->bonding_mode));
	snprintf(cfg->bond_name, sizeof(cfg->bond_name), "%s", BOND_NAME);
	return r;
}

static int make_hostcfg(const struct setup *setup, char **ret_json, struct error *error)
{
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
	int r = fill_addresses(setup, &cfg, error);

	if (r == 0)
		r = fill_links(setup, &cfg, error);
	if (r == 0)
		r = url_join((const char *const *)setup->plan->urls, setup->plan->urls_n,
			&cfg.ospkg_pointer, error);
	if (r < 0)
		return r;
	cfg.description = hostcfg_describe(STPROV_VERSION, clock_calendar_s());
	if (!cfg.description)
		return error_set_errno(error, -ENOMEM, "host configuration");
	r = hostcfg_check(&cfg, error);
	return r < 0 ? r : hostcfg_encode(&cfg, ret_json, error);
}

/* What was stored, and what the operator should know of it at the end of a long output. */
static void log_summary(const struct setup *setup)
{
	const struct setup_plan *plan = setup->plan;
	char next[SETUP_NEXT_MAX], gateway[NET_ADDR_TEXT_MAX];

	if (setup->urls_missing > 0)
		log_line("-f: stored although %zu of %zu URL%s cannot be fetched",
			setup->urls_missing, plan->urls_n, text_plural(plan->urls_n, "", "s"));
	log_line("host name and host configuration are stored: %s", plan->hostname);
	if (setup->replaced[0])
		log_line("  this replaces %s", setup->replaced);
	log_script_line("efivarfs: hostname persisted");
	if (setup->gateway_silent) {
		net_addr_format(&plan->gateway, gateway);
		log_line("warning: the gateway that is stored, %s, did not answer", gateway);
	}
	setup_next_command(plan->dhcp ? &setup->lease.address : &plan->host,
		cli_outer_or("allow", STPROV_DEFAULT_ALLOWED_NETWORKS), &setup->options->store,
		next);
	log_line("next: %s", next);
}

/*
 * stboot reads the host configuration from NVRAM, then from its own image. With another store the
 * operator has to put it into one of them. It may hold passwords, and is on standard output alone.
 */
static void tell_stboot(const struct setup *setup, const char *json)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct error why = ERROR_INIT;
	size_t len = 0;
	const struct efi_dir *nvram = store_firmware(&setup->store, STORE_READ, &why);
	int r = nvram ? efi_read(nvram, &efi_host_config, &data, &len, &why) : EFI_E_ABSENT;

	if (r == 0 && len == strlen(json) && memcmp(data, json, len) == 0)
		return;
	log_line("stboot looks for the host configuration in NVRAM, which has %s, and then in its "
		 "image: put the line below there, as /etc/host_configuration.json",
		r == EFI_E_ABSENT ? "none" : "another one");
	printf("%s\n", json);
	if (data)
		secret_wipe_bytes(data, len);
}

/* Name and configuration are one decision. */
int setup_persist(struct setup *setup, struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;
	const char *hostname = setup->plan->hostname;
	char *json = NULL;

	efi_txn_init(&txn, &setup->store.dir);
	int r = make_hostcfg(setup, &json, error);
	if (r == 0)
		r = efi_txn_add(&txn, &efi_host_name, hostname, strlen(hostname), error);
	if (r == 0)
		r = efi_txn_add(&txn, &efi_host_config, json, strlen(json), error);
	setup->writing = r == 0;
	if (r == 0)
		r = efi_txn_commit(&txn, error);
	if (r == 0)
		log_summary(setup);
	if (r == 0 && setup->store.kind != STORE_EFI)
		tell_stboot(setup, json);
	if (json)
		secret_wipe_bytes(json, strlen(json));
	free(json);
	return r;
}
