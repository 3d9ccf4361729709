/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that the guide's answers come to, as words and as a text: see guide_answers.h. */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "config.h"
#include "remote/guide_answers.h"
#include "setup/plan.h"

/* A continued row ends in ` \`, and still fits. */
#define ROW_COLUMNS 77
#define ROW_FIRST "  stprov remote"
#define ROW_END " \\\n"
#define ROW_BREAK ROW_END "      "
/* What needs no quotes in a shell. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
/* A quote of a quoted word, as a shell wants it, without a backslash. */
#define QUOTED_QUOTE "'\"'\"'"
/* What -u and -p replace in a URL. */
#define CREDENTIALS "user:password@"

static void add_word(struct guide_command *command, const char *option, const char *value)
{
	assert(command->n + 2 <= GUIDE_WORDS_MAX);
	command->words[command->n++] = option;
	if (value)
		command->words[command->n++] = value;
}

static void add_directories(struct guide_command *command, const struct guide_answers *answers)
{
	if (answers->store.store)
		add_word(command, "-S", answers->store.store);
	if (answers->store.efivars)
		add_word(command, "-E", answers->store.efivars);
	if (answers->trust_policy)
		add_word(command, "-T", answers->trust_policy);
}

/* The URLs; a user or password that was answered needs a place in each of them. */
static void format_urls(const struct guide_answers *answers, char out[GUIDE_URLS_MAX])
{
	bool replaced = answers->user[0] || answers->password[0];
	const char *url = answers->urls;
	size_t n = 0;

	out[0] = '\0';
	/* An empty one is kept: the check refuses it. */
	for (bool last = !*url; !last; url++) {
		int len = (int)strcspn(url, ",");
		const char *host = strstr(url, "://");
		int scheme = host && host < url + len ? (int)(host - url) + 3 : 0;
		bool has_user = memchr(url, '@', (size_t)len) != NULL;
		n += (size_t)snprintf(out + n, GUIDE_URLS_MAX - n, "%.*s%s%.*s", scheme, url,
			replaced && !has_user && scheme > 0 ? CREDENTIALS : "", len - scheme,
			url + scheme);
		url += len;
		last = !*url;
		if (!last)
			out[n++] = ',';
		assert(n < GUIDE_URLS_MAX);
	}
	out[n] = '\0';
}

static void add_addresses(struct guide_command *command, const struct guide_answers *answers)
{
	struct net_addr usual;

	net_prefix_format(&answers->address, command->address);
	add_word(command, "-i", command->address);
	if (answers->gateway.family == 0 ||
		(setup_default_gateway(&answers->address, false, &usual) == 0 &&
			net_addr_equal(&usual, &answers->gateway)))
		return;
	net_addr_format(&answers->gateway, command->gateway);
	add_word(command, "-g", command->gateway);
}

static void add_links(struct guide_command *command, const struct guide_answers *answers)
{
	if (answers->bond_auto)
		add_word(command, "-B", NULL);
	else if (answers->links[0])
		add_word(command, strchr(answers->links, ',') ? "-b" : "-I", answers->links);
	else if (answers->any_link)
		add_word(command, "-A", NULL);
	if (guide_has_bond(answers) && answers->bonding_mode[0])
		add_word(command, "-M", answers->bonding_mode);
}

void guide_network_command(const struct guide_answers *answers, struct guide_command *ret)
{
	memset(ret, 0, sizeof(*ret));
	add_word(ret, answers->dhcp ? "dhcp" : "static", NULL);
	if (!answers->dhcp)
		add_addresses(ret, answers);
	if (answers->host[0])
		add_word(ret, strchr(answers->host, '.') ? "-H" : "-h", answers->host);
	format_urls(answers, ret->urls);
	if (ret->urls[0])
		add_word(ret, "-r", ret->urls);
	if (answers->user[0])
		add_word(ret, "-u", answers->user);
	if (answers->password[0])
		add_word(ret, "-p", answers->password);
	if (answers->dns[0])
		add_word(ret, "-d", answers->dns);
	add_links(ret, answers);
	if (answers->force)
		add_word(ret, "-f", NULL);
	add_directories(ret, answers);
}

void guide_run_command(const struct guide_answers *answers, struct guide_command *ret)
{
	memset(ret, 0, sizeof(*ret));
	add_word(ret, "run", NULL);
	/* By default it listens on IPv4 alone. */
	if (strchr(answers->allow, ':'))
		add_word(ret, "-i", "::");
	if (answers->allow[0])
		add_word(ret, "-a", answers->allow);
	if (answers->seal)
		add_word(ret, "--require-seal", NULL);
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

/* An option without value, as -B, is followed by another one. */
static bool has_value(const struct guide_command *command, size_t i)
{
	return command->words[i][0] == '-' && i + 1 < command->n && command->words[i + 1][0] != '-';
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
		const char *value = has_value(command, i) ? command->words[++i] : NULL;
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
