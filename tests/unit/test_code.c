/* SPDX-License-Identifier: BSD-2-Clause */
/* secrets/code.h: words, making codes, normalising them, and how strong a password is. */
#include "tap.h"

#include "secrets/code.h"

static struct secret secret_of(const char *text)
{
	struct secret s = SECRET_INIT;

	tap_eq_int(secret_set(&s, text, strlen(text)), 0);
	return s;
}

static void words_are_indexed_as_documented(void)
{
	char out[CODE_TEXT_MAX];

	code_format((const uint8_t[]){ 0, 0, 0xff, 0xff }, '-', out);
	tap_eq_text(out, "bebeb-xuxux");
	/* 0001 00 1000 11 0100; 0x0123: 0000 00 0100 10 0011 */
	code_format((const uint8_t[]){ 0x12, 0x34, 0x01, 0x23 }, ' ', out);
	tap_eq_text(out, "celug begof");
}

/* All 65536 words are different: no two values share a code. */
static void every_value_has_a_word_of_its_own(void)
{
	static char words[65536][CODE_TEXT_MAX];
	unsigned same = 0;

	for (unsigned v = 0; v < 65536; v++) {
		code_format(
			(const uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v, 0, 0 }, '-', words[v]);
		words[v][CODE_WORD_LEN] = '\0';
		/* In the order of the alphabets; a tie would mean two equal words. */
		same += v > 0 && strcmp(words[v], words[v - 1]) <= 0;
	}
	tap_eq_int(same, 0);
}

static void codes_are_made_anew_each_time(void)
{
	char a[CODE_TEXT_MAX], b[CODE_TEXT_MAX];
	struct error e = ERROR_INIT;
	struct secret s;

	tap_eq_int(code_make(a, &e), 0);
	tap_eq_int(code_make(b, &e), 0);
	tap_ok(strcmp(a, b) != 0);
	tap_ok(strlen(a) == 11 && a[5] == '-');
	s = secret_of(a);
	code_normalise(&s);
	tap_eq_int(s.len, 10);
}

static void expect_normalised(const char *typed, const char *want)
{
	struct secret s = secret_of(typed);

	code_normalise(&s);
	s.bytes[MIN(s.len, (size_t)SECRET_MAX - 1)] = '\0';
	tap_eq_text((char *)s.bytes, want);
}

static void codes_are_normalised_however_they_are_typed(void)
{
	expect_normalised("bocil-dufen", "bocildufen");
	expect_normalised("bocildufen", "bocildufen");
	expect_normalised("BOCIL DUFEN", "bocildufen");
	expect_normalised("Bocil.Dufen", "bocildufen");
	expect_normalised("bocil - dufen", "bocildufen");
	expect_normalised("bocil", "bocil");
	expect_normalised("bocil dufen.xuxux", "bocildufenxuxux");
	/* Groups of those letters, in any order. */
	expect_normalised("BBBBB-iiiii", "bbbbbiiiii");
}

static void anything_else_is_used_as_typed(void)
{
	static const char *const typed[] = { "", " ", "-", "bocil-dufe", "boci-ldufen", "bocil-",
		"-bocil", " bocil", "bocil ", "Bocil_Dufen", "bocal-dufen", "BOCIL-DUFEN1",
		"Sikrit Password", "bocil\tdufen",
		/* A space that breaks no line, and a letter of another alphabet. */
		"bocil\302\240dufen", "\303\204ocil", "bocil,dufen" };

	for (size_t i = 0; i < ARRAY_SIZE(typed); i++)
		expect_normalised(typed[i], typed[i]);
}

static void bytes_of_nul_and_the_longest_password_stay(void)
{
	struct secret s = SECRET_INIT;

	tap_eq_int(secret_set(&s, "boc\0l", 5), 0);
	code_normalise(&s);
	tap_eq_bytes(s.bytes, s.len, "boc\0l", 5);
	memset(s.bytes, 'X', SECRET_MAX);
	s.len = SECRET_MAX;
	code_normalise(&s);
	tap_ok(s.len == SECRET_MAX && s.bytes[0] == 'X');
	s.len = 510;
	code_normalise(&s);
	tap_ok(s.len == 510 && s.bytes[0] == 'x' && s.bytes[509] == 'x');
}

static unsigned strength(const char *text)
{
	struct secret s = secret_of(text);

	return code_strength(&s);
}

static void what_a_person_thinks_of_is_under_64_bits(void)
{
	static const char *const weak[] = { "", "sikritpassword", "correct-horse-9", "bocil-dufen",
		"BOCIL DUFEN BOCIL", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "12345678901234567890",
		"abcdefghijklmnopqrstuvwxyz", "Tr0ub4dor", "0123456789", "h4ck3r" };

	for (size_t i = 0; i < ARRAY_SIZE(weak); i++)
		if (strength(weak[i]) >= 64)
			tap_fail(__FILE__, __LINE__, "%s: %u bits", weak[i], strength(weak[i]));
	tap_eq_int(strength("bocil-dufen"), 32);
	tap_eq_int(strength(""), 0);
}

static void what_a_machine_made_of_64_bits_is_enough(void)
{
	static const char *const strong[] = { "8f3a61c07be25d94", "kT7w2qLz9Bx",
		"bocil-dufen-xuxux-celug", "pQ9!vX2#mZ7&", "d41d8cd98f00b204e9800998ecf8427e" };

	for (size_t i = 0; i < ARRAY_SIZE(strong); i++)
		if (strength(strong[i]) < 64)
			tap_fail(__FILE__, __LINE__, "%s: %u bits", strong[i], strength(strong[i]));
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(words_are_indexed_as_documented),
		TAP_TEST(every_value_has_a_word_of_its_own),
		TAP_TEST(codes_are_made_anew_each_time),
		TAP_TEST(codes_are_normalised_however_they_are_typed),
		TAP_TEST(anything_else_is_used_as_typed),
		TAP_TEST(bytes_of_nul_and_the_longest_password_stay),
		TAP_TEST(what_a_person_thinks_of_is_under_64_bits),
		TAP_TEST(what_a_machine_made_of_64_bits_is_enough),
		{ 0 },
	};
	return tap_run(tests);
}
