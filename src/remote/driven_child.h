/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of the platform as a child of `remote console`: no terminal, its own session, pipes.
 * What it prints comes back in lines.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* The longest line that is passed on whole; of a longer one the rest is dropped. */
#define DRIVEN_LINE_MAX ((size_t)64 * 1024)

struct driven_stream {
	int fd; /* -1: at its end */
	char line[DRIVEN_LINE_MAX + 1];
	size_t len;
};

struct driven_child {
	pid_t pid; /* 0: there is none */
	int in_fd;
	struct driven_stream out, err;
};

/*
 * Starts `stprov remote WORDS`. @words ends with NULL. @input: whether it gets a pipe, at in_fd, as
 * its standard input; otherwise that is at its end. A negative errno with its text.
 */
int driven_child_start(struct driven_child *child, const char *const *words, bool input,
	struct error *error) MUST_CHECK;

/*
 * Reads once from a stream that poll(2) calls readable, and gives each whole line, without its
 * end, to @take.
 */
void driven_child_read(struct driven_stream *stream,
	void (*take)(void *context, const char *line, size_t len), void *context);

/* Whether there is one that has closed both streams: driven_child_reap() will not wait long. */
bool driven_child_is_over(const struct driven_child *child);
/* Waits for its end, and closes everything. Its exit code; 128 + N: ended by signal N. */
int driven_child_reap(struct driven_child *child);
/* What ctrl+c does. */
void driven_child_interrupt(const struct driven_child *child);
