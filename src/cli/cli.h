/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: commands by unambiguous prefix, options from a table, values and their
 * checks, and help made from the same table.
 *
 * Option syntax (man/stprov.1): one or two dashes are the same; `-A val` and `-A=val` are the
 * same; booleans take no value, or `=true` / `=false`; a list may be repeated and may hold
 * commas, and its first use replaces the default; `--` ends the options. A word
 * that is not an option is an error, and ends the options of a command without arguments; a command
 * with one or two has its options before, between and after them (cli_parse_arguments()).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* Exit codes of the program. */
enum {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1,
	CLI_EXIT_USAGE = 2,
	CLI_EXIT_NOT_PROVISIONED = 3, /* `remote status`: not fully provisioned */
	/* For callers in this program: it failed after the network was changed, or, after that,
	 * because the check of the OS package URLs failed. */
	CLI_EXIT_CHANGED = 0x100 | CLI_EXIT_FAILED,
	CLI_EXIT_URLS = 0x200 | CLI_EXIT_FAILED,
};

/* What the program itself exits with. */
#define CLI_EXIT_CODE(code) ((code)&0xff)

/* The most options of a table. */
#define CLI_OPTIONS_MAX 64
/* Maximum number of values of a list option. */
#define CLI_LIST_MAX 64

struct cli_list {
	char *items[CLI_LIST_MAX]; /* owned */
	size_t n;
	bool given; /* by the operator; otherwise these are the items of the default */
};

enum cli_type {
	CLI_FLAG,     /* bool */
	CLI_TEXT,     /* const char * or char *, borrowed from argv */
	CLI_PORT,     /* uint16_t, 1 to 65535 */
	CLI_LIST,     /* struct cli_list */
	CLI_REPEATED, /* struct cli_list, of which each use of the option gives one item, commas and
			 all */
	CLI_DURATION, /* int64_t, milliseconds; Go duration text: 4s, 500ms, 1m30s; not negative */
};

/*
 * One option. @name and @letter are the same option. @offset is that of a variable of the type
 * above in the command's struct of options, which holds the default (CLI_LIST: @fallback is its
 * default, commas and all).
 */
struct cli_option {
	char letter; /* 0: none */
	const char *name;
	enum cli_type type;
	size_t offset;
	const char *metavar;  /* for help: `IP`; NULL for flags */
	const char *fallback; /* for help, and the default of a list; NULL: none */
	const char *help;     /* one sentence, no dot at its end; wrapped to 80 columns by help */
	/* Offset of a bool that is set when the option was used; 0: none, so it is not the first
	 * member of the struct. */
	size_t given;
	/* Whether cli_set_outer() may give it another default. */
	bool outer;
};

/*
 * A default that is not compiled in. It comes after the option and before the default of the table.
 */
struct cli_outer {
	const char *option; /* the option's name; NULL ends a list */
	char *value;        /* as it would be typed; it has been checked */
	const char *shown;  /* the same for help: without passwords */
	/* Options that set it aside when one of them was typed, as `mac bonding`; NULL: none. */
	const char *instead;
};

/*
 * The outer defaults of this process, for each option of that name whose row has `outer`. @list and
 * its texts, and @origin, where it is from in words (`the boot medium, not signed`), are borrowed
 * for as long as the process lives. NULL: there are none, as at first.
 */
void cli_set_outer(const struct cli_outer *list, const char *origin);
/* The outer default of an option; NULL: there is none. */
const char *cli_outer_value(const char *option);
/* The outer default of an option, or that which is compiled in. */
const char *cli_outer_or(const char *option, const char *compiled_in);

/*
 * A command: its row, in which is what it is called, what its help says and what it does. A table
 * is an array of pointers to rows, and ends with NULL.
 */
struct cli_command {
	const char *name;
	/* Does all with what follows the name; returns the exit code. NULL: @run does it. */
	int (*main)(int argc, char **argv);
	/*
	 * The shortest prefix that means it, in characters; 0: any. For a command that was added
	 * when shorter prefixes already meant another one: they keep their meaning.
	 */
	size_t prefix_min;

	/* The rest is for commands with @run. */
	const char *summary;              /* what it does, in a few words, for an overview */
	const char *usage;                /* what follows the name: `-i CIDR [options]` */
	const char *help;                 /* what it does, in sentences; wrapped by help */
	const struct cli_option *options; /* a table that ends with a row without name */
	/* The one word after the options, and the offset of its const char *; NULL: none. */
	const char *metavar;
	size_t argument;
	/* It may be followed by another word, whose const char * is at @more; 0: not so. */
	size_t more;
	/*
	 * The offset of its char **, for the words after the first `--`, which are not looked at:
	 * borrowed, at least one, and NULL at the end. 0: not so. @rest_name: what they are.
	 */
	size_t rest;
	const char *rest_name;
	/* A struct of options with the defaults, and its size. */
	const void *defaults;
	size_t size;
	/* Runs it with a copy of the struct; returns the exit code. */
	int (*run)(void *options, struct error *error);
};

