/* SPDX-License-Identifier: BSD-2-Clause */
/* stprov: a table of its three parts, and of the roles that it starts itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/world.h"
#include "cli/cli.h"
#include "host/host.h"
#include "local/local.h"
#include "privsep/role.h"
#include "remote/defaults.h"
#include "remote/remote.h"
#include "service/session.h"
#include "setup/dhcp_role.h"
#include "setup/probe_role.h"
#include "store/label_role.h"
#include "tpm/role.h"
#include "version.h"

static int main_help(int argc, char **argv);
static int main_version(int argc, char **argv);

static const struct cli_command *const main_commands[] = {
	&(const struct cli_command){ .name = "help", .main = main_help },
	&(const struct cli_command){ .name = "version", .main = main_version },
	&(const struct cli_command){ .name = "defaults", .main = defaults_main },
	&(const struct cli_command){ .name = "local", .main = local_main },
	&(const struct cli_command){ .name = "remote", .main = remote_main },
	/* `h` has always been help. */
	&(const struct cli_command){ .name = "host", .main = host_main, .prefix_min = 2 },
	NULL,
};

/* `version` and `help version` accept no further arguments. */
static int refuse_arguments(int argc, char **argv)
{
	if (argc <= 0)
		return CLI_EXIT_OK;
	log_line("stprov: trailing arguments: %s", argv[0]);
	return CLI_EXIT_USAGE;
}

static int print_overview(void)
{
	printf("stprov gives a server the identity that others will trust.\n"
	       "\n"
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
	       "  stprov host apply           in the OS package: make it this system's\n"
	       "\n"
	       "  stprov remote help          the platform's commands\n"
	       "  stprov local help           the laptop's commands\n"
	       "  stprov host help            the OS package's commands\n"
	       "  stprov help remote dhcp     options of a command\n"
	       "  stprov version              (or: stprov -v)\n"
	       "  stprov defaults             the values that were compiled in\n"
	       "\n"
	       "Commands may be shortened as long as they are unambiguous: stprov r d\n");
	return CLI_EXIT_OK;
}

static int main_version(int argc, char **argv)
{
	if (refuse_arguments(argc, argv) != CLI_EXIT_OK)
		return CLI_EXIT_USAGE;
	printf("%s\n", STPROV_VERSION);
	return CLI_EXIT_OK;
}

/* `stprov help`, and `stprov help local run`. */
static int main_help(int argc, char **argv)
{
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	if (argc <= 0)
		return print_overview();
	if (cli_command_find(main_commands, argv[0], &command, &error) < 0) {
		log_line("stprov help: %s", error.text);
		return CLI_EXIT_USAGE;
	}
	if (command->main == local_main)
		return local_help(argc - 1, argv + 1);
	if (command->main == remote_main)
		return remote_help(argc - 1, argv + 1);
	if (command->main == host_main)
		return host_help(argc - 1, argv + 1);
	return refuse_arguments(argc - 1, argv + 1) == CLI_EXIT_OK ? print_overview()
								   : CLI_EXIT_USAGE;
}

/* Roles: processes that this program starts from its own executable, by their argv[0]. */
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

static int run_role(size_t i)
{
	if (role_is_child())
		return roles[i].run();
	log_line("%s is a part of `%s`, not a command", roles[i].name, roles[i].part_of);
	return CLI_EXIT_USAGE;
}

/*
 * If the caller closed standard output, a file opened later could get its descriptor. Opened for
 * reading only, so that printing to it fails and the failure is reported.
 */
static int fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return fcntl(STDERR_FILENO, F_GETFD) < 0 ? -1 : 0;
	close(fd);
	return 0;
}

/* A command whose output could not be printed has failed. */
static int flush_stdout(int exit_code)
{
	/* If an earlier write failed, errno has changed since. */
	bool failed_before = ferror(stdout) != 0;

	if (fflush(stdout) == 0 && !failed_before)
		return exit_code;
	log_line("stprov: standard output: %s",
		failed_before ? "not all of it could be written" : strerror(errno));
	return exit_code == CLI_EXIT_USAGE ? exit_code : CLI_EXIT_FAILED;
}

static bool is_version(const char *word)
{
	static const char *const words[] = { "-v", "--v", "-version", "--version" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	for (size_t i = 0; argc > 0 && i < ARRAY_SIZE(roles); i++)
		if (strcmp(argv[0], roles[i].name) == 0)
			return run_role(i);
	world_make();
	if (fill_standard_descriptors() < 0)
		return CLI_EXIT_FAILED;
	if (argc < 2 || cli_asks_for_help(argv[1]))
		return flush_stdout(main_help(argc - 2, argv + 2));
	if (argc > 1 && is_version(argv[1]))
		return flush_stdout(main_version(argc - 2, argv + 2));
	if (cli_command_find(main_commands, argv[1], &command, &error) < 0) {
		log_line("stprov: %s", error.text);
		return CLI_EXIT_USAGE;
	}
	return flush_stdout(command->main(argc - 2, argv + 2));
}
