/* SPDX-License-Identifier: BSD-2-Clause */
/* stprov: finds the command, or the role that this process is (parts/). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/world.h"
#include "cli/cli.h"
#include "parts/parts.h"
#include "version.h"

static int main_help(int argc, char **argv);
static int main_version(int argc, char **argv);

static const struct cli_command help_command = { .name = "help", .main = main_help };
static const struct cli_command version_command = { .name = "version", .main = main_version };

/* Their order is that of a list of commands in an error. */
struct commands {
	const struct cli_command *items[PARTS_MAX + 3];
};

static struct commands all_commands(void)
{
	struct commands all = { { &help_command, &version_command } };

	for (size_t i = 0; parts[i].command.name; i++) {
		assert(i < PARTS_MAX);
		all.items[i + 2] = &parts[i].command;
	}
	return all;
}

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
	printf("stprov gives a server the identity that others will trust.\n\n%s\n%s",
		parts_overview, parts_overview_help);
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
	const struct commands all = all_commands();
	const struct cli_command *command;
	struct error error = ERROR_INIT;

	if (argc <= 0)
		return print_overview();
	if (cli_command_find(all.items, argv[0], &command, &error) < 0) {
		log_line("stprov help: %s", error.text);
		return CLI_EXIT_USAGE;
	}
	for (size_t i = 0; parts[i].command.name; i++)
		if (command == &parts[i].command)
			return parts[i].help(argc - 1, argv + 1);
	return refuse_arguments(argc - 1, argv + 1) == CLI_EXIT_OK ? print_overview()
								   : CLI_EXIT_USAGE;
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
	const struct commands all = all_commands();
	const struct cli_command *command;
	struct error error = ERROR_INIT;
	int exit_code;

	if (argc > 0 && parts_run_role(argv[0], &exit_code))
		return exit_code;
	world_make();
	if (fill_standard_descriptors() < 0)
		return CLI_EXIT_FAILED;
	if (argc < 2 || cli_asks_for_help(argv[1]))
		return flush_stdout(main_help(argc - 2, argv + 2));
	if (argc > 1 && is_version(argv[1]))
		return flush_stdout(main_version(argc - 2, argv + 2));
	if (cli_command_find(all.items, argv[1], &command, &error) < 0) {
		log_line("stprov: %s", error.text);
		return CLI_EXIT_USAGE;
	}
	return flush_stdout(command->main(argc - 2, argv + 2));
}
