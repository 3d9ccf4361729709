/* SPDX-License-Identifier: BSD-2-Clause */
/* Help for a table of options: a column of names, a column of words, wrapped. See cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "base/output.h"
#include "base/text.h"

/* One less than a console's 80, so that no console wraps on its own. */
#define COLUMNS ((size_t)79)
/* On a narrower terminal it is one less than that has, but not less than this. */
#define COLUMNS_MIN ((size_t)40)
/* Where the words begin; names that reach it have a line of their own. */
#define WORDS_COLUMN ((size_t)25)
/* Where the sentences of a command begin. */
#define SENTENCES_COLUMN ((size_t)2)
/* Room for a default made printable, with its NUL. */
#define FALLBACK_MAX 512
/* Room for where it is from, and the words around both. */
#define ORIGIN_MAX 96

/* The current line. */
struct line {
	FILE *file;
	size_t width;  /* the widest line */
	size_t column; /* where a wrapped line begins */
	size_t len;
	char text[COLUMNS];
	bool has_words;
};

static struct line line_begin(FILE *file, size_t column)
{
	size_t terminal = output_columns(fileno(file));
	size_t width = terminal > 0 ? MIN(MAX(terminal - 1, COLUMNS_MIN), COLUMNS) : COLUMNS;

	return (struct line){ .file = file, .width = width, .column = column };
}

/* Prints what is there, without blanks at its end; a line of blanks is not printed. */
static void line_end(struct line *line)
{
	while (line->len > 0 && line->text[line->len - 1] == ' ')
		line->len--;
	if (line->len > 0)
		fprintf(line->file, "%.*s\n", (int)line->len, line->text);
	line->len = 0;
	line->has_words = false;
}

static void line_indent(struct line *line, size_t column)
{
	while (line->len < column)
		line->text[line->len++] = ' ';
}

/* Appends text; a word that is longer than a line is broken. */
static void line_put(struct line *line, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (line->len == line->width)
			line_end(line);
		line->text[line->len++] = text[i];
	}
}

/* A word that is too long for its column (the URL of a default) begins further left. */
static void put_word(struct line *line, const char *word, size_t len)
{
	if (line->len + (line->has_words ? 1 : 0) + len > line->width) {
		line_end(line);
		line_indent(line, len > line->width ? 0 : MIN(line->column, line->width - len));
	} else if (line->has_words) {
		line_put(line, " ", 1);
	}
	line_put(line, word, len);
	line->has_words = true;
}

static void put_words(struct line *line, const char *text)
{
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		put_word(line, text, len);
		text += len;
	}
}

static void put_names(struct line *line, const struct cli_option *option)
{
	const char letter[] = { ' ', ' ', '-', option->letter, ',', ' ', '-', '-' };

	line_put(line, option->letter ? letter : "      --", sizeof(letter));
	line_put(line, option->name, strlen(option->name));
	if (option->metavar) {
		line_put(line, " ", 1);
		line_put(line, option->metavar, strlen(option->metavar));
	}
	/* At least two blanks between the columns. */
	if (line->len + 2 > WORDS_COLUMN)
		line_end(line);
	line_indent(line, WORDS_COLUMN);
}

static void put_option(FILE *file, const struct cli_option *option)
{
	struct line line = line_begin(file, WORDS_COLUMN);
	char fallback[FALLBACK_MAX] = "", words[FALLBACK_MAX + ORIGIN_MAX];
	const char *origin;
	const struct cli_outer *outer = cli_outer_of(option, &origin);
	const char *shown = outer ? outer->shown : option->fallback;

	if (shown)
		text_printable(shown, strlen(shown), fallback, sizeof(fallback));
	put_names(&line, option);
	put_words(&line, option->help);
	if (fallback[0]) {
		snprintf(words, sizeof(words), "(default %s%s%s)", fallback, outer ? ", from " : "",
			outer ? origin : "");
		put_words(&line, words);
	}
	line_end(&line);
}

void cli_help_options(FILE *file, const struct cli_option *table)
{
	for (; table->name; table++)
		put_option(file, table);
}

/* The sentences of a command, indented. */
static void put_sentences(FILE *file, const char *text)
{
	struct line line = line_begin(file, SENTENCES_COLUMN);

	line_indent(&line, line.column);
	put_words(&line, text);
	line_end(&line);
}

void cli_help_command(FILE *file, const struct cli_command *command, const char *parent)
{
	fprintf(file, "%s %s %s\n", parent, command->name, command->usage);
	put_sentences(file, command->help);
	cli_help_options(file, command->options);
}

void cli_help_commands(FILE *file, const struct cli_command *const *table, const char *parent)
{
	bool first = true;

	for (; *table; table++) {
		if (!(*table)->run)
			continue;
		if (!first)
			fputc('\n', file);
		first = false;
		cli_help_command(file, *table, parent);
	}
}

void cli_help_overview(FILE *file, const struct cli_command *const *table, const char *parent)
{
	for (; *table; table++) {
		struct line line = line_begin(file, WORDS_COLUMN);
		if (!(*table)->summary)
			continue;
		line_put(&line, "  ", 2);
		line_put(&line, parent, strlen(parent));
		line_put(&line, " ", 1);
		line_put(&line, (*table)->name, strlen((*table)->name));
		line_indent(&line, WORDS_COLUMN);
		put_words(&line, (*table)->summary);
		line_end(&line);
	}
}

int cli_help_word(FILE *file, const struct cli_command *const *table, const char *parent, int argc,
	char **argv, struct error *error)
{
	const struct cli_command *command;

	if (argc <= 0)
		return CLI_E_NO_WORD;
	if (argc > 1)
		return error_set(error, -EINVAL, "trailing arguments: %s", argv[1]);
	int r = cli_command_find(table, argv[0], &command, error);
	if (r < 0)
		return r;
	if (!command->run)
		return CLI_E_NO_WORD;
	cli_help_command(file, command, parent);
	return 0;
}
