/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote`: its table of commands. */
#include "remote/remote.h"

#include <stdio.h>

#include "base/log.h"
#include "base/world.h"
#include "cli/cli.h"
#include "remote/clear.h"
#include "remote/driven.h"
#include "remote/guide.h"
#include "remote/run.h"
#include "remote/stamped.h"
#include "status/status.h"
#include "setup/command.h"

#define REMOTE "stprov remote"

static const struct cli_command remote_help_command = { .name = "help", .main = remote_help };

static const struct cli_command *const remote_commands[] = {
	&remote_help_command,
	&setup_static_command,
	&setup_dhcp_command,
	&remote_run_command,
	&remote_console_command,
	&remote_status_command,
	&remote_clear_command,
	NULL,
};

int remote_help(int argc, char **argv)
{
	struct error error = ERROR_INIT;
	stamped_load();
	int r = cli_help_word(stdout, remote_commands, REMOTE, argc, argv, &error);

	if (r < 0)
		log_line(REMOTE " help: %s", error.text);
	if (r <= 0)
		return r < 0 ? CLI_EXIT_USAGE : CLI_EXIT_OK;
	printf(REMOTE " sets up the platform that this machine is, and provisions it.\n"
		      "\n"
		      "  " REMOTE "          ask for what is needed, on a terminal\n");
	cli_help_overview(stdout, remote_commands, REMOTE);
	printf("\n"
	       "  " REMOTE " help dhcp       options of a command, also dhcp --help\n"
	       "\n"
	       "For example:\n"
	       "  " REMOTE " dhcp -h web01\n"
	       "  " REMOTE " static -i 192.0.2.10/24 -H web01.example.org\n"
	       "  " REMOTE " run -a 192.0.2.0/24\n"
	       "\n"
	       "Commands may be shortened as long as they are unambiguous: stprov r d\n");
	stamped_print(stdout);
	return CLI_EXIT_OK;
}

/* Whether it has an option that the boot medium may have a default for. */
static bool takes_outer(const struct cli_option *options)
{
	for (; options->name; options++)
		if (options->outer)
			return true;
	return false;
}

/* Runs the command that @word names, with what follows it. It may return CLI_EXIT_URLS or
 * CLI_EXIT_CHANGED. */
static int run_command(const char *word, int argc, char **argv)
{
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	if (cli_command_find(remote_commands, word, &command, &error) < 0) {
		log_line(REMOTE ": %s", error.text);
		return CLI_EXIT_USAGE;
	}
	if (command->main)
		return command->main(argc, argv);
	if (takes_outer(command->options))
		stamped_log();
	int exit_code = cli_command_run(command, REMOTE, argc, argv, stdout, &error);
	if (CLI_EXIT_CODE(exit_code) == CLI_EXIT_FAILED || exit_code == CLI_EXIT_USAGE) {
		/* After what was printed, where both go to one terminal. */
		(void)fflush(stdout);
		log_line(REMOTE " %s: %s", command->name, error.text);
		/* As far as it can be said. */
		if (log_has_failed())
			printf(REMOTE " %s: %s\n", command->name, error.text);
	}
	return exit_code;
}

/* An operator can be asked, and sees the question. */
static bool is_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
}

int remote_main(int argc, char **argv)
{
	world_make_private();
	stamped_load();
	if (argc > 0 && cli_asks_for_help(argv[0]))
		return remote_help(argc - 1, argv + 1);
	if (argc > 0 && argv[0][0] != '-')
		return CLI_EXIT_CODE(run_command(argv[0], argc - 1, argv + 1));
	/* Options alone are the guide's. */
	if (is_terminal())
		return guide_run(argc, argv, run_command);
	if (argc == 0)
		return remote_help(0, NULL);
	log_line(REMOTE ": without a command, stdin, stdout and stderr must be terminals");
	return CLI_EXIT_USAGE;
}
