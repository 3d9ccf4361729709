/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes: one-time passwords that stprov generates, of words that can be typed with any keyboard
 * layout and read out on a telephone; and comparison words, which have the same form
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
/* Random bytes of a code, or derived bytes of a comparison. */
#define CODE_SIZE 4
/* Two words, a separator, and NUL. */
#define CODE_TEXT_MAX (2 * CODE_WORD_LEN + 2)

/* The two words of CODE_SIZE bytes, big endian: `bocil-dufen` with @separator '-'. */
void code_format(const uint8_t bytes[CODE_SIZE], char separator, char out[CODE_TEXT_MAX]);

/* A new code: `bocil-dufen` and NUL. The caller wipes it. */
int code_make(char out[CODE_TEXT_MAX], struct error *error) MUST_CHECK;

/*
 * Normalises a code before use: if it consists of words of five of the letters above, in any case,
 * with spaces, dots, dashes or nothing between them, the result is these letters in lower case. Any
 * other text is unchanged.
 */
void code_normalise(struct secret *code);

/* Drops blanks around a code that was typed. Any other text is unchanged: they may be part of it.
 */
void code_trim(struct secret *code);

/* Whether a text that was typed, blanks around it or not, is the two words of these bytes. */
bool code_is_words(const uint8_t bytes[CODE_SIZE], const void *text, size_t len);

/*
 * NULL, or what about a password looks like a mistyped code: a clause such as `it has 9 letters,
 * not 10`. It may still be a password that an operator chose.
 */
const char *code_looks_mistyped(const struct secret *password);

/*
 * A low estimate of the strength of a password in bits: it recognises codes, words, repetitions and
 * sequences of letters or digits.
 */
unsigned code_strength(const struct secret *password);
