/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's decision: see question.h. */
#include "console/question.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <termios.h>

/* How much typed-ahead input is dropped where stdin is no terminal. */
#define QUESTION_DRAIN_MAX (1024 * 1024)

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* A pipe has no tcflush(3): read it empty. Returns false at its end. */
static bool drain(void)
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
		console->ended = !drain();
	(void)!write(STDOUT_FILENO, question, strlen(question));
	(void)!write(STDOUT_FILENO, "\n", 1);
}

static enum question_answer judge(const struct console *console)
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
	/* Not past the line: what follows belongs to whoever reads stdin after this program. */
	char c;
	ssize_t n = read(STDIN_FILENO, &c, 1);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? QUESTION_WAITING : QUESTION_ENDED;
	if (n == 0)
		return QUESTION_ENDED;
	if (c != '\n' && c != '\r') {
		/* The last place is kept for NUL; what does not fit makes a line that aborts. A NUL
		 * that was typed (a line's break is one) must not end the text before its time. */
		if (console->len < sizeof(console->line) - 1)
			console->line[console->len++] = c != '\0' ? c : '?';
		return QUESTION_WAITING;
	}
	return judge(console);
}

int question_wait(
	struct console *console, int signal_fd, enum question_answer *ret, struct error *error)
{
	enum question_answer answer = QUESTION_WAITING;

	while (answer == QUESTION_WAITING) {
		struct pollfd fds[] = { { .fd = signal_fd, .events = POLLIN },
			{ .fd = STDIN_FILENO, .events = POLLIN } };
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return error_set_errno(error, -errno, "poll");
		if (fds[0].revents)
			return -EINTR;
		if (fds[1].revents)
			answer = question_read(console);
	}
	*ret = answer;
	return 0;
}
