/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes: one-time passwords that stprov makes itself, of words that can be typed with any
 * keyboard layout and read out on a telephone; and comparison words, which are the same words
 * (docs/protocol.md, "Codes").
 *
 * A word is 16 bits: consonant, vowel, consonant, vowel, consonant.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"

/* Letters of a word, and words of a code and of a comparison. */
#define CODE_WORD_LEN 5
#define CODE_WORDS 2
/* Random bytes of a code, or derived ones of a comparison. */
#define CODE_SIZE 4
/* Two words, what is between them, and NUL. */
#define CODE_TEXT_MAX (2 * CODE_WORD_LEN + 2)

/* The two words of CODE_SIZE bytes, big endian: `bocil-dufen` with @separator '-'. */
void code_format(const uint8_t bytes[CODE_SIZE], char separator, char out[CODE_TEXT_MAX]);

/* A new code: `bocil-dufen` and NUL. The caller wipes it. */
int code_make(char out[CODE_TEXT_MAX], struct error *error) MUST_CHECK;

/*
 * What both sides make of a code before they use it: if it consists of words of five letters out
 * of those above, whatever their case, with spaces, dots, dashes or nothing between them, then
 * these letters in lower case; anything else stays as it was typed.
 */
void code_normalise(struct secret *code);

/*
 * An estimate of how many bits it takes to guess a password, low rather than high: it knows
 * codes, words, repetitions and rows of letters or digits.
 */
unsigned code_strength(const struct secret *password);
