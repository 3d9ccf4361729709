/* SPDX-License-Identifier: BSD-2-Clause */
/* A command with options, from its words to its exit code: see cli.h. */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "cli/cli.h"

/* Takes the words after `--` off. */
static int take_rest(const struct cli_command *command, void *options, int *argc, char **argv,
	struct error *error)
{
	int at = 0;

	while (at < *argc && strcmp(argv[at], "--") != 0)
		at++;
	if (at + 1 >= *argc)
		return error_set(error, -EINVAL, "-- %s is missing", command->rest_name);
	char **rest = argv + at + 1;
	memcpy((char *)options + command->rest, &rest, sizeof(rest));
	*argc = at;
	return 0;
}

static int parse_command(const struct cli_command *command, void *options, int argc, char **argv,
	struct error *error)
{
	const char *argument = NULL, *more = NULL;
	struct error missing = ERROR_INIT;

	if (command->rest > 0 && take_rest(command, options, &argc, argv, &missing) < 0) {
		/* Help may be asked for without it, and a wrong option is told first. */
		int r = cli_parse(command->options, options, argc, argv, error);
		if (r == 0)
			*error = missing;
		return r == 0 ? -EINVAL : r;
	}
	if (!command->metavar)
		return cli_parse(command->options, options, argc, argv, error);
	int r = cli_parse_arguments(command->options, options, argc, argv, command->metavar,
		&argument, command->more ? &more : NULL, error);
	if (r != 0)
		return r;
	memcpy((char *)options + command->argument, &argument, sizeof(argument));
	if (command->more)
		memcpy((char *)options + command->more, &more, sizeof(more));
	return 0;
}

int cli_command_run(const struct cli_command *command, const char *parent, int argc, char **argv,
	FILE *help, struct error *error)
{
	assert(command->run && command->size > 0);
	void *options = malloc(command->size);
	int exit_code = CLI_EXIT_OK;

	if (!options) {
		(void)error_set_errno(error, -ENOMEM, "options");
		return CLI_EXIT_FAILED;
	}
	memcpy(options, command->defaults, command->size);
	int r = parse_command(command, options, argc, argv, error);
	if (r < 0)
		exit_code = CLI_EXIT_USAGE;
	else if (r == CLI_E_HELP)
		cli_help_command(help, command, parent);
	else
		exit_code = command->run(options, error);
	cli_options_deinit(command->options, options);
	free(options);
	return exit_code;
}
