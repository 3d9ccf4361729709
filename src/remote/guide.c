/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guide: see guide.h. It asks, and hands words to the commands, as main()
 * does: what it does can be typed, and is shown before it is done.
 */
#include "remote/guide.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/signals.h"
#include "config.h"
#include "efi/efi.h"
#include "hostcfg/url.h"
#include "remote/guide_answers.h"

/* Positive results beside PROMPT_E_LEFT. */
enum {
	GUIDE_E_BACK = 2, /* to the first question */
};

struct guide {
	int (*run)(const char *command, int argc, char **argv);
	int signal_fd;
	struct guide_answers answers;
	bool tried;  /* a command was carried out */
	bool stored; /* and one of the network's ended well */
	struct error error;
};

/* --- one question --- */

/*
 * Asks until the answer is right. @shown: what an empty line is taken for; @fallback: the same as
 * an answer, which is checked like any other, or NULL: then an empty line leaves all as it is.
 */
static int ask(struct guide *guide, const char *question, const char *shown, const char *fallback,
	int (*take)(struct guide_answers *answers, const char *text, struct error *error),
	char answer[PROMPT_ANSWER_MAX])
{
	for (;;) {
		int r = prompt_ask(guide->signal_fd, question, shown, answer, &guide->error);
		if (r != 0 || (answer[0] == '\0' && !fallback))
			return r;
		if (take(&guide->answers, answer[0] ? answer : fallback, &guide->error) == 0)
			return 0;
		log_line("%s", guide->error.text);
	}
}

/* What is meant, where it is not what was typed. */
static void log_understood(const char *typed, const char *understood)
{
	if (typed[0] && strcmp(typed, understood) != 0)
		log_line("  that is %s", understood);
}

static int guide_choose(
	struct guide *guide, const char *question, const char *const *words, size_t n, size_t *ret)
{
	return prompt_choose(guide->signal_fd, question, words, n, ret, &guide->error);
}

static int ask_mode(struct guide *guide)
{
	static const char *const words[] = { "dhcp", "static", "dhcp" };
	size_t first = guide->answers.dhcp ? 0 : 1, chosen;
	int r = guide_choose(guide, "network by dhcp or static", words + first, 2, &chosen);

	if (r == 0)
		guide->answers.dhcp = (first + chosen) % 2 == 0;
	return r;
}

static int ask_address(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], text[NET_PREFIX_TEXT_MAX];
	bool again = guide->answers.address.addr.family != 0;

	net_prefix_format(&guide->answers.address, text);
	int r = ask(guide, "address, like 192.0.2.10/24", again ? text : "back", NULL,
		guide_take_address, answer);
	if (r != 0)
		return r;
	if (!again && answer[0] == '\0')
		return GUIDE_E_BACK;
	net_prefix_format(&guide->answers.address, text);
	log_understood(answer, text);
	return 0;
}

static int ask_gateway(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], text[NET_ADDR_TEXT_MAX] = "";
	struct net_addr proposed;
	bool any = guide_propose_gateway(&guide->answers, &proposed);

	if (any) {
		net_addr_format(&proposed, text);
		guide_show_answers(&proposed, guide->signal_fd);
	}
	int r = ask(guide, "gateway", any ? text : "back", any ? text : NULL, guide_take_gateway,
		answer);
	if (r != 0)
		return r;
	if (answer[0] == '\0')
		return any ? 0 : GUIDE_E_BACK;
	net_addr_format(&guide->answers.gateway, text);
	log_understood(answer, text);
	if (!any || !net_addr_equal(&proposed, &guide->answers.gateway))
		guide_show_answers(&guide->answers.gateway, guide->signal_fd);
	return 0;
}

static int ask_host(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], name[NET_HOSTNAME_MAX];

	guide_format_host(&guide->answers, name);
	int r = ask(guide, "host name", name, NULL, guide_take_host, answer);
	if (r != 0)
		return r;
	guide_format_host(&guide->answers, name);
	log_understood(answer, name);
	return 0;
}

