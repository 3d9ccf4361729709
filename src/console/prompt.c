/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions that are answered with a line of text: see prompt.h. */
#include "console/prompt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>

#include "base/log.h"
#include "console/call.h"
#include "console/line.h"

/* Question and fallback are shorter than this, so that there is room for the answer. */
#define QUESTION_COLUMNS 50
#define DELETE '\177'

/* A line as it is typed. */
struct line {
	char *text; /* PROMPT_ANSWER_MAX */
	size_t len;
	bool too_long;
	bool has_keys; /* that write no character, such as arrows */
};

static bool take_key(void *context, char c)
{
	struct line *line = context;

	/* Ends line_read(). */
	if (c == CALL_BYTE)
		return false;
	/* A terminal with another erase key passes these on. */
	if (c == '\b' || c == DELETE) {
		line->len -= line->len > 0;
		return true;
	}
	if (line->len == PROMPT_ANSWER_MAX - 1) {
		line->too_long = true;
		return true;
	}
	/* Not dropped silently: a URL without them may be valid, and wrong. */
	line->has_keys |= iscntrl((unsigned char)c) != 0;
	/* Bytes beyond ASCII are left to the checks, which show what they refuse as printable. */
	line->text[line->len++] = c;
	return true;
}

/* Drops the blanks around it, and ends it with NUL. */
static void trim_line(struct line *line)
{
	size_t blanks;

	while (line->len > 0 && line->text[line->len - 1] == ' ')
		line->len--;
	line->text[line->len] = '\0';
	blanks = strspn(line->text, " ");
	memmove(line->text, line->text + blanks, line->len - blanks + 1);
}

/* A line that is edited as described above. A terminal that hung up is at its end, too. */
static int read_answer(int signal_fd, struct line *line, struct error *error)
{
	int r = line_read(STDIN_FILENO, signal_fd, take_key, line, error);

	if (r < 0)
		return r;
	if (r == LINE_FULL)
		return PROMPT_E_CALLED;
	if (r != LINE_BREAK)
		return PROMPT_E_LEFT;
	trim_line(line);
	return 0;
}

/* A long fallback has a line of its own. */
static void show_question(const char *question, const char *fallback)
{
	if (!fallback)
		fprintf(stderr, "%s: ", question);
	else if (strlen(question) + strlen(fallback) < QUESTION_COLUMNS)
		fprintf(stderr, "%s [%s]: ", question, fallback);
	else {
		log_line("%s; press Enter to accept", question);
		log_line("  %s", fallback);
		fprintf(stderr, "%s: ", question);
	}
}

static int ask_until_good(int signal_fd, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX], struct error *error)
{
	for (;;) {
		struct line line = { .text = answer };
		tcflush(STDIN_FILENO, TCIFLUSH);
		show_question(question, fallback);
		if (log_has_failed())
			return error_set(error, -EIO, "the console cannot be written");
		int r = read_answer(signal_fd, &line, error);
		if (r != 0) {
			/* The cursor is after the question. */
			fprintf(stderr, "\n");
			return r;
		}
		if (line.too_long) {
			log_line("the line is longer than %d characters; type it again",
				PROMPT_ANSWER_MAX - 1);
			continue;
		}
		if (line.has_keys) {
			log_line(
				"the line contains a control key, such as an arrow; type it again");
			continue;
		}
		return 0;
	}
}

int prompt_ask(int signal_fd, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX], struct error *error)
{
	struct call call = { .listening = false };

	call_listen(&call);
	int r = ask_until_good(signal_fd, question, fallback, answer, error);
	call_ignore(&call);
	return r;
}

size_t prompt_find_word(const char *answer, const char *const *words, size_t n)
{
	size_t found = n, len = strlen(answer);

	for (size_t i = 0; i < n && len > 0; i++) {
		if (strncasecmp(words[i], answer, len) != 0)
			continue;
		if (words[i][len] == '\0')
			return i;
		if (found < n)
			return n;
		found = i;
	}
	return found;
}
