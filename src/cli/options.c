/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options from a table, with the syntax of Go's flag package, which the released stprov uses: see
 * cli.h. A possible secret (a text, a list, and a word that looks like a value glued to its option)
 * is never put into an error.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

/* Longest part of a typed word that an error shows, with its NUL. */
#define SHOWN_MAX 64

struct parser {
	const struct cli_option *table;
	void *options;
	int left;
	char **words;
	/* As typed and made printable: the option being parsed, or the last one. */
	char typed[SHOWN_MAX];
	/* The last word was the value of a text or list option. */
	bool after_secret;
	/* `--` was seen. */
	bool ended;
	/* Rows of the table whose option was given. */
	bool seen[CLI_OPTIONS_MAX];
	struct error *error;
};

/* The parts of `-name` or `--name=value`. */
struct word {
	const char *name;
	size_t name_len;
	char *value; /* NULL: none in this word */
};

static bool option_is_named(const struct cli_option *option, const char *name, size_t len)
{
	if (len == 1 && option->letter == name[0])
		return true;
	return strlen(option->name) == len && memcmp(option->name, name, len) == 0;
}

static const struct cli_option *find_option(
	const struct cli_option *table, const char *name, size_t len)
{
	for (; table->name; table++)
		if (option_is_named(table, name, len))
			return table;
	return NULL;
}

/* Where the option's variable is. */
static void *option_variable(void *options, const struct cli_option *option)
{
	return (char *)options + option->offset;
}

static bool may_be_secret(const struct cli_option *option)
{
	return option->type == CLI_TEXT || option->type == CLI_LIST;
}

/*
 * How much of an unknown name may be shown: `-osikrit` is likely `-o` and a password. All of it if
 * no option that may be secret begins it.
 */
static size_t shown_len(const struct cli_option *table, const struct word *word, size_t dashes)
{
	size_t best = 0;

	for (; table->name; table++) {
		size_t len = strlen(table->name);
		if (!may_be_secret(table))
			continue;
		if (len < word->name_len && memcmp(table->name, word->name, len) == 0)
			best = MAX(best, len);
		else if (dashes == 1 && table->letter == word->name[0])
			best = MAX(best, (size_t)1);
	}
	return best > 0 ? best : word->name_len;
}

static int unknown_option(struct parser *p, const char *text, const struct word *word)
{
	static const struct cli_option help = { .letter = 'h', .name = "help" };
	size_t dashes = (size_t)(word->name - text);
	size_t len = shown_len(p->table, word, dashes);

	if (option_is_named(&help, word->name, word->name_len))
		return CLI_E_HELP;
	text_printable(text, dashes + len, p->typed, sizeof(p->typed));
	if (len == word->name_len)
		return error_set(p->error, -EINVAL, "unknown option %s", p->typed);
	return error_set(p->error, -EINVAL,
		"unknown option %s...: put a space or = before the value", p->typed);
}

static int list_add_one(struct cli_list *list, const char *value, size_t len, const char *typed,
	struct error *error)
{
	if (list->n == CLI_LIST_MAX)
		return error_set(error, -EINVAL, "%s: at most %d values", typed, CLI_LIST_MAX);
	char *item = strndup(value, len);
	if (!item)
		return error_set(error, -ENOMEM, "out of memory");
	list->items[list->n++] = item;
	return 0;
}

static int list_add(
	struct cli_list *list, const char *values, const char *typed, struct error *error)
{
	for (;;) {
		size_t len = strcspn(values, ",");
		int r = list_add_one(list, values, len, typed, error);
		if (r < 0 || values[len] == '\0')
			return r;
		values += len + 1;
	}
}

/* @words: with a blank between them. */
static bool is_one_of(const char *text, const char *words)
{
	size_t len = strcspn(text, " ");

	for (const char *word = words; len > 0 && text[len] == '\0' && word;) {
		if (strncmp(word, text, len) == 0 && (word[len] == ' ' || word[len] == '\0'))
			return true;
		word = strchr(word, ' ');
		word += word != NULL;
	}
	return false;
}

static int set_flag_option(struct parser *p, bool *flag, const char *value)
{
	char shown[SHOWN_MAX];

	/* Both in the forms of Go's strconv.ParseBool. */
	if (!value || is_one_of(value, "1 t T true TRUE True")) {
		*flag = true;
		return 0;
	}
	if (is_one_of(value, "0 f F false FALSE False")) {
		*flag = false;
		return 0;
	}
	text_printable(value, strlen(value), shown, sizeof(shown));
	return error_set(
		p->error, -EINVAL, "%s: \"%s\" is neither true nor false", p->typed, shown);
}

