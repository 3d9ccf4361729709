/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guide asks, and in which order: see guide_order.h. */
#include "remote/guide_order.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "config.h"
#include "hostcfg/url.h"

/* Positive results beside PROMPT_E_LEFT. */
enum {
	GUIDE_E_BACK = 2, /* to the first question */
};

struct guide {
	const struct guide_ops *ops;
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
static int ask_until_right(struct guide *guide, const char *question, const char *shown,
	const char *fallback,
	int (*take)(struct guide_answers *answers, const char *text, struct error *error),
	char answer[PROMPT_ANSWER_MAX])
{
	for (;;) {
		int r = guide->ops->ask(
			guide->ops->context, question, shown, answer, &guide->error);
		if (r != 0 || (answer[0] == '\0' && !fallback))
			return r;
		if (take(&guide->answers, answer[0] ? answer : fallback, &guide->error) == 0)
			return 0;
		log_line("%s", guide->error.text);
	}
}

static void show_answers(struct guide *guide, const struct net_addr *addr)
{
	guide->ops->show_answers(guide->ops->context, addr);
}

/* What is meant, where it is not what was typed. */
static void log_understood(const char *typed, const char *understood)
{
	if (typed[0] && strcmp(typed, understood) != 0)
		log_line("  that is %s", understood);
}

static int choose_word(
	struct guide *guide, const char *question, const char *const *words, size_t n, size_t *ret)
{
	return guide->ops->choose(guide->ops->context, question, words, n, ret, &guide->error);
}

static int ask_mode(struct guide *guide)
{
	static const char *const words[] = { "dhcp", "static", "dhcp" };
	size_t first = guide->answers.dhcp ? 0 : 1, chosen;
	int r = choose_word(guide, "network by dhcp or static", words + first, 2, &chosen);

	if (r == 0)
		guide->answers.dhcp = (first + chosen) % 2 == 0;
	return r;
}

static int ask_address(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], text[NET_PREFIX_TEXT_MAX];
	bool again = guide->answers.address.addr.family != 0;

	net_prefix_format(&guide->answers.address, text);
	int r = ask_until_right(guide, "address, like 192.0.2.10/24", again ? text : "back", NULL,
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
		show_answers(guide, &proposed);
	}
	int r = ask_until_right(guide, "gateway", any ? text : "back", any ? text : NULL,
		guide_take_gateway, answer);
	if (r != 0)
		return r;
	if (answer[0] == '\0')
		return any ? 0 : GUIDE_E_BACK;
	net_addr_format(&guide->answers.gateway, text);
	log_understood(answer, text);
	if (!any || !net_addr_equal(&proposed, &guide->answers.gateway))
		show_answers(guide, &guide->answers.gateway);
	return 0;
}

static int ask_host(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], name[NET_HOSTNAME_MAX];

	guide_format_host(&guide->answers, name);
	int r = ask_until_right(guide, "host name", name, NULL, guide_take_host, answer);
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

	/* What the operator typed is on the screen anyway. */
	url_mask(STPROV_DEFAULT_TEMPLATE_URL, masked, sizeof(masked));
	return ask_until_right(
		guide, "OS package URL", urls[0] ? urls : masked, NULL, guide_take_urls, answer);
}

/* --- carrying out --- */

static void show_command(struct guide *guide, const struct guide_command *command)
{
	_cleanup_free_ char *text = guide_format_command(command);

	log_line("the command for this:");
	if (text)
		guide->ops->show_command(guide->ops->context, text);
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
	return guide->ops->run(guide->ops->context, argv[0], argc, argv + 1);
}

/*
 * Carries it out until it ends well (0); GUIDE_E_BACK: the operator wants other answers;
 * PROMPT_E_LEFT. The command has logged why it failed.
 */
