/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov host`: its table of commands. */
#include "host/host.h"

#include <stdio.h>

#include "base/log.h"
#include "base/world.h"
#include "host/apply.h"
#include "host/show.h"
#include "host/status.h"

#define HOST "stprov host"

static const struct cli_command host_help_command = { .name = "help", .main = host_help };

static const struct cli_command *const host_commands[] = {
	&host_help_command,
	&host_show_command,
	&host_apply_command,
	&host_status_command,
	NULL,
};

int host_help(int argc, char **argv)
{
	struct error error = ERROR_INIT;
	int r = cli_help_word(stdout, host_commands, HOST, argc, argv, &error);

	if (r < 0)
		log_line(HOST " help: %s", error.text);
	if (r <= 0)
		return r < 0 ? CLI_EXIT_USAGE : CLI_EXIT_OK;
	printf(HOST " runs in the OS package, on a platform that was provisioned.\n"
		    "It changes no variable.\n"
		    "\n");
	cli_help_commands(stdout, host_commands, HOST);
	return CLI_EXIT_OK;
}

int host_main(int argc, char **argv)
{
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	world_make_private();
	if (argc <= 0 || cli_asks_for_help(argv[0]))
		return host_help(argc - 1, argv + 1);
	if (cli_command_find(host_commands, argv[0], &command, &error) < 0) {
		log_line(HOST ": %s", error.text);
		return CLI_EXIT_USAGE;
	}
	if (command->main)
		return command->main(argc - 1, argv + 1);
	int exit_code = cli_command_run(command, HOST, argc - 1, argv + 1, stdout, &error);
	if (error.text[0] && exit_code != CLI_EXIT_OK) {
		(void)fflush(stdout);
		log_line(HOST " %s: %s", command->name, error.text);
	}
	return exit_code;
}
