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
#include "net/allow.h"
#include "remote/guide_ask.h"
#include "remote/guide_more.h"

static void show_answers(struct guide *guide, const struct net_addr *addr)
{
	guide->ops->show_answers(guide->ops->context, addr);
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
	int r = guide_ask_until_right(guide, "address, like 192.0.2.10/24", again ? text : "back",
		NULL, guide_take_address, answer);
	if (r != 0)
		return r;
	if (!again && answer[0] == '\0')
		return GUIDE_E_BACK;
	net_prefix_format(&guide->answers.address, text);
	guide_log_understood(answer, text);
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
	int r = guide_ask_until_right(guide, "gateway", any ? text : "back", any ? text : NULL,
		guide_take_gateway, answer);
	if (r != 0)
		return r;
	if (answer[0] == '\0')
		return any ? 0 : GUIDE_E_BACK;
	net_addr_format(&guide->answers.gateway, text);
	guide_log_understood(answer, text);
	if (!any || !net_addr_equal(&proposed, &guide->answers.gateway))
		show_answers(guide, &guide->answers.gateway);
	return 0;
}

/* The bare domain is nothing to propose: many machines would have one name. */
static const struct guide_proposal *find_proposal(struct guide *guide)
{
	struct guide_proposal *proposal = &guide->proposal;

	if (proposal->known && proposal->dhcp == guide->answers.dhcp)
		return proposal;
	*proposal = (struct guide_proposal){ .known = true, .dhcp = guide->answers.dhcp };
	if (!guide->ops->propose_host(
		    guide->ops->context, guide->answers.dhcp, proposal->host, proposal->source))
		proposal->host[0] = '\0';
	return proposal;
}

/* Takes the name that is proposed; without one, or if it is none, there is nothing for Enter. */
static const char *propose_host(struct guide *guide, char name[NET_HOSTNAME_MAX])
{
	const struct guide_proposal *proposal = find_proposal(guide);
	struct guide_answers tried = guide->answers;
	struct error ignored;

	if (!proposal->host[0] || guide_take_host(&tried, proposal->host, &ignored) < 0)
		return NULL;
	guide_format_host(&tried, name);
	log_line("  %s is proposed", proposal->source);
	return proposal->host;
}

static int ask_host(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], name[NET_HOSTNAME_MAX];
	const char *fallback = NULL, *shown = name;
	int r;

	if (guide->answers.host[0]) {
		guide_format_host(&guide->answers, name);
	} else {
		fallback = propose_host(guide, name);
		shown = fallback ? name : NULL;
	}
	for (;;) {
		r = guide_ask_until_right(
			guide, "host name", shown, fallback, guide_take_host, answer);
		if (r != 0 || guide->answers.host[0])
			break;
		log_line("a host name is needed, like web01");
	}
	if (r != 0)
		return r;
	guide_format_host(&guide->answers, name);
	guide_log_understood(answer, name);
	return 0;
}

static int ask_urls(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], masked[URL_MASKED_MAX];
	const char *urls = guide->answers.urls;

	/* What the operator typed is on the screen anyway. */
	url_mask(cli_outer_or("url", STPROV_DEFAULT_TEMPLATE_URL), masked, sizeof(masked));
	int r = guide_ask_until_right(
		guide, "OS package URL", urls[0] ? urls : masked, NULL, guide_take_urls, answer);
	if (r == 0)
		guide_log_understood(answer, urls);
	return r;
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
	int exit_code = guide->ops->run(guide->ops->context, argv[0], argc, argv + 1);
	if (exit_code == CLI_EXIT_CHANGED || exit_code == CLI_EXIT_URLS)
		guide->changed = true;
	return exit_code;
}

/*
 * What follows a command that failed, which has logged why: 0: it is to be carried out again, with
 * -f if *@ret_force.
 */
static int ask_after_failure(struct guide *guide, int exit_code, bool *ret_force)
{
	static const char *const words[] = { "again", "change", "leave", "store anyway" };
	bool urls = exit_code == CLI_EXIT_URLS;
	size_t chosen;

	if (guide->ops->is_interrupted(guide->ops->context))
		return PROMPT_E_LEFT;
	int r = guide_choose(guide,
		urls ? "again, change, leave, or store anyway"
		     : "try again, change the answers, or leave",
		words, ARRAY_SIZE(words) - !urls, &chosen);
	if (r == GUIDE_E_BACK)
		return GUIDE_E_AGAIN;
	if (r != 0)
		return r;
	*ret_force = chosen == 3;
	return chosen == 1 ? GUIDE_E_FIRST : chosen == 2 ? PROMPT_E_LEFT : 0;
}