static int carry_out_until_good(struct guide *guide, const struct guide_command *command)
{
	static const char *const words[] = { "again", "change", "leave" };
	size_t chosen;

	while (carry_out(guide, command) != CLI_EXIT_OK) {
		if (guide->ops->is_interrupted(guide->ops->context))
			return PROMPT_E_LEFT;
		int r = choose_word(guide, "try again, change the answers, or leave", words,
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

static int set_up_network_once(struct guide *guide)
{
	static const char *const words[] = { "yes", "no" };
	struct guide_command command;
	size_t chosen;
	int r = ask_network(guide);

	if (r != 0)
		return r;
	guide_network_command(&guide->answers, &command);
	show_command(guide, &command);
	r = choose_word(guide, "do it: yes, or no to change the answers", words, ARRAY_SIZE(words),
		&chosen);
	if (r == 0 && chosen == 1)
		r = GUIDE_E_BACK;
	return r == 0 ? carry_out_until_good(guide, &command) : r;
}

static int find_links(struct guide *guide)
{
	static const char *const words[] = { "again", "leave" };
	size_t chosen;

	while (!guide->ops->show_links(guide->ops->context)) {
		log_line("this machine has no link that could be used (is its driver loaded?)");
		int r = choose_word(
			guide, "look again, or leave", words, ARRAY_SIZE(words), &chosen);
		if (r != 0 || chosen == 1)
			return r != 0 ? r : PROMPT_E_LEFT;
	}
	return 0;
}

static int set_up_network(struct guide *guide)
{
	int r = find_links(guide);

	while (r == 0) {
		r = set_up_network_once(guide);
		if (r != GUIDE_E_BACK)
			break;
		r = 0;
	}
	guide->stored = r == 0;
	return r;
}

/* --- the laptop --- */

/* A default that lets in this machine alone is of no use: then the network set up just now. */
static void propose_networks(struct guide *guide, char out[PROMPT_ANSWER_MAX])
{
	struct net_prefix network;

	snprintf(out, PROMPT_ANSWER_MAX, "%s", guide->answers.allow);
	if (out[0])
		return;
	snprintf(out, PROMPT_ANSWER_MAX, "%s", STPROV_DEFAULT_ALLOWED_NETWORKS);
	if (!guide_is_loopback_only(out) || !guide->ops->own_network(guide->ops->context, &network))
		return;
	log_line("by default only %s may connect, this machine itself", out);
	if (network.len == net_addr_bits(&network.addr)) {
		log_line("  that network has room for no other machine; proposing any address");
		network = (struct net_prefix){ .addr.family = network.addr.family };
	}
	net_prefix_format(&network, out);
}

static int wait_for_laptop_once(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], proposed[PROMPT_ANSWER_MAX];
	struct guide_command command;

	propose_networks(guide, proposed);
	bool is_default = strcmp(proposed, STPROV_DEFAULT_ALLOWED_NETWORKS) == 0;
	int r = ask_until_right(guide, "networks that may connect", proposed,
		is_default ? NULL : proposed, guide_take_allow, answer);
	if (r != 0)
		return r;
	log_understood(answer, guide->answers.allow);
	guide_run_command(&guide->answers, &command);
	show_command(guide, &command);
	return carry_out_until_good(guide, &command);
}

static int wait_for_laptop(struct guide *guide)
{
	static const char *const words[] = { "yes", "no" };
	size_t chosen;
	int r = choose_word(
		guide, "wait for the laptop now, yes or no", words, ARRAY_SIZE(words), &chosen);

	if (r == 0 && chosen == 1)
		return 0;
	while (r == 0) {
		r = wait_for_laptop_once(guide);
		if (r != GUIDE_E_BACK)
			break;
		r = 0;
	}
	return r;
}

/* --- all of it --- */

static void log_left(const struct guide *guide)
{
	if (!guide->tried)
		log_line("left: nothing was done");
	else if (guide->stored)
		log_line("left: the network is set up and stored; continue with `stprov remote "
			 "run`");
	else
		log_line("left: nothing more is done");
}

int guide_talk(const struct guide_ops *ops, const struct guide_answers *first)
{
	struct guide guide = { .ops = ops, .answers = *first };
	int r = set_up_network(&guide);

	if (r == 0)
		r = wait_for_laptop(&guide);
	if (r < 0)
		log_line("stprov remote: %s", guide.error.text);
	if (r > 0)
		log_left(&guide);
	secret_wipe_bytes(&guide, sizeof(guide));
	return r == 0 ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}
