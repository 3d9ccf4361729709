/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the platform's console shows the words of this connection: its operator types them here.
 * They are never shown before. Inside `stprov local` only.
 */
#pragma once

#include "base/error.h"
#include "secrets/code.h"

/* How often the operator may type them on the terminal. */
#define COMPARE_TRIES 3

/* Where the words come from. */
enum compare_source {
	COMPARE_TERMINAL, /* asked for, COMPARE_TRIES times */
	COMPARE_STDIN,    /* one line */
	COMPARE_CONSOLE,  /* the caller compares them itself: struct run_watch */
	COMPARE_NOTHING,  /* nothing is compared */
};

/* Positive results, with their text. */
enum {
	COMPARE_E_OTHER = 1, /* the words are not those of this connection */
	COMPARE_E_GONE = 2,  /* the platform closed the connection meanwhile */
};

/* Whether there is a terminal to ask on: the controlling one, or stdin and stderr. */
bool compare_has_terminal(void);

/*
 * Reads words and compares them with @words; case, dots, dashes and blanks do not matter.
 * @connection_fd: on which nothing is expected meanwhile. 0, one of the above, or a negative errno
 * with its text (-ENODATA: the input ended).
 */
int compare_words(const uint8_t words[CODE_SIZE], enum compare_source source, int connection_fd,
	struct error *error) MUST_CHECK;
