/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote static` and `stprov remote dhcp`: their options; then a plan, then the steps. */
#include "setup/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "config.h"
#include "efi/efi.h"
#include "setup/plan.h"
#include "setup/setup.h"

static const struct setup_options network_defaults = {
	.user = STPROV_DEFAULT_USER,
	.password = STPROV_DEFAULT_PASSWORD,
	.bonding_mode = STPROV_DEFAULT_BONDING_MODE,
	.wait_ms = 4000,
	.efivars = EFI_VARS_PATH,
	.trust_policy = "/etc/trust_policy",
};

#define STATIC_OPTIONS(o)                                                                          \
	{ 'i', "ip", CLI_TEXT, &(o)->ip, "CIDR", NULL,                                             \
		"host address with its prefix length, required" },                                 \
		{ 'g', "gateway", CLI_TEXT, &(o)->gateway, "IP", NULL,                             \
			"default gateway; without it the first address of the network" },          \
		{ 'x', "try-last-gateway", CLI_FLAG, &(o)->try_last_gateway, NULL, NULL,           \
			"the default gateway is the network's last usable address" },

#define COMMON_OPTIONS(o)                                                                          \
	{ 'h', "host", CLI_TEXT, &(o)->host, "HOST", NULL,                                         \
		"host name, put before the domain " STPROV_DEFAULT_DOMAIN },                       \
		{ 'H', "full-host", CLI_TEXT, &(o)->full_host, "NAME", NULL, "full host name" },   \
		{ 'r', "url", CLI_LIST, &(o)->urls, "URL", STPROV_DEFAULT_TEMPLATE_URL,            \
			"OS package URLs, http:// or https://; a list with commas or repeated" },  \
		{ 'u', "user", CLI_TEXT, &(o)->user, "USER", STPROV_DEFAULT_USER,                  \
			"replaces the first user in each URL", &(o)->user_given },                 \
		{ 'p', "pass", CLI_TEXT, &(o)->password, "PASS", STPROV_DEFAULT_PASSWORD,          \
			"replaces the first password in each URL", &(o)->password_given },         \
		{ 'd', "dns", CLI_LIST, &(o)->dns, "IP", STPROV_DEFAULT_DNS,                       \
			"DNS servers; a list with commas or repeated" },                           \
		{ 'm', "mac", CLI_TEXT, &(o)->mac, "MAC", NULL,                                    \
			"the link with this MAC address" },                                        \
		{ 'I', "interface", CLI_TEXT, &(o)->interface, "NAME", NULL,                       \
			"the link of this name" },                                                 \
		{ 'A', "autodetect", CLI_FLAG, &(o)->autodetect, NULL, NULL,                       \
			"the link on which the gateway answers" },                                 \
		{ 'B', "bonding-auto", CLI_FLAG, &(o)->bonding_auto, NULL, NULL,                   \
			"bond all links on which the gateway answers into bond0" },                \
		{ 'b', "bonding", CLI_LIST, &(o)->bonding, "NAME", NULL,                           \
			"bond these links into bond0; a list with commas or repeated" },           \
		{ 'M', "bonding-mode", CLI_TEXT, &(o)->bonding_mode, "MODE",                       \
			STPROV_DEFAULT_BONDING_MODE,                                               \
			"balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb " \
			"or "                                                                      \
			"balance-alb" },                                                           \
		{ 'w', "wait", CLI_DURATION, &(o)->wait_ms, "TIME", "4s",                          \
			"at most this long for a link to come up" },                               \
		{ 'f', "force", CLI_FLAG, &(o)->force, NULL, NULL,                                 \
			"log failing sanity checks and go on" },                                   \
		{ 'E', "efivars", CLI_TEXT, &(o)->efivars, "DIR", EFI_VARS_PATH,                   \
			"directory of EFI variables" },                                            \
		{ 'T', "trust-policy", CLI_TEXT, &(o)->trust_policy, "DIR",                        \
			network_defaults.trust_policy,                                             \
			"trust policy; its tls_roots.pem holds the HTTPS roots" },                 \
	{                                                                                          \
		0                                                                                  \
	}

/* Parses and plans: -EINVAL with what is wrong; CLI_E_HELP. The plan borrows from the options. */
static int prepare(const struct cli_option *table, const struct setup_options *o, bool dhcp,
	int argc, char **argv, struct setup_plan *plan, struct error *error)
{
	int r = cli_parse(table, argc, argv, error);

	return r == 0 ? setup_plan_make(o, dhcp, plan, error) : r;
}

/* Parses, plans, carries out. */
static int run(const char *command, const struct cli_option *table, const struct setup_options *o,
	int argc, char **argv, void (*help)(void))
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct error error = ERROR_INIT;
	int exit_code = CLI_EXIT_USAGE;

	int r = prepare(table, o, strcmp(command, "dhcp") == 0, argc, argv, &plan, &error);
	if (r == CLI_E_HELP) {
		help();
		return CLI_EXIT_OK;
	}
	if (r == 0) {
		r = setup_run(o, &plan, &error);
		exit_code = r < 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
	}
	if (r < 0)
		log_line("stprov remote %s: %s", command, error.text);
	return exit_code;
}

int setup_check(bool dhcp, int argc, char **argv, struct setup_plan *ret, struct error *error)
{
	struct setup_options o = network_defaults;
	const struct cli_option static_table[] = { STATIC_OPTIONS(&o) COMMON_OPTIONS(&o) };
	const struct cli_option dhcp_table[] = { COMMON_OPTIONS(&o) };
	const struct cli_option *table = dhcp ? dhcp_table : static_table;
	struct setup_plan plan = { .dhcp = false };

	int r = prepare(table, &o, dhcp, argc, argv, &plan, error);
	cli_options_deinit(table);
	if (r != 0) {
		setup_plan_deinit(&plan);
		return r == CLI_E_HELP ? error_set(error, -EINVAL, "--help is no option here") : r;
	}
	plan.names = NULL;
	plan.names_n = 0;
	*ret = plan;
	return 0;
}

void setup_static_help(void)
{
	struct setup_options unused = network_defaults;
	const struct cli_option table[] = { STATIC_OPTIONS(&unused) COMMON_OPTIONS(&unused) };

	printf("stprov remote static -i CIDR [options]\n"
	       "  Sets up a static network and writes the host configuration and host name.\n");
	cli_help_options(stdout, table);
}

void setup_dhcp_help(void)
{
	struct setup_options unused = network_defaults;
	const struct cli_option table[] = { COMMON_OPTIONS(&unused) };

	printf("stprov remote dhcp [options]\n"
	       "  Sets up the network by DHCP and writes the host configuration and host name.\n");
	cli_help_options(stdout, table);
}

int setup_static(int argc, char **argv)
{
	struct setup_options o = network_defaults;
	const struct cli_option table[] = { STATIC_OPTIONS(&o) COMMON_OPTIONS(&o) };
	int exit_code = run("static", table, &o, argc, argv, setup_static_help);

	cli_options_deinit(table);
	return exit_code;
}

int setup_dhcp(int argc, char **argv)
{
	struct setup_options o = network_defaults;
	const struct cli_option table[] = { COMMON_OPTIONS(&o) };
	int exit_code = run("dhcp", table, &o, argc, argv, setup_dhcp_help);

	cli_options_deinit(table);
	return exit_code;
}
