/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote static` and `stprov remote dhcp`: their options; then a plan, then the steps. */
#include "setup/command.h"

#include <errno.h>

#include "base/log.h"
#include "config.h"
#include "efi/efi.h"
#include "hostcfg/trust_policy.h"
#include "setup/plan.h"
#include "setup/setup.h"

static const struct setup_options setup_defaults = {
	.user = STPROV_DEFAULT_USER,
	.password = STPROV_DEFAULT_PASSWORD,
	.bonding_mode = STPROV_DEFAULT_BONDING_MODE,
	.wait_ms = 4000,
	.trust_policy = TRUST_POLICY_PATH,
};

#define AT(field) offsetof(struct setup_options, field)

/* Those of `static` alone come first; `dhcp` has the others. */
#define STATIC_ONLY 3
static const struct cli_option setup_table[] = {
	{ 'i', "ip", CLI_TEXT, AT(ip), "CIDR", NULL,
		"host address with its prefix length, required" },
	{ 'g', "gateway", CLI_TEXT, AT(gateway), "IP", NULL,
		"default gateway; without it the first address of the network" },
	{ 'x', "try-last-gateway", CLI_FLAG, AT(try_last_gateway), NULL, NULL,
		"the default gateway is the network's last usable address" },
	{ 'h', "host", CLI_TEXT, AT(host), "HOST", NULL,
		"host name, put before the domain " STPROV_DEFAULT_DOMAIN, .outer = true },
	{ 'H', "full-host", CLI_TEXT, AT(full_host), "NAME", NULL, "full host name",
		.outer = true },
	{ 'r', "url", CLI_LIST, AT(urls), "URL", STPROV_DEFAULT_TEMPLATE_URL,
		"OS package URLs, http:// or https://; a list with commas or repeated",
		.outer = true },
	{ 'u', "user", CLI_TEXT, AT(user), "USER", STPROV_DEFAULT_USER,
		"replaces the first user in each URL", AT(user_given) },
	{ 'p', "pass", CLI_TEXT, AT(password), "PASS", STPROV_DEFAULT_PASSWORD,
		"replaces the first password in each URL", AT(password_given) },
	{ 'd', "dns", CLI_LIST, AT(dns), "IP", STPROV_DEFAULT_DNS,
		"DNS servers; a list with commas or repeated", .outer = true },
	{ 'm', "mac", CLI_TEXT, AT(mac), "MAC", NULL, "the link with this MAC address",
		.outer = true },
	{ 'I', "interface", CLI_TEXT, AT(interface), "NAME", NULL, "the link of this name",
		.outer = true },
	{ 'A', "autodetect", CLI_FLAG, AT(autodetect), NULL, NULL,
		"the link on which the gateway answers" },
	{ 'B', "bonding-auto", CLI_FLAG, AT(bonding_auto), NULL, NULL,
		"bond all links on which the gateway answers into bond0" },
	{ 'b', "bonding", CLI_LIST, AT(bonding), "NAME", NULL,
		"bond these links into bond0; a list with commas or repeated", .outer = true },
	{ 'M', "bonding-mode", CLI_TEXT, AT(bonding_mode), "MODE", STPROV_DEFAULT_BONDING_MODE,
		"balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb or "
		"balance-alb",
		AT(bonding_mode_given) },
	{ 'w', "wait", CLI_DURATION, AT(wait_ms), "TIME", "4s",
		"at most this long for a link to come up", .outer = true },
	{ 'f', "force", CLI_FLAG, AT(force), NULL, NULL, "log failing sanity checks and go on" },
	STORE_OPTIONS(struct setup_options, store),
	{ 'T', "trust-policy", CLI_TEXT, AT(trust_policy), "DIR", TRUST_POLICY_PATH,
		"trust policy; its tls_roots.pem holds the HTTPS roots" },
	{ 0, "roots", CLI_TEXT, AT(roots), "FILE", NULL, "HTTPS roots, in place of those of -T",
		.outer = true },
	{ 0 },
};

/* Plans, carries out. */
static int run_setup(const struct setup_options *o, bool dhcp, struct error *error)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct setup_end end;

	if (setup_plan_make(o, dhcp, &plan, error) < 0)
		return CLI_EXIT_USAGE;
	if (setup_run(o, &plan, &end, error) < 0)
		return end.urls_failed ? CLI_EXIT_URLS
		       : end.touched   ? CLI_EXIT_CHANGED
				       : CLI_EXIT_FAILED;
	log_script_line("command remote \"%s\" succeeded", dhcp ? "dhcp" : "static");
	return CLI_EXIT_OK;
}

static int run_static(void *options, struct error *error)
{
	return run_setup(options, false, error);
}

static int run_dhcp(void *options, struct error *error)
{
	return run_setup(options, true, error);
}

const struct cli_command setup_static_command = {
	.name = "static",
	.summary = "set up a static network, first",
	.usage = "-i CIDR [options]",
	.help = "Sets up a static network and writes the host configuration and host name.",
	.options = setup_table,
	.defaults = &setup_defaults,
	.size = sizeof(setup_defaults),
	.run = run_static,
};

const struct cli_command setup_dhcp_command = {
	.name = "dhcp",
	.summary = "or set up the network by DHCP",
	.usage = "[options]",
	.help = "Sets up the network by DHCP and writes the host configuration and host name.",
	.options = setup_table + STATIC_ONLY,
	.defaults = &setup_defaults,
	.size = sizeof(setup_defaults),
	.run = run_dhcp,
};

int setup_check(bool dhcp, int argc, char **argv, struct setup_plan *ret, struct error *error)
{
	const struct cli_option *table = dhcp ? setup_table + STATIC_ONLY : setup_table;
	struct setup_options o = setup_defaults;
	struct setup_plan plan = { .dhcp = false };

	int r = cli_parse(table, &o, argc, argv, error);
	if (r == 0)
		r = setup_plan_make(&o, dhcp, &plan, error);
	cli_options_deinit(table, &o);
	if (r != 0) {
		setup_plan_deinit(&plan);
		return r == CLI_E_HELP ? error_set(error, -EINVAL, "--help is not an option here")
				       : r;
	}
	plan.names = NULL;
	plan.names_n = 0;
	*ret = plan;
	return 0;
}
