/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local`: its table of commands. */
#include "local/local.h"

#include <stdio.h>

#include "base/log.h"
#include "local/attestation_command.h"
#include "local/check.h"
#include "local/drive.h"
#include "local/run.h"

#define LOCAL "stprov local"

static const struct cli_command local_help_command = { .name = "help", .main = local_help };

static const struct cli_command *const local_commands[] = {
	&local_help_command,
	&local_run_command,
	&local_console_command,
	&local_check_command,
	&local_attestation_command,
	NULL,
};

int local_help(int argc, char **argv)
{
	struct error error = ERROR_INIT;
	int r = cli_help_word(stdout, local_commands, LOCAL, argc, argv, &error);

	if (r < 0)
		log_line(LOCAL " help: %s", error.text);
	if (r <= 0)
		return r < 0 ? CLI_EXIT_USAGE : CLI_EXIT_OK;
	printf(LOCAL " runs on the laptop. It talks to a platform on which\n"
		     "`stprov remote run` waits.\n"
		     "\n");
	cli_help_commands(stdout, local_commands, LOCAL);
	return CLI_EXIT_OK;
}

int local_main(int argc, char **argv)
{
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	if (argc == 0 || cli_asks_for_help(argv[0]))
		return local_help(argc - 1, argv + 1);
	if (cli_command_find(local_commands, argv[0], &command, &error) < 0) {
		log_line(LOCAL ": %s", error.text);
		return CLI_EXIT_USAGE;
	}
	if (command->main)
		return command->main(argc - 1, argv + 1);
	int exit_code = cli_command_run(command, LOCAL, argc - 1, argv + 1, stdout, &error);
	if (exit_code != CLI_EXIT_OK)
		log_line(LOCAL " %s: %s", command->name, error.text);
	return exit_code;
}
