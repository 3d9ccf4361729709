/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's question: see ask.h. */
#include "service/ask.h"

#include <string.h>
#include <strings.h>

#define QUESTION "Press Enter to commit changes, ctrl+c to abort"
/* After a question was withdrawn, the next Enter may be meant for that one. */
#define QUESTION_AGAIN "Type yes and press Enter to commit changes, ctrl+c to abort"
/* From a pipe: what was written there before the words were known must not confirm. */
#define QUESTION_WORDS "Type the comparison words. " QUESTION
/* --json. */
#define QUESTION_PROGRAM "waiting for the program, which confirms with the comparison words"
#define HINT_YES "type yes to confirm; n or no to abort"
#define HINT_WORDS "type the two comparison words to confirm; n or no to abort"

void ask_begin(struct monitor *monitor)
{
	assert(monitor->stage == STAGE_SERVING);
	journal_wait_end(&monitor->journal);
	monitor->stage = STAGE_ASKING;
	monitor->asked = false;
	question_close(&monitor->console);
}

/* @context: the session. */
static bool are_its_words(const void *context, const char *line)
{
	const struct monitor_session *session = context;

	return code_is_words(session->words, line, strlen(line));
}

/*
 * v1: whether only the words of the review confirm. Another laptop may hold the code: which one is
 * confirmed is to be read, and not a habit. From a pipe: what was written there before the words
 * were known must not confirm.
 */
static bool needs_words(const struct monitor *monitor)
{
	return monitor->asking &&
	       (monitor->openings + monitor->shown_v0 > 1 || !isatty(STDIN_FILENO));
}

static bool is_yes(const void *context, const char *line)
{
	return strcasecmp(line, "yes") == 0;
}

void ask_open(struct monitor *monitor)
{
	struct console *console = &monitor->console;

	if (needs_words(monitor)) {
		question_ask(console, monitor->config->report_fd != 0 && !isatty(STDIN_FILENO)
					      ? QUESTION_PROGRAM
					      : QUESTION_WORDS);
		console->accepts = are_its_words;
		console->context = monitor->asking;
		console->hint = HINT_WORDS;
	} else if (monitor->withdrawn) {
		question_ask(console, QUESTION_AGAIN);
		console->accepts = is_yes;
		console->hint = HINT_YES;
	} else {
		question_ask(console, QUESTION);
	}
}

bool ask_is_outdated(const struct monitor *monitor)
{
	return monitor->console.question && !monitor->console.accepts && needs_words(monitor);
}

void ask_close_outdated(struct monitor *monitor)
{
	question_close(&monitor->console);
	monitor->asked = false;
	journal_line(&monitor->journal,
		"another connection has shown the code: only the words of the question confirm");
}
