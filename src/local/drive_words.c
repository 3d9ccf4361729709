/* SPDX-License-Identifier: BSD-2-Clause */
/* Words as a shell splits them: see drive_words.h. */
#include "local/drive_words.h"

#include <errno.h>
#include <string.h>

void drive_words_deinit(struct drive_words *words)
{
	free(words->texts);
	*words = DRIVE_WORDS_INIT;
}

int drive_words_add(struct drive_words *words, const char *word, struct error *error)
{
	if (words->n == DRIVER_ARGV_MAX)
		return error_set(error, -EINVAL, "more than %d words", DRIVER_ARGV_MAX);
	words->argv[words->n++] = word;
	words->argv[words->n] = NULL;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Copies one word from *@in to *@out, with a NUL. */
static int take_word(const char **in, char **out, struct error *error)
{
	char quote = '\0';

	for (; **in && (quote || !is_blank(**in)); (*in)++) {
		char c = **in, next = (*in)[1];
		bool keeps = quote == '"' ? next == '"' || next == '\\' : !quote && next;
		if (c == '\\' && keeps) {
			*(*out)++ = next;
			(*in)++;
		} else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
		} else {
			*(*out)++ = c;
		}
	}
	if (quote)
		return error_set(error, -EINVAL, "a %c is not closed", quote);
	*(*out)++ = '\0';
	return 0;
}

int drive_words_split(const char *text, struct drive_words *ret, struct error *error)
{
	_cleanup_(drive_words_deinit) struct drive_words words = DRIVE_WORDS_INIT;
	char *out;
	int r = 0;

	words.texts = malloc(strlen(text) + 2);
	out = words.texts;
	if (!out)
		return error_set_errno(error, -ENOMEM, "words");
	while (r == 0) {
		const char *word = out;
		while (is_blank(*text))
			text++;
		if (!*text)
			break;
		r = take_word(&text, &out, error);
		if (r == 0)
			r = drive_words_add(&words, word, error);
	}
	if (r < 0)
		return r;
	*ret = words;
	words.texts = NULL;
	return 0;
}

bool drive_words_have(const struct drive_words *words, char letter, const char *name)
{
	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->argv[i];
		size_t dashes = strspn(word, "-"), len = strcspn(word + dashes, "=");
		if (dashes != 1 && dashes != 2)
			continue;
		word += dashes;
		if ((len == 1 && word[0] == letter) ||
			(len == strlen(name) && strncmp(word, name, len) == 0))
			return true;
	}
	return false;
}
