/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote`: its table of commands. */
#include "remote/remote.h"

#include <stdio.h>

#include "base/log.h"
#include "cli/cli.h"
#include "remote/commands.h"
#include "remote/guide.h"
#include "setup/command.h"

static int remote_help(int argc, char **argv)
{
	if (argc > 0) {
		log_line("stprov remote help: trailing arguments: %s", argv[0]);
		return CLI_EXIT_USAGE;
	}
	printf("stprov remote sets up the platform that this machine is, and provisions it.\n"
	       "\n"
	       "First `static` or `dhcp`, once; then `run`; then `stprov local run` elsewhere.\n"
	       "With nothing behind it, on a terminal, `stprov remote` asks for what it needs.\n"
	       "Commands may be shortened as long as they are unambiguous: stprov r d\n"
	       "\n");
	setup_static_help();
	printf("\n");
	setup_dhcp_help();
	printf("\n");
	remote_run_help();
	printf("\n");
	remote_status_help();
	printf("\n");
	remote_clear_help();
	return CLI_EXIT_OK;
}

/* Somebody is there to be asked, and sees it. */
static bool is_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
}

int remote_main(int argc, char **argv)
{
	static const struct cli_command table[] = {
		{ "help", remote_help },
		{ "static", setup_static },
		{ "dhcp", setup_dhcp },
		{ "run", remote_run },
		/* `re st` has always been static, and fingers know it. */
		{ "status", remote_status, .prefix_min = sizeof("statu") - 1 },
		{ "clear", remote_clear },
		{ 0 },
	};
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	if (argc > 0 && cli_asks_for_help(argv[0]))
		return remote_help(argc - 1, argv + 1);
	/* Options alone are the guide's. */
	const char *word = argc > 0 && argv[0][0] != '-' ? argv[0] : NULL;
	if (!word && is_terminal())
		return guide_run(argc, argv);
	/* Nobody is there to be asked. */
	if (!word)
		remote_help(0, NULL);
	if (cli_command_find(table, word, &command, &error) < 0) {
		log_line("stprov remote: %s", error.text);
		return CLI_EXIT_USAGE;
	}
	return command->run(argc - 1, argv + 1);
}
