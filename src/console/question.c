/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's decision: see question.h. */
#include "console/question.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <termios.h>

#include "console/line.h"

/* How much typed-ahead input is dropped where stdin is no terminal. */
#define QUESTION_DRAIN_MAX (1024 * 1024)

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* A pipe has no tcflush(3): read it empty. Returns false at its end. */
static bool drain_stdin(void)
{
	char waste[4096];

	for (size_t n = 0; n < QUESTION_DRAIN_MAX && is_readable(STDIN_FILENO);) {
		ssize_t got = read(STDIN_FILENO, waste, sizeof(waste));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

void question_ask(struct console *console, const char *question)
{
	memset(console, 0, sizeof(*console));
	console->enter_confirms = true;
	if (isatty(STDIN_FILENO))
		tcflush(STDIN_FILENO, TCIFLUSH);
	else
		console->ended = !drain_stdin();
	(void)!write(STDOUT_FILENO, question, strlen(question));
	(void)!write(STDOUT_FILENO, "\n", 1);
}

static enum question_answer judge_line(const struct console *console)
{
	if (console->only_yes)
		return strcasecmp(console->line, "yes") == 0 ? QUESTION_CONFIRMED
							     : QUESTION_ABORTED;
	if (console->line[0] == '\0')
		return console->enter_confirms ? QUESTION_CONFIRMED : QUESTION_ABORTED;
	if (strcasecmp(console->line, "y") == 0 || strcasecmp(console->line, "yes") == 0)
		return QUESTION_CONFIRMED;
	return QUESTION_ABORTED;
}

enum question_answer question_read(struct console *console)
{
	if (console->ended)
		return QUESTION_ENDED;
	char c;
	switch (line_next(STDIN_FILENO, &c)) {
	case LINE_WAITING:
		return QUESTION_WAITING;
	case LINE_BYTE:
		/*
		 * The last place is kept for NUL; a line that does not fit aborts. A NUL that was
		 * typed (a serial line's break is one) must not end the text early.
		 */
		if (console->len < sizeof(console->line) - 1)
			console->line[console->len++] = c != '\0' ? c : '?';
		return QUESTION_WAITING;
	case LINE_BREAK:
		return judge_line(console);
	default:
		return QUESTION_ENDED;
	}
}

int question_wait(
	struct console *console, int signal_fd, enum question_answer *ret, struct error *error)
{
	enum question_answer answer = QUESTION_WAITING;

	while (answer == QUESTION_WAITING) {
		int r = line_wait(STDIN_FILENO, signal_fd, error);
		if (r != 0)
			return r == LINE_SIGNAL ? -EINTR : r;
		answer = question_read(console);
	}
	*ret = answer;
	return 0;
}
