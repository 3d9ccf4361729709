/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small test header: a table of named tests, TAP on stdout (testanything.org), both values
 * shown if they differ. The name of a test is the sentence that it proves.
 *
 *	static void empty_text_is_no_number(void) { tap_eq_int(text_parse...(""), -EINVAL); }
 *	int main(void)
 *	{
 *		static const struct tap_test tests[] = { TAP_TEST(empty_text_is_no_number), {0} };
 *		return tap_run(tests);
 *	}
 *
 * Under qemu-user some tests are left out, by name: tests/left-out has them, with the reasons.
 */
#pragma once

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tap_test {
	const char *name;
	void (*run)(void);
};

/* clang-format off: it takes `#f` for a directive. */
#define TAP_TEST(f)                                                                                \
	{                                                                                          \
#f, f                                                                              \
	}
/* clang-format on */

/* State of the test that runs; one translation unit per test program. */
static bool tap_failed;
static const char *tap_skip_reason;

__attribute__((format(printf, 3, 4), unused)) static void tap_fail(
	const char *file, int line, const char *format, ...)
{
	va_list args;
	tap_failed = true;
	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

#define tap_ok(cond)                                                                               \
	do {                                                                                       \
		if (!(cond))                                                                       \
			tap_fail(__FILE__, __LINE__, "not true: %s", #cond);                       \
	} while (0)

#define tap_eq_int(got, want)                                                                      \
	do {                                                                                       \
		int64_t got_ = (int64_t)(got), want_ = (int64_t)(want);                            \
		if (got_ != want_)                                                                 \
			tap_fail(__FILE__, __LINE__, "%s: got %" PRId64 ", want %" PRId64, #got,   \
				got_, want_);                                                      \
	} while (0)

#define tap_eq_text(got, want)                                                                     \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		if (!got_ || !want_ || strcmp(got_, want_) != 0)                                   \
			tap_fail(__FILE__, __LINE__, "%s: got \"%s\", want \"%s\"", #got,          \
				got_ ? got_ : "(null)", want_ ? want_ : "(null)");                 \
	} while (0)

__attribute__((unused)) static void tap_dump(const char *label, const void *p, size_t n)
{
	printf("#   %s (%zu): ", label, n);
	for (size_t i = 0; i < n; i++)
		printf("%02x", ((const uint8_t *)p)[i]);
	printf("\n");
}

#define tap_eq_bytes(got, got_len, want, want_len)                                                 \
	do {                                                                                       \
		size_t gl_ = (got_len), wl_ = (want_len);                                          \
		if (gl_ != wl_ || memcmp((got), (want), gl_) != 0) {                               \
			tap_fail(__FILE__, __LINE__, "%s differs", #got);                          \
			tap_dump("got ", (got), gl_);                                              \
			tap_dump("want", (want), wl_);                                             \
		}                                                                                  \
	} while (0)

/* Ends the test as skipped; CI counts that as a failure. Use: { tap_skip("why"); return; } */
__attribute__((unused)) static void tap_skip(const char *reason)
{
	tap_skip_reason = reason;
}

/*
 * Whether a test is in the list STPROV_LEFT_OUT of the environment: names of tests of this
 * program, a blank around each, or * for all of them.
 */
static bool tap_is_left_out(const char *name)
{
	const char *list = getenv("STPROV_LEFT_OUT");
	char word[256];

	if (!list)
		return false;
	snprintf(word, sizeof(word), " %s ", name);
	return strstr(list, word) || strcmp(list, " * ") == 0;
}

/*
 * How often a test with random input is to run: @n times, and under qemu-user, which takes ten
 * times as long, an eighth of it. The code is the same as here, where all runs are done.
 */
__attribute__((unused)) static unsigned tap_rounds(unsigned n)
{
	return getenv("STPROV_FEW_ROUNDS") ? n / 8 : n;
}

__attribute__((unused)) static int tap_run(const struct tap_test *tests)
{
	int n = 0, number = 0, failures = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; tests[i].name; i++)
		n += !tap_is_left_out(tests[i].name);
	printf("1..%d\n", n);
	for (int i = 0; tests[i].name; i++) {
		if (tap_is_left_out(tests[i].name)) {
			printf("# left out: %s\n", tests[i].name);
			continue;
		}
		tap_failed = false;
		tap_skip_reason = NULL;
		tests[i].run();
		number++;
		printf("%s %d - %s%s%s\n", tap_failed ? "not ok" : "ok", number, tests[i].name,
			tap_skip_reason ? " # SKIP " : "", tap_skip_reason ? tap_skip_reason : "");
		failures += tap_failed;
	}
	return failures ? 1 : 0;
}
