/* SPDX-License-Identifier: BSD-2-Clause */
/* Every part, and the roles that they start: see parts.h. */
#include <string.h>

#include "base/log.h"
#include "host/host.h"
#include "local/local.h"
#include "parts/parts.h"
#include "privsep/role.h"
#include "remote/defaults.h"
#include "remote/remote.h"
#include "service/session.h"
#include "setup/dhcp_role.h"
#include "setup/probe_role.h"
#include "store/label_role.h"
#include "tpm/role.h"

const struct part parts[] = {
	{ .command = { .name = "defaults", .main = defaults_main }, .help = defaults_help },
	{ .command = { .name = "local", .main = local_main }, .help = local_help },
	{ .command = { .name = "remote", .main = remote_main }, .help = remote_help },
	/* `h` has always been help. */
	{ .command = { .name = "host", .main = host_main, .prefix_min = 2 }, .help = host_help },
	{ .command = { .name = NULL } },
};

const char parts_overview[] =
	"  stprov remote               on the platform: asks for what it needs\n"
	"  stprov remote static|dhcp   on the platform: set up the network\n"
	"  stprov remote run           on the platform: wait for the laptop\n"
	"  stprov remote console       on the platform: let the laptop do both\n"
	"  stprov remote auto          on the platform: both, by itself\n"
	"  stprov remote status        on the platform: what is provisioned\n"
	"  stprov remote clear         on the platform: remove it again\n"
	"  stprov local run            on the laptop: provision the platform\n"
	"  stprov local console        on the laptop: do all through the console\n"
	"  stprov local check          on the laptop: check a host configuration\n"
	"  stprov local attestation    on the laptop: check what a TPM attested\n"
	"  stprov host show|status     in the OS package: what is provisioned\n"
	"  stprov host apply           in the OS package: make it this system's\n";

const char parts_overview_help[] =
	"  stprov remote help          the platform's commands\n"
	"  stprov local help           the laptop's commands\n"
	"  stprov host help            the OS package's commands\n"
	"  stprov help remote dhcp     options of a command\n"
	"  stprov version              (or: stprov -v)\n"
	"  stprov defaults             the values that were compiled in\n"
	"\n"
	"Commands may be shortened as long as they are unambiguous: stprov r d\n";

static const struct {
	const char *name, *part_of;
	int (*run)(void);
} roles[] = {
	{ SESSION_ROLE_NAME, "stprov remote run", session_main },
	{ DHCP_ROLE_NAME, "stprov remote dhcp", dhcp_role_main },
	{ PROBE_ROLE_NAME, "stprov remote", probe_main },
	{ LABEL_ROLE_NAME, "stprov", label_role_main },
	{ TPM_ROLE_NAME, "stprov", tpm_role_main },
};

bool parts_run_role(const char *name, int *ret_exit_code)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (strcmp(name, roles[i].name) != 0)
			continue;
		*ret_exit_code = CLI_EXIT_USAGE;
		if (role_is_child())
			*ret_exit_code = roles[i].run();
		else
			log_line("%s is a part of `%s`, not a command", name, roles[i].part_of);
		return true;
	}
	return false;
}
