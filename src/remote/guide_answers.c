/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guide was answered: see guide_answers.h. */
#include "remote/guide_answers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "hostcfg/url.h"
#include "net/allow.h"
#include "remote/run.h"
#include "setup/command.h"

/* A continued row ends in ` \`, and still fits. */
#define ROW_COLUMNS 77
#define ROW_FIRST "  stprov remote"
#define ROW_END " \\\n"
#define ROW_BREAK ROW_END "      "
/* What needs no quotes in a shell. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
/* Between networks. */
#define SEPARATORS ", "
/* A quote of a quoted word, as a shell wants it, without a backslash. */
#define QUOTED_QUOTE "'\"'\"'"

/* A value as it may be shown. */
struct shown {
	char text[80 * TEXT_PRINTABLE_GROWTH];
};

static const char *show_typed(struct shown *shown, const char *text)
{
	text_printable(text, strlen(text), shown->text, sizeof(shown->text));
	return shown->text;
}

/* --- commands --- */

static void add_word(struct guide_command *command, const char *option, const char *value)
{
	assert(command->n + 2 <= GUIDE_WORDS_MAX);
	command->words[command->n++] = option;
	if (value)
		command->words[command->n++] = value;
}

static void add_directories(struct guide_command *command, const struct guide_answers *answers)
{
	if (answers->efivars)
		add_word(command, "-E", answers->efivars);
	if (answers->trust_policy)
		add_word(command, "-T", answers->trust_policy);
}

void guide_network_command(const struct guide_answers *answers, struct guide_command *ret)
{
	struct net_addr usual;

	memset(ret, 0, sizeof(*ret));
	add_word(ret, answers->dhcp ? "dhcp" : "static", NULL);
	if (!answers->dhcp) {
		net_prefix_format(&answers->address, ret->address);
		add_word(ret, "-i", ret->address);
	}
	if (!answers->dhcp && answers->gateway.family != 0 &&
		(setup_default_gateway(&answers->address, false, &usual) < 0 ||
			!net_addr_equal(&usual, &answers->gateway))) {
		net_addr_format(&answers->gateway, ret->gateway);
		add_word(ret, "-g", ret->gateway);
	}
	if (answers->host[0])
		add_word(ret, strchr(answers->host, '.') ? "-H" : "-h", answers->host);
	if (answers->urls[0])
		add_word(ret, "-r", answers->urls);
	add_directories(ret, answers);
}

void guide_run_command(const struct guide_answers *answers, struct guide_command *ret)
{
	memset(ret, 0, sizeof(*ret));
	add_word(ret, "run", NULL);
	if (answers->allow[0])
		add_word(ret, "-a", answers->allow);
	add_directories(ret, answers);
}

char **guide_argv(const struct guide_command *command)
{
	char **argv = calloc(command->n + 1, sizeof(*argv));

	for (size_t i = 0; argv && i < command->n; i++) {
		argv[i] = strdup(command->words[i]);
		if (!argv[i])
			guide_argv_free(&argv);
	}
	return argv;
}

void guide_argv_free(char ***argv)
{
	for (char **word = *argv; word && *word; word++) {
		secret_wipe_bytes(*word, strlen(*word));
		free(*word);
	}
	free(*argv);
	*argv = NULL;
}

static bool is_plain(const char *word)
{
	return word[0] && strspn(word, PLAIN) == strlen(word);
}

static size_t quoted_len(const char *word)
{
	size_t len = strlen(word);

	if (is_plain(word))
		return len;
	for (; *word; word++)
		len += *word == '\'' ? strlen(QUOTED_QUOTE) - 1 : 0;
	return len + 2;
}

static char *put_quoted(char *out, const char *word)
{
	if (is_plain(word))
		return stpcpy(out, word);
	*out++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			out = stpcpy(out, QUOTED_QUOTE);
		else
			*out++ = *word;
	}
	return stpcpy(out, "'");
}

char *guide_format_command(const struct guide_command *command)
{
	size_t room = sizeof(ROW_FIRST "\n");

	for (size_t i = 0; i < command->n; i++)
		room += strlen(ROW_BREAK) + quoted_len(command->words[i]);
	char *text = malloc(room);
	if (!text)
		return NULL;
	char *out = stpcpy(text, ROW_FIRST), *row = text;
	for (size_t i = 0; i < command->n; i++) {
		const char *word = command->words[i];
		const char *value =
			word[0] == '-' && i + 1 < command->n ? command->words[++i] : NULL;
		size_t len = 1 + quoted_len(word) + (value ? 1 + quoted_len(value) : 0);
		bool fits = (size_t)(out - row) + len <= ROW_COLUMNS;
		out = stpcpy(out, fits ? " " : ROW_BREAK);
		row = fits ? row : out - strlen(ROW_BREAK) + strlen(ROW_END);
		out = put_quoted(out, word);
		if (value)
			out = put_quoted(stpcpy(out, " "), value);
	}
	stpcpy(out, "\n");
	return text;
}

/* --- answers --- */

/* The plan that the commands would make of it. */
static int make_plan(
	const struct guide_answers *answers, struct setup_plan *ret, struct error *error)
{
	struct guide_command command;

	guide_network_command(answers, &command);
	_cleanup_guide_argv_ char **argv = guide_argv(&command);
	if (!argv)
		return error_set_errno(error, -ENOMEM, "command");
	return setup_check(answers->dhcp, (int)command.n - 1, argv + 1, ret, error);
}

/* Takes over what was tried, if it is right. */
static int keep_if_good(
	struct guide_answers *answers, const struct guide_answers *tried, struct error *error)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	int r = make_plan(tried, &plan, error);

	if (r == 0)
		*answers = *tried;
	return r;
}

