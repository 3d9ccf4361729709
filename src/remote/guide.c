/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guide: see guide.h. It asks, and hands words to the commands, as main() does: what it does
 * can be typed, and is shown before it is done. Its order is in guide_order.c; here are terminal,
 * machine and commands.
 */
#include "remote/guide.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "cli/cli.h"
#include "efi/efi.h"
#include "remote/guide_order.h"

/* What the operations need. */
struct guide_terminal {
	int signal_fd;
	int (*run)(const char *command, int argc, char **argv);
};

static int ask_on_terminal(void *context, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX], struct error *error)
{
	const struct guide_terminal *terminal = context;

	return prompt_ask(terminal->signal_fd, question, fallback, answer, error);
}

static int choose_on_terminal(void *context, const char *question, const char *const *words,
	size_t n, size_t *ret, struct error *error)
{
	const struct guide_terminal *terminal = context;

	return prompt_choose(terminal->signal_fd, question, words, n, ret, error);
}

static bool show_links(void *context)
{
	return guide_show_links();
}

static void show_where_it_answers(void *context, const struct net_addr *addr)
{
	const struct guide_terminal *terminal = context;

	guide_show_answers(addr, terminal->signal_fd);
}

static bool find_own_network(void *context, struct net_prefix *ret)
{
	return guide_own_network(ret);
}

/* As it is: log_line() would write a backslash otherwise. It holds printable ASCII only. */
static void show_rows(void *context, const char *text)
{
	fputs(text, stderr);
}

static int run_remote(void *context, const char *command, int argc, char **argv)
{
	const struct guide_terminal *terminal = context;

	return terminal->run(command, argc, argv);
}

static bool is_interrupted(void *context)
{
	const struct guide_terminal *terminal = context;
	struct pollfd fd = { .fd = terminal->signal_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/* A machine without variables to write is better found out before many questions. */
static void look_for_variables(const struct guide_answers *answers)
{
	const char *path = answers->efivars ? answers->efivars : EFI_VARS_PATH;
	_cleanup_efi_ struct efi_dir efi = EFI_DIR_INIT;
	struct error error;

	if (efi_open(path, &efi, &error) < 0)
		log_line("warning: nothing can be stored: %s", error.text);
}

/* What is shown as a part of the command, as it is: nothing that steers the terminal. */
static int check_directory(const char *option, const char *path, struct error *error)
{
	for (; path && *path; path++)
		if (*path < ' ' || *path > '~')
			return error_set(error, -EINVAL,
				"%s: the guide cannot show this name: it takes printable ASCII "
				"only",
				option);
	return 0;
}

static int talk_on_terminal(struct guide_terminal *terminal, const struct guide_answers *answers)
{
	const struct guide_ops ops = {
		.ask = ask_on_terminal,
		.choose = choose_on_terminal,
		.show_links = show_links,
		.show_answers = show_where_it_answers,
		.own_network = find_own_network,
		.show_command = show_rows,
		.run = run_remote,
		.is_interrupted = is_interrupted,
		.context = terminal,
	};

	log_line("Press Enter to accept the value in brackets, ctrl+c to quit");
	look_for_variables(answers);
	return guide_talk(&ops, answers);
}

int guide_run(int argc, char **argv, int (*run)(const char *command, int argc, char **argv))
{
	static const struct cli_option table[] = {
		{ 'E', "efivars", CLI_TEXT, offsetof(struct guide_answers, efivars) },
		{ 'T', "trust-policy", CLI_TEXT, offsetof(struct guide_answers, trust_policy) },
		{ 0 },
	};
	struct guide_answers answers = { .dhcp = true };
	struct guide_terminal terminal = { .signal_fd = -1, .run = run };
	struct error error = ERROR_INIT;

	int r = cli_parse(table, &answers, argc, argv, &error);
	if (r == 0)
		r = check_directory("-E", answers.efivars, &error);
	if (r == 0)
		r = check_directory("-T", answers.trust_policy, &error);
	if (r != 0) {
		log_line("stprov remote: %s",
			r < 0 ? error.text : "`stprov remote help` shows what there is");
		return CLI_EXIT_USAGE;
	}
	if (signals_open(&terminal.signal_fd, &error) < 0) {
		log_line("stprov remote: %s", error.text);
		return CLI_EXIT_FAILED;
	}
	int exit_code = talk_on_terminal(&terminal, &answers);
	close(terminal.signal_fd);
	return exit_code;
}
