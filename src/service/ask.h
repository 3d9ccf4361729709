/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's question: which one is asked, and what confirms it. */
#pragma once

#include "service/monitor_state.h"

/*
 * From now on no other commit is accepted. The question itself is asked once a slow or stopped
 * console has shown the review: the operator must not answer without it. While the question is open
 * no row that shows progress is printed below it.
 */
void ask_begin(struct monitor *monitor);
/* Opens the question on the console: question_put() writes it. */
void ask_open(struct monitor *monitor);
/*
 * Whether another connection has shown the code since the question was opened: then it has to be
 * opened again, since only the words of the review confirm now, and what was typed does not count.
 */
bool ask_is_outdated(const struct monitor *monitor);
/* Closes such a question, and logs why. */
void ask_close_outdated(struct monitor *monitor);