int guide_take_address(struct guide_answers *answers, const char *text, struct error *error)
{
	struct net_prefix address;
	struct net_addr addr;
	struct shown shown;

	if (net_addr_parse(text, &addr) == 0)
		return error_set(error, -EINVAL,
			"the length of the network's prefix is missing, as in %s %s",
			show_typed(&shown, text), addr.family == 4 ? "24" : "64");
	if (net_prefix_parse_typed(text, &address) < 0)
		return error_set(error, -EINVAL, "\"%s\" is not an address with a prefix length",
			show_typed(&shown, text));
	/* Another network has another gateway. */
	if (address.len != answers->address.len ||
		!net_addr_equal(&address.addr, &answers->address.addr))
		answers->gateway.family = 0;
	answers->address = address;
	return 0;
}

bool guide_propose_gateway(const struct guide_answers *answers, struct net_addr *ret)
{
	const struct net_prefix *host = &answers->address;

	if (answers->gateway.family != 0) {
		*ret = answers->gateway;
		return true;
	}
	for (int last = 0; last <= 1; last++)
		if (setup_default_gateway(host, last, ret) == 0 && net_prefix_contains(host, ret) &&
			!net_addr_equal(ret, &host->addr))
			return true;
	/* A link of two has no network address (RFC 3021): this is the other end. */
	*ret = net_prefix_network(host).addr;
	return net_addr_bits(ret) - host->len == 1;
}

int guide_take_gateway(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;
	struct shown shown;

	if (net_addr_parse(text, &tried.gateway) < 0)
		return error_set(
			error, -EINVAL, "\"%s\" is not an address", show_typed(&shown, text));
	return keep_if_good(answers, &tried, error);
}

int guide_take_host(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;

	if (strlen(text) >= sizeof(tried.host))
		return error_set(error, -EINVAL, "a host name has at most %d characters",
			NET_HOSTNAME_MAX - 1);
	snprintf(tried.host, sizeof(tried.host), "%s", text);
	return keep_if_good(answers, &tried, error);
}

void guide_format_host(const struct guide_answers *answers, char out[NET_HOSTNAME_MAX])
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct error ignored;

	snprintf(out, NET_HOSTNAME_MAX, "%s", answers->host);
	if (make_plan(answers, &plan, &ignored) == 0)
		memcpy(out, plan.hostname, sizeof(plan.hostname));
}

int guide_take_urls(struct guide_answers *answers, const char *text, struct error *error)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct guide_answers tried = *answers;
	struct url url;

	snprintf(tried.urls, sizeof(tried.urls), "%s", text);
	int r = make_plan(&tried, &plan, error);
	/* The command would find that out only when it is about to ask the server. */
	for (size_t i = 0; r == 0 && i < plan.urls_n; i++) {
		r = url_parse(plan.urls[i], &url, error);
		if (r == 0)
			url_deinit(&url);
	}
	if (r == 0)
		*answers = tried;
	return r;
}

/* --- networks that may connect --- */

/*
 * The next network of a list at *@rest, in its canonical form where it is one: the check says what
 * is wrong with another. False: there is none.
 */
static bool next_network(char **rest, char out[PROMPT_ANSWER_MAX])
{
	struct net_prefix prefix;
	char *word = *rest + strspn(*rest, SEPARATORS);
	char *end = word + strcspn(word, SEPARATORS);
	/* `10.0.2.0 24` is one network. */
	char *length = end + strspn(end, " ");
	size_t digits = strspn(length, "0123456789");

	if (digits > 0 && (length[digits] == '\0' || strchr(SEPARATORS, length[digits])))
		end = length + digits;
	snprintf(out, PROMPT_ANSWER_MAX, "%.*s", (int)(end - word), word);
	*rest = end;
	if (net_prefix_parse_typed(out, &prefix) == 0)
		net_prefix_format(&prefix, out);
	return word[0] != '\0';
}

int guide_take_allow(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;
	struct guide_command command;
	char copy[PROMPT_ANSWER_MAX], network[PROMPT_ANSWER_MAX];
	char *rest = copy, *out = tried.allow;

	snprintf(copy, sizeof(copy), "%s", text);
	out[0] = '\0';
	while (next_network(&rest, network)) {
		if ((size_t)(out - tried.allow) + strlen(network) + 2 > sizeof(tried.allow))
			return error_set(error, -EINVAL, "too many networks");
		out += sprintf(out, "%s%s", out > tried.allow ? "," : "", network);
	}
	if (out == tried.allow)
		return error_set(error, -EINVAL, "the answer names no network");
	guide_run_command(&tried, &command);
	_cleanup_guide_argv_ char **argv = guide_argv(&command);
	if (!argv)
		return error_set_errno(error, -ENOMEM, "command");
	int r = remote_run_check((int)command.n - 1, argv + 1, error);
	if (r == 0)
		*answers = tried;
	return r;
}

bool guide_is_loopback_only(const char *networks)
{
	static const struct net_prefix loopback[] = {
		{ .addr = { .family = 4, .bytes = { 127 } }, .len = 8 },
		{ .addr = { .family = 6, .bytes = { [15] = 1 } }, .len = 128 },
	};
	struct net_allow allow = { .n = 0 };
	char copy[PROMPT_ANSWER_MAX], network[PROMPT_ANSWER_MAX];
	struct error ignored;
	char *rest = copy;
	size_t inside = 0;

	snprintf(copy, sizeof(copy), "%s", networks);
	while (next_network(&rest, network))
		(void)!net_allow_add(&allow, network, &ignored);
	for (size_t i = 0; i < allow.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(loopback); k++)
			inside += allow.items[i].len >= loopback[k].len &&
				  net_prefix_contains(&loopback[k], &allow.items[i].addr);
	return inside == allow.n;
}