static int ask_urls(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], masked[URL_MASKED_MAX];
	const char *urls = guide->answers.urls;

	/* What was typed stands above anyway. */
	url_mask(STPROV_DEFAULT_TEMPLATE_URL, masked, sizeof(masked));
	return ask(guide, "OS package URL", urls[0] ? urls : masked, NULL, guide_take_urls, answer);
}

/* --- carrying out --- */

static bool is_interrupted(const struct guide *guide)
{
	struct pollfd fd = { .fd = guide->signal_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static void show_command(const struct guide_command *command)
{
	_cleanup_free_ char *text = guide_format_command(command);

	log_line("the command for this:");
	/* As it is: log_line() would write a backslash otherwise. It holds printable ASCII only. */
	if (text)
		fputs(text, stderr);
}

static int carry_out(struct guide *guide, const struct guide_command *command)
{
	_cleanup_guide_argv_ char **argv = guide_argv(command);
	int argc = (int)command->n - 1;

	if (!argv) {
		log_line("stprov remote: no memory");
		return CLI_EXIT_FAILED;
	}
	guide->tried = true;
	return guide->run(argv[0], argc, argv + 1);
}

/*
 * Carries it out until it ends well (0); GUIDE_E_BACK: the operator wants other answers;
 * PROMPT_E_LEFT. The command has said why it failed.
 */
static int carry_out_until_good(struct guide *guide, const struct guide_command *command)
{
	static const char *const words[] = { "again", "change", "leave" };
	size_t chosen;

	while (carry_out(guide, command) != CLI_EXIT_OK) {
		if (is_interrupted(guide))
			return PROMPT_E_LEFT;
		int r = guide_choose(guide, "try again, change the answers, or leave", words,
			ARRAY_SIZE(words), &chosen);
		if (r != 0 || chosen == 2)
			return r != 0 ? r : PROMPT_E_LEFT;
		if (chosen == 1)
			return GUIDE_E_BACK;
	}
	return 0;
}

/* --- the network --- */

static int ask_network(struct guide *guide)
{
	static int (*const questions[])(
		struct guide * guide) = { ask_mode, ask_address, ask_gateway, ask_host, ask_urls };

	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		bool of_static = questions[i] == ask_address || questions[i] == ask_gateway;
		int r = of_static && guide->answers.dhcp ? 0 : questions[i](guide);
		if (r != 0)
			return r;
	}
	return 0;
}

static int set_up_once(struct guide *guide)
{
	static const char *const words[] = { "yes", "no" };
	struct guide_command command;
	size_t chosen;
	int r = ask_network(guide);

	if (r != 0)
		return r;
	guide_network_command(&guide->answers, &command);
	show_command(&command);
	r = guide_choose(guide, "do it: yes, or no to change the answers", words, ARRAY_SIZE(words),
		&chosen);
	if (r == 0 && chosen == 1)
		r = GUIDE_E_BACK;
	return r == 0 ? carry_out_until_good(guide, &command) : r;
}

static int find_links(struct guide *guide)
{
	static const char *const words[] = { "again", "leave" };
	size_t chosen;

	while (!guide_show_links()) {
		log_line("this machine has no link that could be used (is its driver loaded?)");
		int r = guide_choose(
			guide, "look again, or leave", words, ARRAY_SIZE(words), &chosen);
		if (r != 0 || chosen == 1)
			return r != 0 ? r : PROMPT_E_LEFT;
	}
	return 0;
}

static int set_up(struct guide *guide)
{
	int r = find_links(guide);

	while (r == 0) {
		r = set_up_once(guide);
		if (r != GUIDE_E_BACK)
			break;
		r = 0;
	}
	guide->stored = r == 0;
	return r;
}

/* --- the laptop --- */

/* Nobody can connect to a machine that lets in itself alone: then the network set up just now. */
static void propose_networks(struct guide *guide, char out[PROMPT_ANSWER_MAX])
{
	struct net_prefix network;

	snprintf(out, PROMPT_ANSWER_MAX, "%s", guide->answers.allow);
	if (out[0])
		return;
	snprintf(out, PROMPT_ANSWER_MAX, "%s", STPROV_DEFAULT_ALLOWED_NETWORKS);
	if (!guide_is_loopback_only(out) || !guide_own_network(&network))
		return;
	log_line("by default only %s may connect, this machine itself", out);
	if (network.len == net_addr_bits(&network.addr)) {
		log_line("  and its network has no other machine: so everybody is proposed");
		network = (struct net_prefix){ .addr.family = network.addr.family };
	}
	net_prefix_format(&network, out);
}

static int serve_once(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], proposed[PROMPT_ANSWER_MAX];
	struct guide_command command;

	propose_networks(guide, proposed);
	bool is_default = strcmp(proposed, STPROV_DEFAULT_ALLOWED_NETWORKS) == 0;
	int r = ask(guide, "networks that may connect", proposed, is_default ? NULL : proposed,
		guide_take_allow, answer);
	if (r != 0)
		return r;
	log_understood(answer, guide->answers.allow);
	guide_run_command(&guide->answers, &command);
	show_command(&command);
	return carry_out_until_good(guide, &command);
}

