/* SPDX-License-Identifier: BSD-2-Clause */
/* A command with options, from its words to its exit code: see cli.h. */
#include "cli/cli.h"

static int parse_and_run(const struct cli_call *call, int argc, char **argv, struct error *error)
{
	int r = call->metavar ? cli_parse_argument(call->table, argc, argv, call->metavar,
					call->argument, error)
			      : cli_parse(call->table, argc, argv, error);

	if (r == CLI_E_HELP) {
		call->help();
		return CLI_EXIT_OK;
	}
	return r < 0 ? CLI_EXIT_USAGE : call->run(call->options, error);
}

int cli_run(const struct cli_call *call, int argc, char **argv, struct error *error)
{
	int exit_code = parse_and_run(call, argc, argv, error);

	cli_options_deinit(call->table);
	return exit_code;
}
