/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's decision: see question.h. */
#include "console/question.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "console/line.h"

#define HINT "type y or yes, or only Enter, to confirm; n or no to abort"

static void queue_text(struct console *console, const char *hint)
{
	int n = snprintf(console->text, sizeof(console->text), "%s%s%s\n", hint,
		hint[0] ? "\n" : "", console->question);

	assert(n > 0 && (size_t)n < sizeof(console->text));
	console->text_len = (size_t)n;
}

void question_ask(struct console *console, const char *question)
{
	assert(question);
	memset(console, 0, sizeof(*console));
	console->question = question;
	console->hint = HINT;
	queue_text(console, "");
}

void question_close(struct console *console)
{
	call_ignore(&console->call);
	console->question = NULL;
	console->text_len = 0;
}

bool question_is_put(const struct console *console)
{
	return console->question && console->text_len == 0;
}

int question_put(struct console *console)
{
	struct output output;
	ssize_t n = 0;

	assert(console->question);
	call_listen(&console->call);
	output_open(STDOUT_FILENO, &output);
	while (console->text_len > 0) {
		/* Before the last bytes are shown: an answer that comes after them counts. */
		if (isatty(STDIN_FILENO))
			tcflush(STDIN_FILENO, TCIFLUSH);
		n = output_write(&output, console->text, console->text_len);
		if (n <= 0)
			break;
		memmove(console->text, console->text + n, console->text_len - (size_t)n);
		console->text_len -= (size_t)n;
	}
	output_close(&output);
	if (console->text_len == 0)
		return 0;
	console->retry_ms = clock_now_ms() + OUTPUT_PAUSE_MS;
	return n < 0 ? (int)n : -EAGAIN;
}

/* -- the answer ------------------------------------------------------------------------------ */

static enum question_answer ask_again(struct console *console)
{
	if (console->asked_again++ == QUESTION_AGAIN_MAX)
		return QUESTION_ABORTED;
	queue_text(console, console->hint);
	return QUESTION_WAITING;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without the blanks around it; changes the line. */
static const char *trim_answer(char *line, size_t len)
{
	while (len > 0 && is_blank(line[len - 1]))
		line[--len] = '\0';
	while (is_blank(*line))
		line++;
	return line;
}

static bool is_one_of(const char *text, const char *brief, const char *full)
{
	return strcasecmp(text, brief) == 0 || strcasecmp(text, full) == 0;
}

static enum question_answer judge_answer(struct console *console)
{
	if (console->only_yes)
		return !console->too_long && strcasecmp(console->line, "yes") == 0
			       ? QUESTION_CONFIRMED
			       : QUESTION_ABORTED;
	if (console->too_long)
		return ask_again(console);
	const char *text = trim_answer(console->line, console->len);
	if (is_one_of(text, "n", "no"))
		return QUESTION_ABORTED;
	bool good = console->accepts ? console->accepts(console->context, text)
				     : !text[0] || is_one_of(text, "y", "yes");
	return good ? QUESTION_CONFIRMED : ask_again(console);
}

static enum question_answer end_line(struct console *console, char c)
{
	bool rest = c == '\n' && console->after_return && console->len == 0;

	console->after_return = c == '\r';
	if (rest)
		return QUESTION_WAITING;
	enum question_answer answer = judge_answer(console);
	memset(console->line, 0, sizeof(console->line));
	console->len = 0;
	console->too_long = false;
	return answer;
}

static void take_byte(struct console *console, char c)
{
	console->after_return = false;
	/* The last place is kept for NUL. */
	if (console->len == sizeof(console->line) - 1) {
		console->too_long = true;
		return;
	}
	/* A NUL that was typed (a serial line's break is one) must not end the text early. */
	console->line[console->len++] = c != '\0' ? c : '?';
}

/* What has no room is not waited for: the laptop calls again. */
static void answer_call(void)
{
	static const char busy[] = "\nstprov: busy: a question is open\n";
	struct output output;

	output_open(STDOUT_FILENO, &output);
	(void)!output_write(&output, busy, strlen(busy));
	output_close(&output);
}

enum question_answer question_read(struct console *console)
{
	char c;

	switch (line_next(STDIN_FILENO, &c)) {
	case LINE_WAITING:
		return QUESTION_WAITING;
	case LINE_BYTE:
		if (c == CALL_BYTE)
			answer_call();
		else
			take_byte(console, c);
		return QUESTION_WAITING;
	case LINE_BREAK:
		return end_line(console, c);
	default:
		return QUESTION_ENDED;
	}
}

/* -- waiting --------------------------------------------------------------------------------- */

int question_cannot_ask(struct error *error)
{
	return error_set(error, -EIO, "the console cannot be written");
}

/* Waits for room on stdout, or a pause: readiness is not room. */
static int wait_for_room(const struct console *console, int signal_fd, struct error *error)
{
	bool paused = clock_until(console->retry_ms) > 0;
	struct pollfd fds[] = { { .fd = signal_fd, .events = POLLIN },
		{ .fd = paused ? -1 : STDOUT_FILENO, .events = POLLOUT } };

	if (poll(fds, ARRAY_SIZE(fds), paused ? clock_until(console->retry_ms) : -1) < 0 &&
		errno != EINTR)
		return error_set_errno(error, -errno, "poll");
	return fds[0].revents ? -EINTR : 0;
}

static int put_and_wait(struct console *console, int signal_fd, struct error *error)
{
	for (;;) {
		int r = question_put(console);
		if (r == -EAGAIN)
			r = wait_for_room(console, signal_fd, error);
		else if (r < 0)
			return question_cannot_ask(error);
		if (r < 0 || question_is_put(console))
			return r;
	}
}

static int wait_for_answer(
	struct console *console, int signal_fd, enum question_answer *ret, struct error *error)
{
	enum question_answer answer = QUESTION_WAITING;

	while (answer == QUESTION_WAITING) {
		int r = question_is_put(console) ? 0 : put_and_wait(console, signal_fd, error);
		if (r < 0)
			return r;
		r = line_wait(STDIN_FILENO, signal_fd, error);
		if (r != 0)
			return r == LINE_SIGNAL ? -EINTR : r;
		answer = question_read(console);
	}
	*ret = answer;
	return 0;
}

int question_wait(
	struct console *console, int signal_fd, enum question_answer *ret, struct error *error)
{
	/* What the question is about must have been shown. */
	if (log_has_failed())
		return question_cannot_ask(error);
	int r = wait_for_answer(console, signal_fd, ret, error);
	call_ignore(&console->call);
	return r;
}
