/* SPDX-License-Identifier: BSD-2-Clause */
/* base/: numbers, hex, base64, printable text, UTF-8, bytes, secrets, errors. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/columns.h"
#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/secret.h"
#include "base/text.h"

static void numbers_are_whole_texts_of_digits(void)
{
	uint64_t v = 7;
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1", "01", "1.0",
		"\xd9\xa1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_eq_int(text_parse_u64(bad[i], 0, UINT64_MAX, &v), -EINVAL);
	tap_eq_int(v, 7);
	tap_eq_int(text_parse_u64("0", 0, 9, &v), 0);
	tap_eq_int(v, 0);
	tap_eq_int(text_parse_u64("0", 1, 9, &v), -ERANGE);
	tap_eq_int(text_parse_u64("65536", 1, 65535, &v), -ERANGE);
	tap_eq_int(text_parse_u64("18446744073709551615", 0, UINT64_MAX, &v), 0);
	tap_ok(v == UINT64_MAX);
	tap_eq_int(text_parse_u64("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
}

static void hex_goes_round(void)
{
	char text[2 * 4 + 1];
	uint8_t out[4];

	text_format_hex("\x00\x7f\xab\xff", 4, text);
	tap_eq_text(text, "007fabff");
	tap_eq_int(text_parse_hex("007FabfF", out, 4), 0);
	tap_eq_bytes(out, 4, "\x00\x7f\xab\xff", 4);
	tap_eq_int(text_parse_hex("007fab", out, 4), -EINVAL);
	tap_eq_int(text_parse_hex("007fabfg", out, 4), -EINVAL);
	tap_eq_int(text_parse_hex("007fabff00", out, 4), -EINVAL);
}

static void base64_has_the_vectors_of_rfc_4648(void)
{
	static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd\xfb", "//79+w==" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[TEXT_BASE64_SIZE(8)];
		uint8_t out[8];
		size_t n = 99;
		tap_eq_int(text_format_base64(rows[i][0], strlen(rows[i][0]), text),
			strlen(rows[i][1]));
		tap_eq_text(text, rows[i][1]);
		tap_eq_int(text_parse_base64(text, strlen(text), out, sizeof(out), &n), 0);
		tap_eq_bytes(out, n, rows[i][0], strlen(rows[i][0]));
	}
}

static void base64_is_strict(void)
{
	static const char *const bad[] = { "Zg",
		"Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "Z===", "Zm9v\n", "Zm 9v", "Zm-_",
		"=Zg=", "Zg==\n" };
	uint8_t out[16];
	size_t n = 99;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_eq_int(
			text_parse_base64(bad[i], strlen(bad[i]), out, sizeof(out), &n), -EINVAL);
	tap_eq_int(n, 99);
	tap_eq_int(text_parse_base64("Zm9v", 4, out, 2, &n), -E2BIG);
	tap_eq_int(text_parse_base64("Zm9v", 4, out, 3, &n), 0);
}

static void foreign_bytes_become_printable(void)
{
	char out[32];

	tap_eq_int(text_printable("a\x1b[31m\n\xff\\~", 10, out, sizeof(out)), 22);
	tap_eq_text(out, "a\\x1b[31m\\x0a\\xff\\x5c~");
	tap_eq_int(text_printable("abc\ndef", 7, out, 7), 3);
	tap_eq_text(out, "abc");
	tap_eq_int(text_printable("abc", 3, out, 1), 0);
	tap_eq_text(out, "");
}

static void one_thing_has_no_plural(void)
{
	tap_eq_text(text_plural(0, "line", "lines"), "lines");
	tap_eq_text(text_plural(1, "line", "lines"), "line");
	tap_eq_text(text_plural(UINT64_MAX, "", "s"), "s");
}

static void what_was_made_printable_is_escaped_once(void)
{
	char once[64], out[64];

	text_printable("h\x1b[31m\\\xe9", 8, once, sizeof(once));
	tap_eq_text(once, "h\\x1b[31m\\x5c\\xe9");
	text_printable_again(once, strlen(once), out, sizeof(out));
	tap_eq_text(out, once);
	/* What only resembles it is not one, and is cut as a whole. */
	text_printable_again("a\\xg1\\x1", 8, out, sizeof(out));
	tap_eq_text(out, "a\\x5cxg1\\x5cx1");
	tap_eq_int(text_printable_again("a\n", 2, out, 5), 1);
}