static int serve(struct guide *guide)
{
	static const char *const words[] = { "yes", "no" };
	size_t chosen;
	int r = guide_choose(
		guide, "wait for the laptop now, yes or no", words, ARRAY_SIZE(words), &chosen);

	if (r == 0 && chosen == 1)
		return 0;
	while (r == 0) {
		r = serve_once(guide);
		if (r != GUIDE_E_BACK)
			break;
		r = 0;
	}
	return r;
}

/* --- all of it --- */

/* A machine without variables to write is better found out before many questions. */
static void look_for_variables(const struct guide *guide)
{
	const char *path = guide->answers.efivars ? guide->answers.efivars : EFI_VARS_PATH;
	_cleanup_efi_ struct efi_dir efi = EFI_DIR_INIT;
	struct error error;

	if (efi_open(path, &efi, &error) < 0)
		log_line("warning: nothing can be stored: %s", error.text);
}

static void log_left(const struct guide *guide)
{
	if (!guide->tried)
		log_line("left: nothing was done");
	else if (guide->stored)
		log_line("left: the network is set up and stored; `stprov remote run` goes on");
	else
		log_line("left: nothing more is done");
}

static int run_guide(struct guide *guide)
{
	int r = signals_open(&guide->signal_fd, &guide->error);

	if (r < 0)
		return r;
	log_line("Enter takes what stands in brackets; ctrl+c leaves");
	look_for_variables(guide);
	r = set_up(guide);
	return r == 0 ? serve(guide) : r;
}

/* What is shown as a part of the command, as it is: nothing that steers the terminal. */
static int check_directory(const char *option, const char *path, struct error *error)
{
	for (; path && *path; path++)
		if (*path < ' ' || *path > '~')
			return error_set(error, -EINVAL,
				"%s: its name cannot be shown: the guide wants printable ASCII",
				option);
	return 0;
}

int guide_run(int argc, char **argv, int (*run)(const char *command, int argc, char **argv))
{
	static const struct cli_option table[] = {
		{ 'E', "efivars", CLI_TEXT, offsetof(struct guide_answers, efivars) },
		{ 'T', "trust-policy", CLI_TEXT, offsetof(struct guide_answers, trust_policy) },
		{ 0 },
	};
	struct guide guide = { .run = run, .signal_fd = -1, .answers.dhcp = true };
	int exit_code = CLI_EXIT_OK;

	int r = cli_parse(table, &guide.answers, argc, argv, &guide.error);
	if (r == 0)
		r = check_directory("-E", guide.answers.efivars, &guide.error);
	if (r == 0)
		r = check_directory("-T", guide.answers.trust_policy, &guide.error);
	if (r != 0) {
		log_line("stprov remote: %s",
			r < 0 ? guide.error.text : "`stprov remote help` shows what there is");
		return CLI_EXIT_USAGE;
	}
	r = run_guide(&guide);
	if (r < 0)
		log_line("stprov remote: %s", guide.error.text);
	if (r > 0)
		log_left(&guide);
	if (r != 0)
		exit_code = CLI_EXIT_FAILED;
	cleanup_close(&guide.signal_fd);
	secret_wipe_bytes(&guide, sizeof(guide));
	return exit_code;
}