static int set_port(struct parser *p, uint16_t *port, const char *value)
{
	char shown[SHOWN_MAX];
	uint64_t number;

	if (cli_parse_number(value, UINT16_MAX, &number) == 0 && number > 0) {
		*port = (uint16_t)number;
		return 0;
	}
	text_printable(value, strlen(value), shown, sizeof(shown));
	return error_set(
		p->error, -EINVAL, "%s: \"%s\" is not a port from 1 to 65535", p->typed, shown);
}

static int set_duration(struct parser *p, int64_t *ms, const char *value)
{
	char shown[SHOWN_MAX];

	if (cli_parse_duration(value, ms) == 0)
		return 0;
	text_printable(value, strlen(value), shown, sizeof(shown));
	return error_set(p->error, -EINVAL,
		"%s: \"%s\" is not a duration like 4s, 500ms or 1m30s, up to 24h", p->typed, shown);
}

static int store_value(struct parser *p, const struct cli_option *option, char *value)
{
	void *variable = option_variable(p->options, option);
	struct cli_list *list;

	switch (option->type) {
	case CLI_FLAG:
		return set_flag_option(p, variable, value);
	case CLI_TEXT:
		/* The variable may be a char * or a const char *. */
		memcpy(variable, &value, sizeof(value));
		return 0;
	case CLI_PORT:
		return set_port(p, variable, value);
	case CLI_LIST:
		list = variable;
		list->given = true;
		return list_add(list, value, p->typed, p->error);
	case CLI_REPEATED:
		list = variable;
		list->given = true;
		return list_add_one(list, value, strlen(value), p->typed, p->error);
	case CLI_DURATION:
		return set_duration(p, variable, value);
	}
	return error_set(p->error, -EINVAL, "%s: unknown type", p->typed);
}

/* The text is in argv, because the option was given. */
static void wipe_text(const void *value)
{
	char *text;

	memcpy(&text, value, sizeof(text));
	secret_wipe_bytes(text, strlen(text));
}

static int parse_option(struct parser *p, char *text)
{
	struct word word = { .name = text + (text[1] == '-' ? 2 : 1) };
	word.name_len = strcspn(word.name, "=");
	if (word.name[word.name_len] == '=')
		word.value = text + (word.name - text) + word.name_len + 1;
	text_printable(
		text, (size_t)(word.name - text) + word.name_len, p->typed, sizeof(p->typed));
	if (word.name_len == 0 || word.name[0] == '-')
		return error_set(p->error, -EINVAL, "malformed option %s%s", p->typed,
			word.name_len == 0 ? "=" : "");

	const struct cli_option *option = find_option(p->table, word.name, word.name_len);
	if (!option)
		return unknown_option(p, text, &word);
	if (option->type != CLI_FLAG && !word.value) {
		if (p->left == 0)
			return error_set(p->error, -EINVAL, "%s: a value is missing", p->typed);
		word.value = *p->words++;
		p->left--;
	}
	p->after_secret = may_be_secret(option);
	if (option->given)
		*(bool *)((char *)p->options + option->given) = true;
	/* The last one counts; the one before may be a secret, and is not kept for a later wipe. */
	assert(option - p->table < CLI_OPTIONS_MAX);
	bool *seen = &p->seen[option - p->table];
	if (option->type == CLI_TEXT && *seen)
		wipe_text(option_variable(p->options, option));
	*seen = true;
	return store_value(p, option, word.value);
}

/*
 * Trailing words may be the rest of a password with blanks, or options with passwords: only a first
 * word that is neither is shown.
 */
static int trailing_arguments(const struct parser *p)
{
	char shown[SHOWN_MAX];
	const char *plural = p->left > 1 ? "s" : "";

	if (p->ended)
		return error_set(p->error, -EINVAL, "trailing arguments: %d word%s after --",
			p->left, plural);
	if (p->after_secret)
		return error_set(p->error, -EINVAL,
			"trailing arguments: %d word%s after the value of %s", p->left, plural,
			p->typed);
	text_printable(p->words[0], strlen(p->words[0]), shown, sizeof(shown));
	if (p->left == 1)
		return error_set(p->error, -EINVAL, "trailing arguments: %s",
			shown[0] ? shown : "an empty word");
	return error_set(p->error, -EINVAL, "trailing arguments: %s and %d more",
		shown[0] ? shown : "an empty word", p->left - 1);
}

/* --- outer defaults --- */

static const struct cli_outer *outer_list;
static const char *outer_origin;

