/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's console: one question, asked on stdout and answered on stdin.
 *
 * Only an empty line, `y` or `yes` confirms; if the caller demands it, only `yes` does. What was
 * typed before the question was asked does not count, whether stdin is a terminal or not.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* The longest line that is read; a longer one aborts, as any other text does. */
#define QUESTION_LINE_MAX 256

enum question_answer {
	QUESTION_WAITING, /* no whole line yet */
	QUESTION_CONFIRMED,
	QUESTION_ABORTED,
	QUESTION_ENDED, /* end of input: an abort too */
};

struct console {
	char line[QUESTION_LINE_MAX];
	size_t len;
	bool ended; /* input was already at its end when the question was asked */
	/* An empty line confirms: true after question_ask(); the caller may say otherwise. */
	bool enter_confirms;
	/* Only `yes` confirms: for what cannot be undone. False after question_ask(). */
	bool only_yes;
};

/* Drops what was typed before, and prints the question. @question: without a line end. */
void question_ask(struct console *console, const char *question);

/* Reads one byte from stdin; to be called when poll(2) calls stdin readable. */
enum question_answer question_read(struct console *console);

/*
 * Waits until the question is answered, if @signal_fd (signals_open()) is not readable first:
 * then -EINTR, without a text. Another negative errno with its text.
 */
int question_wait(struct console *console, int signal_fd, enum question_answer *ret,
	struct error *error) MUST_CHECK;