static void long_lines_are_broken_at_blanks(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "one two th", "one two th" },
		{ "one two thr", "one two\n  thr" },
		{ "one two three four", "one two\n  three\n  four" },
		/* A word may be too long; it is not broken, and nothing before it is lost. */
		{ "abcdefghijklmno", "abcdefghijklmno" },
		{ "abcdefghijklmno p", "abcdefghijklmno\n  p" },
		{ "p abcdefghijklmno q", "p\n  abcdefghijklmno\n  q" },
		/* The line is broken at a blank in the column after the last. */
		{ "abcdefghij k", "abcdefghij\n  k" },
		{ "    abcdefgh i", "    abcdefgh\n  i" },
	};
	char line[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(line, sizeof(line), "%s", rows[i].in);
		tap_eq_int(text_fold(line, sizeof(line), 10, 2), strlen(rows[i].out));
		tap_eq_text(line, rows[i].out);
	}
	/* No room for the indent. */
	snprintf(line, sizeof(line), "one two three four");
	tap_eq_int(text_fold(line, 19 + 3, 10, 2), 20);
	tap_eq_text(line, "one two\n  three four");
}

static const char *change(struct progress *progress, int64_t now_ms)
{
	static char out[PROGRESS_BYTES_MAX];

	out[0] = '\0';
	tap_eq_int(progress_change(progress, now_ms, out), strlen(out));
	return out;
}

static void a_wait_with_a_limit_counts_down_once_a_second(void)
{
	struct progress p = PROGRESS_INIT;

	tap_eq_text(change(&p, 0), "");
	tap_ok(progress_next_ms(&p, 0) == CLOCK_NEVER);
	progress_begin(&p, "waiting for links", 10500, 500);
	tap_eq_text(change(&p, 500), "\r  waiting for links, 10 s left");
	tap_eq_int(progress_next_ms(&p, 500), 1500);
	tap_eq_text(change(&p, 1499), "");
	/* Shorter by one, which is wiped out. */
	tap_eq_text(change(&p, 1500), "\r  waiting for links, 9 s left ");
	tap_eq_text(change(&p, 9600), "\r  waiting for links, 1 s left");
	tap_eq_text(change(&p, 10500), "\r  waiting for links, 0 s left");
	tap_eq_text(change(&p, 99999), "");
	tap_ok(progress_next_ms(&p, 99999) > 99999);
}

static void a_wait_without_limit_counts_up_and_in_minutes_later(void)
{
	struct progress p = PROGRESS_INIT;

	progress_begin(&p, "waiting", CLOCK_NEVER, 1000);
	tap_eq_text(change(&p, 1000), "\r  waiting, 0 s");
	tap_eq_int(progress_next_ms(&p, 1000), 2000);
	tap_eq_text(change(&p, 120999), "\r  waiting, 119 s");
	tap_eq_text(change(&p, 121000), "\r  waiting, 2 min");
	tap_eq_text(change(&p, 180999), "");
	tap_eq_text(change(&p, 181000), "\r  waiting, 3 min");
}

/* Else a caller that waits until the row is due would not wait at all. */
static void a_terminal_that_takes_nothing_is_tried_again_a_second_later(void)
{
	struct progress p = PROGRESS_INIT;

	progress_begin(&p, "waiting", CLOCK_NEVER, 1000);
	tap_eq_int(progress_next_ms(&p, 1700), 1700);
	progress_postpone(&p, 1700);
	tap_eq_int(progress_next_ms(&p, 1700), 2700);
	progress_postpone(&p, 1800);
	tap_eq_int(progress_next_ms(&p, 1800), 2700);
	tap_eq_text(change(&p, 2700), "\r  waiting, 1 s");
	tap_eq_int(progress_next_ms(&p, 2700), 3000);
}

