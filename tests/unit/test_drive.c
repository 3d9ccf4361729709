/* SPDX-License-Identifier: BSD-2-Clause */
/* local/drive_*: what is compared, the words of --setup and --run, what the console shows. */
#include "base/clock.h"
#include "local/drive_compare.h"
#include "local/drive_shown.h"
#include "local/drive_words.h"
#include "tap.h"

/* -- comparison ------------------------------------------------------------------------------ */

static const struct drive_own own = {
	.opened = true,
	.words = "bocil dufen",
	.client = "192.0.2.77:40312",
	.prepared = true,
	.hostname = "web01.example.org",
	.fingerprint = "SHA256:x",
};

static struct driver_report review(void)
{
	struct driver_report report = { .type = DRIVER_REVIEW };

	strcpy(report.words, own.words);
	strcpy(report.client, own.client);
	strcpy(report.hostname, own.hostname);
	strcpy(report.fingerprint, own.fingerprint);
	return report;
}

static void expect(
	const struct drive_own *ours, const struct driver_report *report, const char *text)
{
	struct error error = ERROR_INIT;

	tap_ok((drive_compare(ours, report, &error) < 0) == (text[0] != '\0'));
	tap_eq_text(error.text, text);
}

static void the_same_everywhere_passes(void)
{
	struct driver_report report = review();

	expect(&own, &report, "");
	strcpy(report.hostname, "WEB01.example.org");
	expect(&own, &report, "");
}

static void each_difference_is_named(void)
{
	struct driver_report report = review();

	strcpy(report.words, "bocil dufex");
	expect(&own, &report,
		"the comparison words differ: the platform's console shows bocil dufex, and this "
		"laptop has bocil dufen");
	report = review();
	strcpy(report.client, "192.0.2.77:40313");
	expect(&own, &report,
		"the address differs: the platform's console shows 192.0.2.77:40313, and this "
		"laptop has 192.0.2.77:40312");
	report.type = DRIVER_OPENED;
	expect(&own, &report,
		"the address differs: the platform's console shows 192.0.2.77:40313, and this "
		"laptop has 192.0.2.77:40312");
	report = review();
	strcpy(report.hostname, "web02.example.org");
	expect(&own, &report,
		"the host name differs: the platform's console shows web02.example.org, and this "
		"laptop has web01.example.org");
	report = review();
	strcpy(report.fingerprint, "SHA256:y");
	expect(&own, &report,
		"the fingerprint differs: the platform's console shows SHA256:y, and this laptop "
		"has SHA256:x");
}

static void behind_a_nat_only_the_address_may_differ(void)
{
	struct drive_own translated = own;
	struct driver_report report = review();

	translated.translated = true;
	strcpy(report.client, "198.51.100.1:1024");
	expect(&translated, &report, "");
	strcpy(report.words, "bocil dufex");
	expect(&translated, &report,
		"the comparison words differ: the platform's console shows bocil dufex, and this "
		"laptop has bocil dufen");
}

/* -- words ----------------------------------------------------------------------------------- */

static void expect_words(const char *text, const char *joined)
{
	_cleanup_(drive_words_deinit) struct drive_words words = DRIVE_WORDS_INIT;
	struct error error = ERROR_INIT;
	char got[256] = "";

	tap_eq_int(drive_words_split(text, &words, &error), 0);
	for (size_t i = 0; i < words.n; i++) {
		strcat(got, words.argv[i]);
		strcat(got, "|");
	}
	tap_eq_text(got, joined);
	tap_ok(words.n == 0 || !words.argv[words.n]);
}

static void words_are_split_as_a_shell_does_it(void)
{
	expect_words("", "");
	expect_words("  \t ", "");
	expect_words("dhcp -H web01", "dhcp|-H|web01|");
	expect_words(" static  -p 'a b' \"c d\"e ", "static|-p|a b|c de|");
	expect_words("a\\ b '\\' \"\\\\\\\"\\n\" ''", "a b|\\|\\\"\\n||");
	expect_words("$HOME `id` *", "$HOME|`id`|*|");
}

static void open_quotes_and_too_many_words_are_refused(void)
{
	struct drive_words words;
	struct error error = ERROR_INIT;
	char many[3 * DRIVER_ARGV_MAX + 3] = "";

	tap_ok(drive_words_split("a 'b", &words, &error) < 0);
	tap_eq_text(error.text, "a ' is not closed");
	tap_ok(drive_words_split("\"", &words, &error) < 0);
	for (int i = 0; i <= DRIVER_ARGV_MAX; i++)
		strcat(many, "x ");
	tap_ok(drive_words_split(many, &words, &error) < 0);
	tap_eq_text(error.text, "more than 64 words");
}

