/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of --setup and --run, split as a shell does it. Inside `stprov local console` only. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "driver/message.h"

struct drive_words {
	const char *argv[DRIVER_ARGV_MAX + 1]; /* ends with NULL */
	size_t n;
	char *texts; /* owned: what argv points into */
};

#define DRIVE_WORDS_INIT ((struct drive_words){ .n = 0 })
void drive_words_deinit(struct drive_words *words);

/*
 * Splits at blanks; '...' and "..." keep them, and a backslash keeps the next character (within
 * "..." only before " and \). Nothing is expanded. -EINVAL with its text: a quote is not closed, or
 * there are more words than a message may have.
 */
int drive_words_split(const char *text, struct drive_words *ret, struct error *error) MUST_CHECK;

/* Appends a word, which is borrowed. -EINVAL: there is no room. */
int drive_words_add(struct drive_words *words, const char *word, struct error *error) MUST_CHECK;

/* Whether one of the words is an option of this name or letter. */
bool drive_words_have(const struct drive_words *words, char letter, const char *name);
