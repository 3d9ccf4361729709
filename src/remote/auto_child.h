/* SPDX-License-Identifier: BSD-2-Clause */
/* A command of the platform as a child of `remote auto`, on a pseudo terminal of its own. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct auto_child {
	pid_t pid;
	int fd; /* the other side of its terminal, non-blocking */
};

/* Starts `stprov remote WORDS`; @words ends with NULL. A negative errno with its text. */
int auto_child_start(
	struct auto_child *child, const char *const *words, struct error *error) MUST_CHECK;

/* What it shows; 0: nothing now; negative: it has closed its terminal. */
ssize_t auto_child_read(struct auto_child *child, char *bytes, size_t cap);
/* A key for it. What has no room is dropped. */
void auto_child_type(struct auto_child *child, char key);
/* Whether it has a question open, as console/question.h has them. */
bool auto_child_asks(const struct auto_child *child);
/* What ctrl+c does. */
void auto_child_interrupt(const struct auto_child *child);
/* Waits for its end. Its exit code; 128 + N: ended by signal N. */
int auto_child_reap(struct auto_child *child);
