/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands by unambiguous prefix, as with ip(8): see cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Longest list of command names in an error. */
#define NAMES_MAX 128
/* The part of an unknown word that is shown, with its NUL. */
#define WORD_SHOWN_MAX 48

static bool may_mean(const struct cli_command *row, const char *word, size_t len)
{
	return len >= row->prefix_min && strncmp(row->name, word, len) == 0;
}

/* The names that @prefix may mean, as `one, two`; without one, all. */
static void list_command_names(
	const struct cli_command *const *table, const char *prefix, char out[NAMES_MAX])
{
	size_t n = 0, len = prefix ? strlen(prefix) : 0;

	out[0] = '\0';
	for (; *table && n < NAMES_MAX; table++)
		if (!prefix || may_mean(*table, prefix, len))
			n += (size_t)snprintf(
				out + n, NAMES_MAX - n, "%s%s", n > 0 ? ", " : "", (*table)->name);
}

int cli_command_find(const struct cli_command *const *table, const char *word,
	const struct cli_command **ret, struct error *error)
{
	const struct cli_command *found = NULL;
	char names[NAMES_MAX], shown[WORD_SHOWN_MAX];
	size_t len = word ? strlen(word) : 0;
	bool ambiguous = false;

	list_command_names(table, NULL, names);
	if (!word)
		return error_set(error, -EINVAL, "a command is needed: one of %s", names);
	for (size_t i = 0; table[i] && len > 0; i++) {
		const struct cli_command *row = table[i];
		if (!may_mean(row, word, len))
			continue;
		if (row->name[len] == '\0') {
			*ret = row;
			return 0;
		}
		ambiguous = found != NULL || ambiguous;
		found = row;
	}
	text_printable(word, len, shown, sizeof(shown));
	if (!found)
		return error_set(error, -EINVAL, "unknown command \"%s\": one of %s", shown, names);
	if (ambiguous) {
		list_command_names(table, word, names);
		return error_set(error, -EINVAL, "\"%s\" is ambiguous: %s", shown, names);
	}
	*ret = found;
	return 0;
}

bool cli_asks_for_help(const char *word)
{
	if (word[0] != '-')
		return false;
	word += word[1] == '-' ? 2 : 1;
	return strcmp(word, "help") == 0 || strcmp(word, "h") == 0;
}