/*
 * Finds a command by name or unambiguous prefix (of prefix_min characters at least). -EINVAL with
 * one line (`unknown command "foo": one of help, run`; `"r" is ambiguous: ...`), the word made
 * printable. No word is -EINVAL too (`a command is needed: one of ...`).
 */
int cli_command_find(const struct cli_command *const *table, const char *word,
	const struct cli_command **ret, struct error *error) MUST_CHECK;

/* Whether the word in a command's place is `--help`, `-help`, `-h` or `--h`. */
bool cli_asks_for_help(const char *word);

/* Positive results of cli_parse(). */
enum {
	CLI_E_HELP = 1, /* --help (or -h where the table has no such option) */
};

/*
 * Parses all of @argv (without the command's name) against a table that ends with a row without
 * name, into the struct @options. Values are checked as their types demand. -EINVAL with one line
 * that names the option as it was typed: unknown option, missing value, malformed value, trailing
 * arguments. A value that may be a secret is never repeated: only CLI_PORT, CLI_DURATION and flags
 * show their malformed value. Outer defaults take the place of what was not typed. After an error
 * the variables may hold some of the values. The caller calls cli_options_deinit() in either case.
 */
int cli_parse(const struct cli_option *table, void *options, int argc, char **argv,
	struct error *error) MUST_CHECK;

/*
 * The same for a command that takes one word among its options, which may be `-`. Without it the
 * error is `FILE is missing`, after @metavar. @ret_more: NULL if it takes one word only; otherwise
 * a second word is allowed, and *ret_more is NULL without it. Further words are `trailing
 * arguments`. Both are borrowed from argv.
 */
int cli_parse_arguments(const struct cli_option *table, void *options, int argc, char **argv,
	const char *metavar, const char **ret_argument, const char **ret_more,
	struct error *error) MUST_CHECK;

/*
 * A command with @run: parses, then prints its help into @help or runs it, and wipes the lists;
 * returns the exit code. CLI_EXIT_FAILED, CLI_EXIT_CHANGED, CLI_EXIT_URLS and CLI_EXIT_USAGE have
 * their text in @error, for the caller to print. @parent: as for cli_help_command().
 */
int cli_command_run(const struct cli_command *command, const char *parent, int argc, char **argv,
	FILE *help, struct error *error) MUST_CHECK;

/* For help: the outer default of a row, and where it is from. NULL: it has none. */
const struct cli_outer *cli_outer_of(const struct cli_option *option, const char **ret_origin);

/* Wipes and frees the lists of a table. */
void cli_options_deinit(const struct cli_option *table, void *options);

/*
 * Help is less than 80 columns wide, and ASCII: the options of a table; a command with @run, from
 * its row; all of these of a table, with empty lines between. @parent: what is typed before the
 * command's name, `stprov remote`.
 */
void cli_help_options(FILE *file, const struct cli_option *table);
void cli_help_command(FILE *file, const struct cli_command *command, const char *parent);
void cli_help_commands(FILE *file, const struct cli_command *const *table, const char *parent);
/* One line for each of these with a summary: `  stprov remote dhcp     what it does`. */
void cli_help_overview(FILE *file, const struct cli_command *const *table, const char *parent);

/* Positive result of cli_help_word(). */
enum {
	CLI_E_NO_WORD = 1, /* there is none, or it names a command without a row of its own: an
			    * overview is wanted */
};

/*
 * `help` with what follows it: prints the help of the one command that is named. 0; CLI_E_NO_WORD;
 * -EINVAL with one line for an unknown command or a second word.
 */
int cli_help_word(FILE *file, const struct cli_command *const *table, const char *parent, int argc,
	char **argv, struct error *error) MUST_CHECK;

/*
 * A number as Go's strconv.ParseUint takes it with base 0: decimal; hexadecimal after 0x; octal
 * after 0o or 0; binary after 0b; `_` between digits. Digits after a zero that are not octal make a
 * decimal number: 02009 is 2009, as an operator means it. -EINVAL if it is none, or more than
 * @max.
 */
int cli_parse_number(const char *text, uint64_t max, uint64_t *ret) MUST_CHECK;

/* The longest duration: 24 hours. */
#define CLI_DURATION_MAX_MS (24 * 3600 * INT64_C(1000))

/*
 * Milliseconds of a Go duration (time.ParseDuration): units ns, us, ms, s, m, h, fractions
 * allowed; "0" alone is allowed. Parts of a millisecond are dropped. -EINVAL if it is not one,
 * has a minus sign, or is over CLI_DURATION_MAX_MS.
 */
int cli_parse_duration(const char *text, int64_t *ret_ms) MUST_CHECK;
