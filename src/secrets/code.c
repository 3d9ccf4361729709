/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes and comparison words: see code.h. */
#include "secrets/code.h"

#include <string.h>

#include "base/random.h"

static const char consonants[] = "bcdfghjklnprstvx";
static const char vowels[] = "eiou";

static void format_word(unsigned value, char out[CODE_WORD_LEN])
{
	out[0] = consonants[value >> 12 & 15];
	out[1] = vowels[value >> 10 & 3];
	out[2] = consonants[value >> 6 & 15];
	out[3] = vowels[value >> 4 & 3];
	out[4] = consonants[value & 15];
}

void code_format(const uint8_t bytes[CODE_SIZE], char separator, char out[CODE_TEXT_MAX])
{
	format_word((unsigned)bytes[0] << 8 | bytes[1], out);
	out[CODE_WORD_LEN] = separator;
	format_word((unsigned)bytes[2] << 8 | bytes[3], out + CODE_WORD_LEN + 1);
	out[CODE_TEXT_MAX - 1] = '\0';
}

int code_make(char out[CODE_TEXT_MAX], struct error *error)
{
	uint8_t bytes[CODE_SIZE];
	int r = random_bytes(bytes, sizeof(bytes), error);

	if (r == 0)
		code_format(bytes, '-', out);
	secret_wipe_bytes(bytes, sizeof(bytes));
	return r;
}

/* ASCII only, independent of the locale. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_code_letter(char c)
{
	return c != '\0' && (strchr(consonants, c) || strchr(vowels, c));
}

static bool is_separator(char c)
{
	return c == ' ' || c == '.' || c == '-';
}

/* Writes the letters of a code to @ret; false if it is not a code. Separators are between words. */
static bool read_words(const struct secret *code, struct secret *ret)
{
	bool separated = false; /* the last character was a separator, so a word must follow */

	for (size_t i = 0; i < code->len; i++) {
		char c = lower((char)code->bytes[i]);
		bool between = ret->len % CODE_WORD_LEN == 0 && ret->len > 0;
		if (is_separator(c) && between) {
			separated = true;
			continue;
		}
		if (!is_code_letter(c))
			return false;
		ret->bytes[ret->len++] = (uint8_t)c;
		separated = false;
	}
	return ret->len > 0 && ret->len % CODE_WORD_LEN == 0 && !separated;
}

void code_normalise(struct secret *code)
{
	_cleanup_secret_ struct secret letters = SECRET_INIT;

	if (read_words(code, &letters))
		*code = letters;
}

/* -- strength, in tenths of bits -------------------------------------------------------------- */

/* A letter of an unknown word in some language. */
#define LETTER_IN_WORD 25
/* A character that repeats the one before it, or is its neighbour in the alphabet. */
#define NEXT_IN_ROW 10
/* A run of at least so many letters with a vowel counts as a word. */
#define WORD_MIN 4
/* A word of a code. */
#define CODE_WORD 160

enum kind { LOWER, UPPER, DIGIT, OTHER, KINDS };

static enum kind kind_of(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		return LOWER;
	if (c >= 'A' && c <= 'Z')
		return UPPER;
	return c >= '0' && c <= '9' ? DIGIT : OTHER;
}

/* For one character, by the kinds in use: 10 times the logarithm to base 2. */
static unsigned character_bits(const struct secret *password)
{
	static const unsigned bits_of_kinds[1 << KINDS] = {
		[1 << LOWER] = 47,
		[1 << UPPER] = 47,
		[1 << DIGIT] = 33,
		[1 << OTHER] = 50,
		[1 << LOWER | 1 << UPPER] = 57,
		[1 << LOWER | 1 << DIGIT] = 51,
		[1 << UPPER | 1 << DIGIT] = 51,
		[1 << LOWER | 1 << UPPER | 1 << DIGIT] = 59,
	};
	unsigned kinds = 0;

	for (size_t i = 0; i < password->len; i++)
		kinds |= 1U << kind_of(password->bytes[i]);
	return bits_of_kinds[kinds] ? bits_of_kinds[kinds] : 60;
}

/* The length of the run of letters that begins here, if it counts as a word; else 0. */
static size_t word_at(const struct secret *password, size_t at)
{
	size_t n = at;
	bool vowel = false;

	for (; n < password->len && kind_of(password->bytes[n]) <= UPPER; n++)
		vowel |= strchr("aeiou", lower((char)password->bytes[n])) != NULL;
	return vowel && n - at >= WORD_MIN ? n - at : 0;
}

static bool in_row(const struct secret *password, size_t at)
{
	int step = at > 0 ? password->bytes[at] - password->bytes[at - 1] : INT8_MAX;

	return step >= -1 && step <= 1;
}

unsigned code_strength(const struct secret *password)
{
	_cleanup_secret_ struct secret letters = SECRET_INIT;
	unsigned each = character_bits(password), sum = 0;
	size_t word_end = 0;

	if (read_words(password, &letters))
		return (unsigned)(letters.len / CODE_WORD_LEN) * (CODE_WORD / 10);
	for (size_t i = 0; i < password->len; i++) {
		if (i >= word_end)
			word_end = i + word_at(password, i);
		if (in_row(password, i))
			sum += NEXT_IN_ROW;
		else
			sum += i < word_end ? LETTER_IN_WORD : each;
	}
	return sum / 10;
}
