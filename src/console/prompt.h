/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions that are answered with a line of text, on a terminal: asked on stderr, answered on
 * stdin with the terminal's own echo and erase key. Plain text, so that it works on a serial line
 * and with a screen reader; nothing is printed while an answer is being typed.
 *
 * (question.h has the one question of `remote run`, which is answered beside other events.)
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Longest answer, with its NUL; a longer one is asked for again. */
#define PROMPT_ANSWER_MAX 2048

/* Positive result: the operator has left, by end of input or by a signal. */
enum {
	PROMPT_E_LEFT = 1,
	/* Not by the operator: a laptop calls (call.h). */
	PROMPT_E_CALLED = 64,
};

/*
 * Asks `@question [@fallback]: `, and reads one line. What was typed before the question was
 * shown does not count: a key that repeats itself must not answer the next question. @fallback:
 * what an empty line means, to be shown; NULL: nothing. Blanks around an answer are
 * dropped; one with a control character in it, as arrow keys leave, is asked for again.
 * @signal_fd: readable (a signalfd, not read here): PROMPT_E_LEFT. A negative errno with its text
 * when the terminal fails; what cannot be written is not asked.
 */
int prompt_ask(int signal_fd, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX], struct error *error) MUST_CHECK;

/*
 * The index of the word that an answer means, which may be shortened to its beginning, in either
 * case; @n if it means none or several. The whole of one word means that one.
 */
size_t prompt_find_word(const char *answer, const char *const *words, size_t n);
