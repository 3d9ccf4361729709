/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's console: one question, asked on stdout and answered on stdin.
 *
 * An empty line, `y` or `yes` confirms and `n` or `no` aborts, in any case and with blanks around
 * it. Any other line is asked again with what to type, QUESTION_AGAIN_MAX times; then it aborts. If
 * the caller demands it, only `yes` typed in full confirms, and every other line aborts; or only a
 * text of the caller confirms.
 *
 * On a terminal what was typed before the question does not count. From a pipe or file nothing is
 * dropped: the next line is the answer.
 *
 * A call (call.h) is no part of an answer: it is answered with `busy`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "console/call.h"

/* The longest line that can be an answer; a longer one is any other line. */
#define QUESTION_LINE_MAX 256
/* The longest question with the hint before it, and its NUL. */
#define QUESTION_TEXT_MAX 256
/* How often another line is asked again. */
#define QUESTION_AGAIN_MAX 5

enum question_answer {
	QUESTION_WAITING, /* no whole line yet, or asked again: then it is to be put again */
	QUESTION_CONFIRMED,
	QUESTION_ABORTED,
	QUESTION_ENDED, /* end of input: an abort too */
};

struct console {
	const char *question; /* borrowed; NULL: none is open */
	char line[QUESTION_LINE_MAX];
	size_t len;
	bool too_long;
	bool after_return; /* the last line ended in a carriage return: a newline belongs to it */
	char text[QUESTION_TEXT_MAX]; /* what is still to be written */
	size_t text_len;
	int64_t retry_ms; /* when to write again after there was no room, as clock_now_ms() */
	unsigned asked_again;
	struct call call;
	/* How it may be answered: the caller may change these after question_ask(). */
	bool only_yes;    /* only `yes` confirms, every other line aborts */
	const char *hint; /* borrowed; what to type, before the question is asked again */
	/* Not NULL: nothing but a line that this accepts confirms; `n` and `no` abort. */
	bool (*accepts)(const void *context, const char *line);
	const void *context;
};

/* Opens the question; question_put() writes it. @question: borrowed, without a line end. */
void question_ask(struct console *console, const char *question);
void question_close(struct console *console);

/*
 * Writes the question as far as there is room. 0: it is on the console, question_read() may be
 * called. -EAGAIN: not yet; to be called again when stdout is writable, and not before
 * console->retry_ms. Another negative errno: stdout cannot be written.
 */
int question_put(struct console *console) MUST_CHECK;
/* Whether the whole question was written. */
bool question_is_put(const struct console *console);

/* Reads one byte from stdin; to be called when poll(2) calls stdin readable. */
enum question_answer question_read(struct console *console);

/*
 * Puts the question and waits until it is answered, if @signal_fd (signals_open()) is not readable
 * first: then -EINTR, without a text. Another negative errno with its text: the console cannot be
 * written, or poll(2) failed.
 */
int question_wait(struct console *console, int signal_fd, enum question_answer *ret,
	struct error *error) MUST_CHECK;

/* `the console cannot be written`: the error of a command that cannot ask. Returns -EIO. */
int question_cannot_ask(struct error *error);