static void a_row_is_wiped_by_blanks_and_comes_back(void)
{
	struct progress p = PROGRESS_INIT;
	char out[PROGRESS_BYTES_MAX], want[PROGRESS_BYTES_MAX], what[200];

	tap_eq_int(progress_wipe(&p, out), 0);
	progress_begin(&p, "a", CLOCK_NEVER, 0);
	tap_eq_text(change(&p, 0), "\r  a, 0 s");
	tap_eq_int(progress_wipe(&p, out), 10);
	tap_eq_text(out, "\r        \r");
	tap_eq_int(progress_wipe(&p, out), 0);
	tap_eq_text(change(&p, 500), "");
	tap_eq_text(change(&p, 1000), "\r  a, 1 s");
	/* However long it is, it fits; and it can be wiped. */
	memset(what, 'x', sizeof(what) - 1);
	what[sizeof(what) - 1] = '\0';
	progress_begin(&p, what, INT64_MAX / 2, 0);
	tap_eq_int(strlen(change(&p, 0)), 1 + PROGRESS_COLUMNS);
	snprintf(want, sizeof(want), "\r%*s\r", PROGRESS_COLUMNS, "");
	tap_eq_int(progress_wipe(&p, out), PROGRESS_COLUMNS + 2);
	tap_eq_text(out, want);
}

