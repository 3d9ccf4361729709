/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guide: see guide.h. It asks, and hands words to the commands, as main() does: what it does
 * can be typed, and is shown before it is done. Its order is in guide_order.c; here are terminal,
 * machine and commands.
 */
#include "remote/guide.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/world.h"
#include "cli/cli.h"
#include "efi/claim.h"
#include "remote/guide_order.h"
#include "remote/stamped.h"
#include "tpm/transport.h"

/* The image's program that sets the keyboard's layout. */
#define KEYBOARD_PROGRAM "kbd"

/* What the operations need. */
struct guide_terminal {
	int signal_fd;
	struct store_choice store;
	int (*run)(const char *command, int argc, char **argv);
	bool called; /* by a laptop, which takes over */
};

static int ask_on_terminal(void *context, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX], struct error *error)
{
	struct guide_terminal *terminal = context;
	int r = prompt_ask(terminal->signal_fd, question, fallback, answer, error);

	terminal->called = r == PROMPT_E_CALLED;
	return terminal->called ? PROMPT_E_LEFT : r;
}

/* The program in PATH; false: there is none. */
static bool find_program(const char *name, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH");

	while (dirs && *dirs) {
		int len = (int)strcspn(dirs, ":");
		int n = snprintf(path, PATH_MAX, "%.*s/%s", len, dirs, name);
		if (len > 0 && n < PATH_MAX && access(path, X_OK) == 0)
			return true;
		dirs += len;
		dirs += *dirs == ':';
	}
	return false;
}

/* A layout's name is a file's for that program. */
static bool is_layout(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
	       strlen(text);
}

static void set_keyboard(void *context, const char *layout)
{
	char path[PATH_MAX], name[] = KEYBOARD_PROGRAM, *word = strdup(layout);
	char *argv[] = { name, word && *word ? word : NULL, NULL };
	int status = 0;

	if (!word || !is_layout(layout))
		log_line("a keyboard layout has a name like de, fr or us");
	else if (!find_program(KEYBOARD_PROGRAM, path))
		log_line(KEYBOARD_PROGRAM
			" works in the provisioning image only; use loadkeys here");
	else {
		pid_t pid = fork();
		if (pid == 0) {
			world_reset_signals();
			execv(path, argv);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			log_line("%s: %s", path, strerror(errno));
		else if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			log_line("%s: it cannot be run", path);
	}
	free(word);
}

static bool show_links(void *context)
{
	return guide_show_links();
}

static int check_link(void *context, const char *name, struct error *error)
{
	return guide_check_link(name, error);
}

static void show_where_it_answers(void *context, const struct net_addr *addr)
{
	const struct guide_terminal *terminal = context;

	guide_show_answers(addr, terminal->signal_fd);
}

static bool propose_host(
	void *context, bool dhcp, char host[NET_HOSTNAME_MAX], char source[GUIDE_SOURCE_MAX])
{
	const struct guide_terminal *terminal = context;

	if (stamped_propose_host(host)) {
		snprintf(source, GUIDE_SOURCE_MAX, "the name on " MEDIUM_ORIGIN ",");
		return true;
	}
	return guide_propose_host(dhcp, terminal->signal_fd, host, source);
}

/* Which `run` would take without --tpm. */
static bool has_tpm(void *context)
{
	const struct guide_terminal *terminal = context;
	enum store_kind kind;
	struct error ignored;

	return store_choice_check(&terminal->store, &kind, &ignored) == 0 && kind == STORE_EFI &&
	       !terminal->store.efivars && access(TPM_DEVICE, F_OK) == 0;
}

/* Without variables to read the command will say more. */
static void read_replaced(void *context, char out[SETUP_REPLACED_MAX])
{
	const struct guide_terminal *terminal = context;
	_cleanup_store_ struct store store = STORE_INIT;
	struct error ignored;

	out[0] = '\0';
	if (store_open(&terminal->store, STORE_READ, &store, &ignored) == 0)
		setup_read_replaced(&store.dir, out);
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

/*
 * A machine without variables to write, or a command that has them, is better found out before many
 * questions. False: another command has them. The claim is given back, since the commands make it.
 */
static bool look_for_variables(const struct store_choice *choice)
{
	_cleanup_efi_claim_ struct efi_claim claim = EFI_CLAIM_INIT;
	_cleanup_store_ struct store store = STORE_INIT;
	struct error error;

	if (store_open(choice, STORE_READ, &store, &error) < 0) {
		log_line("warning: nothing can be stored: %s", error.text);
		return true;
	}
	if (efi_claim(&store.dir, "stprov remote is starting", &claim, &error) != -EBUSY)
		return true;
	log_line("stprov remote: %s", error.text);
	return false;
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
		.set_keyboard = set_keyboard,
		.show_links = show_links,
		.show_answers = show_where_it_answers,
		.own_network = find_own_network,
		.check_link = check_link,
		.propose_host = propose_host,
		.has_tpm = has_tpm,
		.read_replaced = read_replaced,
		.show_command = show_rows,
		.run = run_remote,
		.is_interrupted = is_interrupted,
		.context = terminal,
	};

	if (!look_for_variables(&terminal->store))
		return CLI_EXIT_FAILED;
	log_line("Press Enter to accept the value in brackets, ctrl+c to quit");
	log_line("b: back to the question before; kbd de, kbd us ...: keyboard layout");
	return guide_talk(&ops, answers);
}

int guide_run(int argc, char **argv, int (*run)(const char *command, int argc, char **argv))
{
	static const struct cli_option table[] = {
		{ 'E', "efivars", CLI_TEXT, offsetof(struct guide_answers, store.efivars) },
		{ 'S', "store", CLI_TEXT, offsetof(struct guide_answers, store.store) },
		{ 'T', "trust-policy", CLI_TEXT, offsetof(struct guide_answers, trust_policy) },
		{ 0 },
	};
	struct guide_answers answers = { .dhcp = true };
	struct guide_terminal terminal = { .signal_fd = -1, .run = run };
	const char *links = cli_outer_or("interface", cli_outer_or("bonding", ""));
	struct error error = ERROR_INIT;
	enum store_kind kind;

	int r = cli_parse(table, &answers, argc, argv, &error);
	if (r == 0)
		r = store_choice_check(&answers.store, &kind, &error);
	if (r == 0)
		r = check_directory("-E", answers.store.efivars, &error);
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
	terminal.store = answers.store;
	snprintf(answers.links, sizeof(answers.links), "%s", links);
	stamped_log();
	int exit_code = talk_on_terminal(&terminal, &answers);
	close(terminal.signal_fd);
	return terminal.called ? run("console", 0, NULL) : exit_code;
}
