/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: commands by unambiguous prefix, options from a table, values and their
 * checks, and help made from the same table.
 *
 * Option syntax (man/stprov.1): one or two dashes are the same; `-A val` and `-A=val` are the
 * same; booleans take no value, or `=true` / `=false`; a list may be repeated and may hold
 * commas, and its first use replaces the default; `--` or the first word that is no option ends
 * the options, and what is left over is an error, but for the one word of a command that takes
 * one (cli_parse_argument()).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* Exit codes of the program. */
enum {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1,
	CLI_EXIT_USAGE = 2,
	CLI_EXIT_NOT_PROVISIONED = 3, /* `remote status`: the answer is no */
};

/* A command of a table that ends with a row without name. */
struct cli_command {
	const char *name;
	/* Runs it with what follows the command's name; returns the exit code. */
	int (*run)(int argc, char **argv);
	/*
	 * The shortest prefix that stands for it, in characters; 0: any. For a command that came
	 * later and whose first letters have long meant another one: they go on to do so, and are
	 * not ambiguous.
	 */
	size_t prefix_min;
};

/*
 * Finds a command by name or unambiguous prefix (of prefix_min characters at least). -EINVAL with
 * one line (`unknown command "foo": one of help, run`; `"r" is ambiguous: ...`), the word made
 * printable. No word is -EINVAL too (`a command is needed: one of ...`).
 */
int cli_command_find(const struct cli_command *table, const char *word,
	const struct cli_command **ret, struct error *error) MUST_CHECK;

/* Whether the word in a command's place is `--help`, `-help`, `-h` or `--h`. */
bool cli_asks_for_help(const char *word);

/* The most options of a table. */
#define CLI_OPTIONS_MAX 64
/* The most values one list option takes. */
#define CLI_LIST_MAX 64

struct cli_list {
	char *items[CLI_LIST_MAX]; /* owned */
	size_t n;
	bool given; /* by the operator; otherwise the default's items are here */
};

enum cli_type {
	CLI_FLAG,     /* bool */
	CLI_TEXT,     /* const char * or char *, borrowed from argv */
	CLI_PORT,     /* uint16_t, 1 to 65535 */
	CLI_LIST,     /* struct cli_list */
	CLI_DURATION, /* int64_t, milliseconds; Go duration text: 4s, 500ms, 1m30s; not negative */
};

/*
 * One option. @name and @letter are the same option. @value points to a variable of the type
 * above, which holds the default (CLI_LIST: @fallback is its default, commas and all).
 */
struct cli_option {
	char letter; /* 0: none */
	const char *name;
	enum cli_type type;
	void *value;
	const char *metavar;  /* for help: `IP`; NULL for flags */
	const char *fallback; /* for help, and the default of a list; NULL: none */
	const char *help;     /* one sentence, no dot at its end; wrapped to 80 columns by help */
	bool *given;          /* set when the option was used; may be NULL */
};

/* Positive results of cli_parse(). */
enum {
	CLI_E_HELP = 1, /* --help (or -h where that is no option of the table) */
};

/*
 * Parses all of @argv (without the command's name) against a table that ends with a row without
 * name. Values are checked as their types demand. -EINVAL with one line that names the option
 * as it was typed: unknown option, missing value, malformed value, trailing arguments. A value
 * that may be a secret is never repeated: only CLI_PORT, CLI_DURATION and flags show their
 * malformed value. After an error the variables may hold some of the values.
 */
int cli_parse(
	const struct cli_option *table, int argc, char **argv, struct error *error) MUST_CHECK;

/*
 * The same for a command that takes one word behind its options, which may be `-`. Without it
 * the error is `FILE is missing`, after @metavar; a second word is `trailing arguments`.
 * @ret_argument: borrowed from argv.
 */
int cli_parse_argument(const struct cli_option *table, int argc, char **argv, const char *metavar,
	const char **ret_argument, struct error *error) MUST_CHECK;

/* A command with options, from its words to its exit code. */
struct cli_call {
	const struct cli_option *table;
	/* Of the one word behind the options, and where it goes; NULL: the command takes none. */
	const char *metavar;
	const char **argument;
	/* Prints its help on stdout. */
	void (*help)(void);
	/* Runs it with @options, of which the table's variables are part; returns the exit code. */
	int (*run)(void *options, struct error *error);
	void *options;
};

/*
 * Parses, then helps or runs, and wipes the lists of the table; returns the exit code. If that is
 * not CLI_EXIT_OK, the error's text is for the caller to print.
 */
int cli_run(const struct cli_call *call, int argc, char **argv, struct error *error) MUST_CHECK;

/* Wipes and frees the lists of a table. */
void cli_options_deinit(const struct cli_option *table);

/* Prints the options of a table: less than 80 columns, ASCII. */
void cli_help_options(FILE *file, const struct cli_option *table);

/* The longest duration: 24 hours. */
#define CLI_DURATION_MAX_MS (24 * 3600 * INT64_C(1000))

/*
 * Milliseconds of a Go duration (time.ParseDuration): units ns, us, ms, s, m, h, fractions
 * allowed; "0" alone is allowed. Parts of a millisecond are dropped. -EINVAL if it is none,
 * has a minus sign, or is over CLI_DURATION_MAX_MS.
 */
int cli_parse_duration(const char *text, int64_t *ret_ms) MUST_CHECK;