static void plain_utf8_has_no_controls_and_no_wrong_forms(void)
{
	static const char *const good[] = { "", "host.example.org", "\xc3\xa5", "\xe2\x82\xac",
		"\xf0\x9f\x94\x91" };
	static const char *const bad[] = { "\n", "\x7f", "\xc2\x85", "\xc0\xaf", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xff", "\xe2\x82", "a\x1b[0m", "\x80" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		tap_ok(text_is_plain_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_ok(!text_is_plain_utf8(bad[i], strlen(bad[i])));
	tap_ok(!text_is_plain_utf8("a\0b", 3));
}

static void a_reader_stops_at_its_end_and_stays_stopped(void)
{
	struct bytes_reader r = bytes_reader("\x01\x02\x03\x04\x05\x06\x07", 7);
	size_t n = 9;

	tap_eq_int(bytes_read_u8(&r), 1);
	tap_eq_int(bytes_read_le16(&r), 0x0302);
	tap_eq_int(bytes_read_be32(&r), 0x04050607);
	tap_ok(bytes_reader_done(&r));
	tap_ok(bytes_rest(&r, &n) != NULL && n == 0);
	tap_eq_int(bytes_read_u8(&r), 0);
	tap_ok(!bytes_reader_ok(&r));
	r = bytes_reader("\x01\x02", 2);
	tap_eq_int(bytes_read_be32(&r), 0);
	tap_eq_int(bytes_read_u8(&r), 0);
	tap_ok(!bytes_reader_ok(&r) && !bytes_reader_done(&r));
}

static void a_writer_never_goes_past_its_room(void)
{
	uint8_t buf[9] = { 0 };
	struct bytes_writer w = bytes_writer(buf, 8);

	bytes_write_string(&w, "abc", 3);
	tap_ok(bytes_writer_ok(&w));
	tap_eq_bytes(buf, w.len, "\0\0\0\3abc", 7);
	bytes_write_be32(&w, 1);
	tap_ok(!bytes_writer_ok(&w));
	bytes_write_u8(&w, 1);
	tap_eq_int(w.len, 7);
	tap_eq_int(buf[8], 0);
}

static void secrets_compare_and_wipe(void)
{
	struct secret s = SECRET_INIT;
	uint8_t big[SECRET_MAX + 1] = { 0 };

	tap_eq_int(secret_set(&s, "abc", 3), 0);
	tap_ok(secret_equal(&s, "abc", 3));
	tap_ok(!secret_equal(&s, "abd", 3));
	tap_ok(!secret_equal(&s, "ab", 2));
	tap_eq_int(secret_set(&s, big, sizeof(big)), -E2BIG);
	tap_eq_int(s.len, 0);
	tap_eq_int(s.bytes[0], 0);
}

static void errors_are_prefixed_and_cut(void)
{
	struct error e = ERROR_INIT;
	char big[ERROR_TEXT_MAX + 10];

	tap_eq_int(error_set_errno(&e, -ENOENT, "open %s", "x"), -ENOENT);
	tap_eq_text(e.text, "open x: No such file or directory");
	tap_eq_int(error_prefix(&e, 3, "efi"), 3);
	tap_eq_text(e.text, "efi: open x: No such file or directory");
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)error_set(&e, 1, "%s", big);
	tap_eq_int(strlen(e.text), ERROR_TEXT_MAX - 1);
	tap_eq_text(e.text + ERROR_TEXT_MAX - 5, "a...");
}

static void a_file_larger_than_its_limit_is_refused(void)
{
	struct error e = ERROR_INIT;
	_cleanup_free_ uint8_t *data = NULL;
	size_t n = 0;

	tap_eq_int(file_read(AT_FDCWD, "/proc/self/stat", 5, &data, &n, &e), -EFBIG);
	tap_eq_int(file_read(AT_FDCWD, "/dev/null", 5, &data, &n, &e), 0);
	tap_ok(data && n == 0);
	tap_eq_int(file_read(AT_FDCWD, "/nonexistent", 5, &data, &n, &e), -ENOENT);
	tap_eq_text(e.text, "/nonexistent: No such file or directory");
}

static void a_value_goes_on_in_the_next_line_where_it_gets_too_long(void)
{
	_cleanup_free_ char *text = NULL;
	char word[100];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	columns_text(out, "label", "  some   words ");
	columns_text(out, "a label of 14.", "v");
	columns_format(out, "", "%.67s", word);
	columns_format(out, "", "y %.67s z", word);
	columns_format(out, "long", "%s", word);
	columns_format(out, "", "%s", "\x1b[2J\n\xff");
	fclose(out);
	tap_eq_text(text,
		"label        some words\n"
		"a label of 14.\n"
		"             v\n"
		"             xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
		"             y\n"
		"             xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
		"             z\n"
		"long         xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
		"             xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
		"             \\x1b[2J\\x0a\\xff\n");
}

static void a_date_is_written_as_rfc_3339_has_it(void)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} rows[] = { { 0, "1970-01-01T00:00:00Z" }, { 1738244941, "2025-01-30T13:49:01Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ INT64_C(253402300800), "10000-01-01T00:00:00Z" } };
	char text[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		clock_format_utc(rows[i].seconds, text);
		tap_eq_text(text, rows[i].want);
	}
}

static void dates_are_those_of_the_library(void)
{
	/* Around every month's end of 400 years, and back before 1970. */
	for (int64_t s = -2208988800; s < 13569465600; s += 86399 * 13 + 7) {
		if (clock_time_t(s) != s)
			continue; /* the library has no such date with 32 bits */
		struct clock_date d = clock_date_utc(s);
		struct tm t;
		time_t time = (time_t)s;
		gmtime_r(&time, &t);
		if (d.year != t.tm_year + 1900 || d.month != t.tm_mon + 1 || d.day != t.tm_mday ||
			d.hour != t.tm_hour || d.minute != t.tm_min || d.second != t.tm_sec ||
			d.weekday != t.tm_wday) {
			tap_eq_int(s, 0);
			return;
		}
	}
}

static void a_date_goes_back_to_its_moment(void)
{
	for (int64_t t = -62135596800; t < INT64_C(253402300799); t += 86400 * 27 + 12345) {
		struct clock_date date = clock_date_utc(t);
		tap_eq_int(clock_seconds_utc(&date), t);
	}
	/* A day that the month does not have. */
	const struct clock_date date = { .year = 2025, .month = 2, .day = 31 };
	struct clock_date next = clock_date_utc(clock_seconds_utc(&date));
	tap_eq_int(next.month, 3);
	tap_eq_int(next.day, 3);
}

static void a_word_is_found_among_any_bytes(void)
{
	tap_ok(text_find("a\0KEY", 5, "KEY"));
	tap_ok(!text_find("a\0KEY", 4, "KEY"));
	tap_ok(!text_find("KE", 2, "KEY"));
	tap_ok(text_find("", 0, ""));
	tap_ok(text_contains_any_case("keep-alive, CLOSE", "close"));
	tap_ok(!text_contains_any_case("keep", "close"));
}

static void a_new_text_has_the_length_that_it_needs(void)
{
	_cleanup_free_ char *text = text_new("%s-%0500d", "a", 7);

	tap_ok(text && strlen(text) == 502);
	tap_ok(text && text[501] == '7');
}

static void a_time_that_the_library_cannot_hold_is_its_nearest(void)
{
	bool wide = sizeof(time_t) > sizeof(int32_t);

	tap_eq_int(clock_time_t(1738244941), 1738244941);
	tap_eq_int(clock_time_t(-1), -1);
	tap_eq_int(clock_time_t(INT64_C(4102444800)), wide ? INT64_C(4102444800) : INT32_MAX);
	tap_eq_int(clock_time_t(INT64_C(-4102444800)), wide ? INT64_C(-4102444800) : INT32_MIN);
}

static void a_list_ends_where_its_room_does(void)
{
	struct text_list list = { .len = 0 };

	text_list_add(&list, "%s", "");
	tap_ok(list.len == 0 && list.text[0] == '\0');
	text_list_add(&list, "%d, ", 1);
	text_list_add(&list, "%d", 2);
	tap_eq_text(list.text, "1, 2");
	for (size_t i = 0; i < sizeof(list.text); i++)
		text_list_add(&list, "abc");
	tap_eq_int(list.len, sizeof(list.text) - 1);
	tap_eq_int(strlen(list.text), sizeof(list.text) - 1);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(numbers_are_whole_texts_of_digits),
		TAP_TEST(hex_goes_round),
		TAP_TEST(base64_has_the_vectors_of_rfc_4648),
		TAP_TEST(base64_is_strict),
		TAP_TEST(foreign_bytes_become_printable),
		TAP_TEST(one_thing_has_no_plural),
		TAP_TEST(what_was_made_printable_is_escaped_once),
		TAP_TEST(long_lines_are_broken_at_blanks),
		TAP_TEST(a_wait_with_a_limit_counts_down_once_a_second),
		TAP_TEST(a_wait_without_limit_counts_up_and_in_minutes_later),
		TAP_TEST(a_terminal_that_takes_nothing_is_tried_again_a_second_later),
		TAP_TEST(a_row_is_wiped_by_blanks_and_comes_back),
		TAP_TEST(plain_utf8_has_no_controls_and_no_wrong_forms),
		TAP_TEST(a_reader_stops_at_its_end_and_stays_stopped),
		TAP_TEST(a_writer_never_goes_past_its_room),
		TAP_TEST(secrets_compare_and_wipe),
		TAP_TEST(errors_are_prefixed_and_cut),
		TAP_TEST(a_file_larger_than_its_limit_is_refused),
		TAP_TEST(a_value_goes_on_in_the_next_line_where_it_gets_too_long),
		TAP_TEST(a_date_is_written_as_rfc_3339_has_it),
		TAP_TEST(dates_are_those_of_the_library),
		TAP_TEST(a_time_that_the_library_cannot_hold_is_its_nearest),
		TAP_TEST(a_list_ends_where_its_room_does),
		TAP_TEST(a_date_goes_back_to_its_moment),
		TAP_TEST(a_word_is_found_among_any_bytes),
		TAP_TEST(a_new_text_has_the_length_that_it_needs),
		{ 0 },
	};
	return tap_run(tests);
}