static void an_option_is_found_in_each_spelling(void)
{
	static const char *const with[] = { "-a x", "--a x", "-allow=x", "--allow x", "-p 1 -a=x" };
	static const char *const without[] = { "", "-p 1", "a", "---a", "-allowed x", "-A x" };
	struct error error;

	for (size_t i = 0; i < ARRAY_SIZE(with) + ARRAY_SIZE(without); i++) {
		_cleanup_(drive_words_deinit) struct drive_words words = DRIVE_WORDS_INIT;
		bool has = i < ARRAY_SIZE(with);
		const char *text = has ? with[i] : without[i - ARRAY_SIZE(with)];
		tap_eq_int(drive_words_split(text, &words, &error), 0);
		if (drive_words_have(&words, 'a', "allow") != has)
			tap_fail(__FILE__, __LINE__, "%s", text);
	}
}

/* -- what the console shows ------------------------------------------------------------------ */

/* The lines that are shown, each with a `|` at its end; a `#` in @text ends a frame. */
static void expect_shown(const char *text, const char *want)
{
	struct drive_shown shown = { .len = 0 };
	char got[512] = "";

	for (; *text; text++) {
		const char *line = drive_shown_take(
			&shown, (uint8_t)(*text == '#' ? '\r' : *text), *text == '#', 1);
		if (line) {
			strcat(got, line);
			strcat(got, "|");
		}
	}
	tap_eq_text(got, want);
}

static void lines_are_printable_and_without_control_sequences(void)
{
	expect_shown("a\tb\r\n\r\n  \r\nc\n", "ab|c|");
	expect_shown("\x1b[2J\x1b[1;31mred\x1b[0m \x1b(B\x1b]0;title\x07text\xff\n", "red text?|");
	/* One that never ends hides no other line. */
	expect_shown("a\x1b]0;b\nc\n", "a|c|");
}

static void frames_are_not_shown_and_text_with_a_colon_is(void)
{
	expect_shown("login:\n", "login:|");
	expect_shown(":00mAAAA#\nnext\n", "next|");
	expect_shown("usb 1-1: new device\n", "usb 1-1: new device|");
	expect_shown("text:00mAAAA#\n", "text|");
	/* A damaged one. */
	expect_shown(":00mAAAABBBBCCCC\n", "");
}

static void prompt_is_shown_after_a_pause(void)
{
	struct drive_shown shown = { .len = 0 };
	int64_t next;

	for (const char *p = "login: "; *p; p++)
		(void)drive_shown_take(&shown, (uint8_t)*p, false, 5000);
	tap_ok(!drive_shown_pause(&shown, 5000, &next));
	tap_eq_int(next, 5000 + DRIVE_SHOWN_PAUSE_MS);
	tap_eq_text(drive_shown_pause(&shown, next, &next), "login: ");
	tap_ok(next == CLOCK_NEVER && !drive_shown_pause(&shown, 99999, &next));
	tap_eq_text(drive_shown_last(&shown), "login: ");
}

static void endless_output_is_bounded(void)
{
	struct drive_shown shown = { .len = 0 };
	unsigned lines = 0;

	for (int i = 0; i < 1000000; i++)
		lines += drive_shown_take(&shown, i % 1000 == 0 ? '\n' : 'x', false, 1) != NULL;
	tap_eq_int(lines, DRIVE_SHOWN_LINES);
	tap_eq_int(strlen(drive_shown_last(&shown)), 999 % DRIVE_SHOWN_MAX);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_same_everywhere_passes),
		TAP_TEST(each_difference_is_named),
		TAP_TEST(behind_a_nat_only_the_address_may_differ),
		TAP_TEST(words_are_split_as_a_shell_does_it),
		TAP_TEST(open_quotes_and_too_many_words_are_refused),
		TAP_TEST(an_option_is_found_in_each_spelling),
		TAP_TEST(lines_are_printable_and_without_control_sequences),
		TAP_TEST(frames_are_not_shown_and_text_with_a_colon_is),
		TAP_TEST(prompt_is_shown_after_a_pause),
		TAP_TEST(endless_output_is_bounded),
		{ 0 },
	};
	return tap_run(tests);
}
