/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local`: its table of commands. */
#include "local/local.h"

#include <stdio.h>

#include "base/log.h"
#include "cli/cli.h"
#include "local/commands.h"

static int local_help(int argc, char **argv)
{
	if (argc > 0) {
		log_line("stprov local help: trailing arguments: %s", argv[0]);
		return CLI_EXIT_USAGE;
	}
	printf("stprov local is the laptop's part: it talks to a platform on which\n"
	       "`stprov remote run` waits.\n"
	       "\n");
	local_run_help();
	printf("\n");
	local_check_help();
	return CLI_EXIT_OK;
}

int local_main(int argc, char **argv)
{
	static const struct cli_command table[] = {
		{ "help", local_help },
		{ "run", local_run },
		{ "check", local_check },
		{ 0 },
	};
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	if (argc > 0 && cli_asks_for_help(argv[0]))
		return local_help(argc - 1, argv + 1);
	if (cli_command_find(table, argc > 0 ? argv[0] : NULL, &command, &error) < 0) {
		log_line("stprov local: %s", error.text);
		return CLI_EXIT_USAGE;
	}
	return command->run(argc - 1, argv + 1);
}
