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
		if (!is_code_letter(c) || ret->len >= sizeof(ret->bytes))
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
		(void)!secret_set(code, letters.bytes, letters.len);
}

static bool is_around(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void code_trim(struct secret *code)
{
	_cleanup_secret_ struct secret inner = SECRET_INIT, letters = SECRET_INIT;
	size_t begin = 0, end = code->len;

	while (end > 0 && is_around(code->bytes[end - 1]))
		end--;
	while (begin < end && is_around(code->bytes[begin]))
		begin++;
	if (begin >= end)
		return;
	inner.len = end - begin;
	memcpy(inner.bytes, code->bytes + begin, inner.len);
	if (read_words(&inner, &letters))
		(void)!secret_set(code, inner.bytes, inner.len);
}

bool code_is_words(const uint8_t bytes[CODE_SIZE], const void *text, size_t len)
{
	_cleanup_secret_ struct secret words = SECRET_INIT, typed = SECRET_INIT;
	char shown[CODE_TEXT_MAX];

	code_format(bytes, '-', shown);
	if (secret_set(&words, shown, strlen(shown)) < 0 || secret_set(&typed, text, len) < 0)
		return false;
	code_trim(&typed);
	code_normalise(&typed);
	code_normalise(&words);
	return secret_equal(&words, typed.bytes, typed.len);
}

enum kind { LOWER, UPPER, DIGIT, OTHER, KINDS };

static enum kind kind_of(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		return LOWER;
	if (c >= 'A' && c <= 'Z')
		return UPPER;
	return c >= '0' && c <= '9' ? DIGIT : OTHER;
}

/* -- typing errors ---------------------------------------------------------------------------- */

/* What there is of each kind, without separators. */
struct census {
	size_t code_letters, other_letters, digits, others;
};

static struct census count_characters(const struct secret *password)
{
	struct census n = { .others = 0 };

	for (size_t i = 0; i < password->len; i++) {
		char c = (char)password->bytes[i], small = lower(c);
		if (is_code_letter(small))
			n.code_letters++;
		else if (small >= 'a' && small <= 'z')
			n.other_letters++;
		else if (c >= '0' && c <= '9')
			n.digits++;
		else if (!is_separator(c))
			n.others++;
	}
	return n;
}

/* Consonants and vowels that alternate as in a code, at more than a word's places. */
static bool sounds_like_code(const struct secret *password)
{
	size_t place = 0, good = 0;

	for (size_t i = 0; i < password->len; i++) {
		char c = lower((char)password->bytes[i]);
		if (kind_of((uint8_t)c) == OTHER)
			continue;
		bool vowel_place = place % CODE_WORD_LEN % 2 == 1;
		good += c != '\0' && strchr(vowel_place ? vowels : consonants, c) != NULL;
		place++;
	}
	return good > CODE_WORD_LEN;
}

const char *code_looks_mistyped(const struct secret *password)
{
	_cleanup_secret_ struct secret letters = SECRET_INIT;
	struct census n = count_characters(password);
	size_t all = n.code_letters + n.other_letters + n.digits;
	size_t whole = CODE_WORDS * CODE_WORD_LEN;

	if (n.others > 1 || all < whole - 1 || all > whole + 1 || read_words(password, &letters) ||
		!sounds_like_code(password))
		return NULL;
	/* As another keyboard layout has it in place of a dash. */
	if (n.others > 0)
		return "it has a sign that is in no code";
	if (n.digits > 0)
		return "it has a digit, and a code has only letters";
	if (all == whole - 1)
		return "it has 9 letters, and a code has 10";
	if (all == whole + 1)
		return "it has 11 letters, and a code has 10";
	return n.other_letters > 0 ? "it has a letter that is in no code"
				   : "its letters are not in the order of a code";
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
