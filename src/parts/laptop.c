/* SPDX-License-Identifier: BSD-2-Clause */
/* The laptop's part alone, for a build without Linux: see parts.h. */
#include "base/log.h"
#include "local/local.h"
#include "parts/parts.h"

static int no_remote(int argc, char **argv)
{
	log_line("stprov remote: this build has no remote part; it has `stprov local` only");
	return CLI_EXIT_USAGE;
}

static int no_host(int argc, char **argv)
{
	log_line("stprov host: this build has no host part; it has `stprov local` only");
	return CLI_EXIT_USAGE;
}

static int no_defaults(int argc, char **argv)
{
	log_line("stprov defaults: this build has no remote part, whose defaults these are");
	return CLI_EXIT_USAGE;
}

/* The names of the others are known, so that a word means the same in each build. */
const struct part parts[] = {
	{ .command = { .name = "defaults", .main = no_defaults }, .help = no_defaults },
	{ .command = { .name = "local", .main = local_main }, .help = local_help },
	{ .command = { .name = "remote", .main = no_remote }, .help = no_remote },
	{ .command = { .name = "host", .main = no_host, .prefix_min = 2 }, .help = no_host },
	{ .command = { .name = NULL } },
};

const char parts_overview[] =
	"  stprov local run            on the laptop: provision the platform\n"
	"  stprov local console        on the laptop: do all through the console\n"
	"  stprov local check          on the laptop: check a host configuration\n"
	"  stprov local attestation    on the laptop: check what a TPM attested\n";

const char parts_overview_help[] =
	"  stprov local help           the laptop's commands\n"
	"  stprov help local run       options of a command\n"
	"  stprov version              (or: stprov -v)\n"
	"\n"
	"Commands may be shortened as long as they are unambiguous: stprov l r\n";

bool parts_run_role(const char *name, int *ret_exit_code)
{
	(void)name;
	(void)ret_exit_code;
	return false;
}