static void force_network(struct guide *guide, struct guide_command *command)
{
	guide->answers.force = true;
	guide_network_command(&guide->answers, command);
	log_line("-f ignores every failed check: URLs that cannot be fetched, an address that "
		 "another host has, a link without carrier");
	show_command(guide, command);
}

/*
 * Carries it out until it ends well (0); GUIDE_E_FIRST: the operator wants other answers;
 * GUIDE_E_AGAIN: the question before this; PROMPT_E_LEFT.
 */
static int carry_out_until_good(struct guide *guide, struct guide_command *command)
{
	int r = 0, exit_code;
	bool force = false;

	while (r == 0) {
		exit_code = carry_out(guide, command);
		if (exit_code == CLI_EXIT_OK)
			break;
		r = ask_after_failure(guide, exit_code, &force);
		if (r == 0 && force && !guide->answers.force)
			force_network(guide, command);
	}
	guide->answers.force = false;
	return r;
}

/* --- the network --- */

/* What waits for the laptop, where stprov set up the network since boot; false: it did not. */
static bool find_next_command(const struct guide *guide, char next[SETUP_NEXT_MAX])
{
	struct net_prefix network;

	if (!guide->ops->own_network(guide->ops->context, &network))
		return false;
	setup_next_command(&network, cli_outer_or("allow", STPROV_DEFAULT_ALLOWED_NETWORKS),
		&guide->answers.store, next);
	return true;
}

/* `no` leaves: with other answers it would be asked again. */
static int ask_replace(struct guide *guide)
{
	static const char *const words[] = { "no", "replace" };
	char replaced[SETUP_REPLACED_MAX], next[SETUP_NEXT_MAX];
	size_t chosen;

	guide->ops->read_replaced(guide->ops->context, replaced);
	if (!replaced[0])
		return 0;
	log_line("this machine is set up already: %s", replaced);
	int r = guide_choose(
		guide, "replace it? no, or replace", words, ARRAY_SIZE(words), &chosen);
	if (r != 0 || chosen != 0)
		return r;
	if (find_next_command(guide, next))
		log_line("what is set up can wait for the laptop: `%s`", next);
	return PROMPT_E_LEFT;
}

static int set_up_network(struct guide *guide)
{
	static const char *const words[] = { "yes", "no", "more", "o" };
	struct guide_command command;
	size_t chosen;

	guide_network_command(&guide->answers, &command);
	show_command(guide, &command);
	int r = guide_choose(guide, "run it? yes, no, or more (o): DNS, link, user", words,
		ARRAY_SIZE(words), &chosen);
	if (r == 0 && chosen > 0)
		r = chosen == 1 ? GUIDE_E_FIRST : GUIDE_E_MORE;
	if (r == 0)
		r = carry_out_until_good(guide, &command);
	guide->stored = guide->stored || r == 0;
	secret_wipe_bytes(&command, sizeof(command));
	return r;
}

static int find_links(struct guide *guide)
{
	static const char *const words[] = { "again", "leave" };
	size_t chosen;

	while (!guide->ops->show_links(guide->ops->context)) {
		log_line("this machine has no link that could be used (is its driver loaded?)");
		int r = guide_choose(
			guide, "look again, or leave", words, ARRAY_SIZE(words), &chosen);
		/* There is none before. */
		if (r == GUIDE_E_BACK)
			continue;
		if (r != 0 || chosen == 1)
			return r != 0 ? r : PROMPT_E_LEFT;
	}
	return 0;
}

/* --- the laptop --- */

/* A default that lets in this machine alone is of no use: then the network set up just now. */
static void propose_networks(struct guide *guide, char out[PROMPT_ANSWER_MAX])
{
	struct net_prefix network;

	snprintf(out, PROMPT_ANSWER_MAX, "%s", guide->answers.allow);
	if (out[0])
		return;
	snprintf(out, PROMPT_ANSWER_MAX, "%s",
		cli_outer_or("allow", STPROV_DEFAULT_ALLOWED_NETWORKS));
	if (!net_allow_is_loopback_only(out) ||
		!guide->ops->own_network(guide->ops->context, &network))
		return;
	log_line("by default only %s may connect, this machine itself", out);
	if (network.len == net_addr_bits(&network.addr)) {
		log_line("  that network has room for no other machine; proposing any address");
		network = net_allow_for(&network);
	}
	net_prefix_format(&network, out);
}

static int ask_wait(struct guide *guide)
{
	static const char *const words[] = { "yes", "no" };
	size_t chosen;
	int r = guide_choose(
		guide, "wait for the laptop now, yes or no", words, ARRAY_SIZE(words), &chosen);

	return r == 0 && chosen == 1 ? GUIDE_E_DONE : r;
}

static bool has_tpm(const struct guide *guide)
{
	return guide->ops->has_tpm(guide->ops->context);
}