void cli_set_outer(const struct cli_outer *list, const char *origin)
{
	outer_list = list;
	outer_origin = origin;
}

static const struct cli_outer *find_outer(const char *option)
{
	for (const struct cli_outer *outer = outer_list; outer && outer->option; outer++)
		if (strcmp(outer->option, option) == 0)
			return outer;
	return NULL;
}

const char *cli_outer_value(const char *option)
{
	const struct cli_outer *outer = find_outer(option);

	return outer ? outer->value : NULL;
}

const char *cli_outer_or(const char *option, const char *compiled_in)
{
	const char *value = cli_outer_value(option);

	return value ? value : compiled_in;
}

const struct cli_outer *cli_outer_of(const struct cli_option *option, const char **ret_origin)
{
	*ret_origin = outer_origin;
	return option->outer ? find_outer(option->name) : NULL;
}

/* Whether it was typed, or one that stands for it. */
static bool is_set_aside(const struct parser *p, const struct cli_outer *outer)
{
	for (size_t i = 0; p->table[i].name; i++) {
		const char *name = p->table[i].name;
		if (p->seen[i] && (strcmp(name, outer->option) == 0 ||
					  (outer->instead && is_one_of(name, outer->instead))))
			return true;
	}
	return false;
}

static int fill_outer(struct parser *p)
{
	const char *origin;

	for (const struct cli_option *option = p->table; option->name; option++) {
		const struct cli_outer *outer = cli_outer_of(option, &origin);
		if (!outer || is_set_aside(p, outer))
			continue;
		snprintf(p->typed, sizeof(p->typed), "%s", option->name);
		int r = store_value(p, option, outer->value);
		if (r < 0)
			return error_prefix(p->error, r, "%s", origin);
	}
	return 0;
}

/* The defaults of lists that were not given; an empty default has no values. */
static int fill_lists(const struct parser *p)
{
	for (const struct cli_option *table = p->table; table->name; table++) {
		struct cli_list *list = option_variable(p->options, table);
		if (table->type != CLI_LIST || !table->fallback || !table->fallback[0] ||
			list->given)
			continue;
		int r = list_add(list, table->fallback, table->name, p->error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What was not typed. */
static int fill_defaults(struct parser *p)
{
	int r = fill_outer(p);

	return r < 0 ? r : fill_lists(p);
}

/* The options; what follows them is left in the parser. */
static int parse_options(struct parser *p)
{
	/* "-" alone is not an option: it is a value, or left over. */
	while (p->left > 0 && p->words[0][0] == '-' && p->words[0][1] != '\0') {
		char *text = *p->words++;
		p->left--;
		p->ended = strcmp(text, "--") == 0;
		if (p->ended)
			break;
		int r = parse_option(p, text);
		if (r != 0)
			return r;
	}
	return 0;
}

int cli_parse(
	const struct cli_option *table, void *options, int argc, char **argv, struct error *error)
{
	struct parser p = {
		.table = table, .options = options, .left = argc, .words = argv, .error = error
	};
	int r = parse_options(&p);

	if (r != 0)
		return r;
	return p.left > 0 ? trailing_arguments(&p) : fill_defaults(&p);
}

int cli_parse_arguments(const struct cli_option *table, void *options, int argc, char **argv,
	const char *metavar, const char **ret_argument, const char **ret_more, struct error *error)
{
	struct parser p = {
		.table = table, .options = options, .left = argc, .words = argv, .error = error
	};
	const char *words[2] = { NULL, NULL };
	size_t n = 0, max = ret_more ? 2 : 1;
	int r;

	for (;;) {
		r = p.ended ? 0 : parse_options(&p);
		if (r != 0)
			return r;
		if (p.left == 0 || n == max)
			break;
		words[n++] = *p.words++;
		p.left--;
	}
	if (n == 0)
		return error_set(error, -EINVAL, "%s is missing", metavar);
	r = p.left > 0 ? trailing_arguments(&p) : fill_defaults(&p);
	if (r < 0)
		return r;
	*ret_argument = words[0];
	if (ret_more)
		*ret_more = words[1];
	return 0;
}

void cli_options_deinit(const struct cli_option *table, void *options)
{
	for (; table->name; table++) {
		struct cli_list *list = option_variable(options, table);
		if (table->type != CLI_LIST && table->type != CLI_REPEATED)
			continue;
		for (size_t i = 0; i < list->n; i++) {
			secret_wipe_bytes(list->items[i], strlen(list->items[i]));
			free(list->items[i]);
		}
		*list = (struct cli_list){ .n = 0 };
	}
}