static int ask_seal(struct guide *guide)
{
	static const char *const words[] = { "no", "yes", "no" };
	size_t first = guide->answers.seal ? 1 : 0, chosen;

	log_line("  a sealed key is lost with this machine's TPM, and copies of it are of no use");
	int r = guide_choose(
		guide, "seal the host key to the TPM, no or yes", words + first, 2, &chosen);
	if (r == 0)
		guide->answers.seal = (first + chosen) % 2 == 1;
	return r;
}

static int wait_for_laptop(struct guide *guide)
{
	char answer[PROMPT_ANSWER_MAX], proposed[PROMPT_ANSWER_MAX];
	struct guide_command command;

	propose_networks(guide, proposed);
	bool is_default =
		strcmp(proposed, cli_outer_or("allow", STPROV_DEFAULT_ALLOWED_NETWORKS)) == 0;
	int r = guide_ask_until_right(guide, "networks that may connect", proposed,
		is_default ? NULL : proposed, guide_take_allow, answer);
	if (r != 0)
		return r;
	guide_log_understood(answer, guide->answers.allow);
	guide_run_command(&guide->answers, &command);
	show_command(guide, &command);
	r = carry_out_until_good(guide, &command);
	return r == GUIDE_E_FIRST ? GUIDE_E_AGAIN : r;
}

/* --- all of it --- */

static bool is_static(const struct guide *guide)
{
	return !guide->answers.dhcp;
}

static bool is_more(const struct guide *guide)
{
	return guide->more;
}

static bool is_bond(const struct guide *guide)
{
	return guide->more && guide_has_bond(&guide->answers);
}

/* A configuration that this guide stored is its own. */
static bool is_first(const struct guide *guide)
{
	char replaced[SETUP_REPLACED_MAX];

	if (guide->stored)
		return false;
	guide->ops->read_replaced(guide->ops->context, replaced);
	return replaced[0] != '\0';
}

static const struct question {
	int (*ask)(struct guide *guide);
	bool (*is_asked)(const struct guide *guide); /* NULL: always */
} questions[] = {
	{ ask_mode, NULL },
	{ ask_address, is_static },
	{ ask_gateway, is_static },
	{ ask_host, NULL },
	{ ask_urls, NULL },
	{ guide_ask_dns, is_more }, /* the first one of FIRST_MORE */
	{ guide_ask_link, is_more },
	{ guide_ask_bonding_mode, is_bond },
	{ guide_ask_user, is_more },
	{ guide_ask_password, is_more },
	{ ask_replace, is_first },
	{ set_up_network, NULL },
	{ ask_wait, NULL },
	{ ask_seal, has_tpm },
	{ wait_for_laptop, NULL },
};

#define FIRST_MORE 5

static bool is_asked(const struct guide *guide, size_t at)
{
	return !questions[at].is_asked || questions[at].is_asked(guide);
}

/* The question before; the first one has none. */
static size_t go_back(const struct guide *guide, size_t at)
{
	size_t before = at;

	do {
		if (before == 0) {
			log_line("this is the first question");
			return at;
		}
		before--;
	} while (!is_asked(guide, before));
	return before;
}

/* All questions in their order. 0: what was wanted ended well. */
static int ask_all(struct guide *guide)
{
	size_t at = 0;

	while (at < ARRAY_SIZE(questions)) {
		int r = is_asked(guide, at) ? questions[at].ask(guide) : 0;
		if (r < 0 || r == PROMPT_E_LEFT)
			return r;
		if (r == 0)
			at++;
		else if (r == GUIDE_E_BACK)
			at = go_back(guide, at);
		else if (r == GUIDE_E_FIRST)
			at = 0;
		else if (r == GUIDE_E_DONE)
			break;
		guide->more = guide->more || r == GUIDE_E_MORE;
		at = r == GUIDE_E_MORE ? FIRST_MORE : at;
	}
	return 0;
}

static void log_left(const struct guide *guide)
{
	char next[SETUP_NEXT_MAX] = "stprov remote run";

	(void)find_next_command(guide, next);
	if (guide->stored)
		log_line("left: the network is set up and stored; continue with `%s`", next);
	else if (guide->changed)
		log_line("left: the network is changed, nothing is stored");
	else
		log_line("left: nothing was changed");
}

int guide_talk(const struct guide_ops *ops, const struct guide_answers *first)
{
	struct guide guide = { .ops = ops, .answers = *first };
	int r = find_links(&guide);

	if (r == 0)
		r = ask_all(&guide);
	if (r < 0)
		log_line("stprov remote: %s", guide.error.text);
	if (r > 0)
		log_left(&guide);
	secret_wipe_bytes(&guide, sizeof(guide));
	return r == 0 ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}
