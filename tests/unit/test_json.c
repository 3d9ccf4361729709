/* SPDX-License-Identifier: BSD-2-Clause */
/* json/: strict reading, three results for a key, writing as Go's encoding/json. */
#include "tap.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json/json.h"

/* The status of a child that may open no file. */
static int use_without_open(void)
{
	static const int killing[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2) };
	struct error e = ERROR_INIT;
	struct json *json;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < sizeof(killing) / sizeof(killing[0]); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, killing[i], 0) != 0)
			return 1;
	if (seccomp_load(filter) != 0)
		return 2;
	return json_object_parse("{\"a\":1}", 7, &json, &e) == 0 && json_object_new(&json, &e) == 0
		       ? 0
		       : 3;
}

/* Must run first: jansson chooses the seed of its hash tables once in a process. */
static void a_process_that_cannot_open_files_can_use_json(void)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(use_without_open());
	waitpid(pid, &status, 0);
	tap_eq_int(status, 0);
}

static struct json *parse(const char *text)
{
	struct error e = ERROR_INIT;
	struct json *json = NULL;

	if (json_object_parse(text, strlen(text), &json, &e) != 0)
		tap_fail(__FILE__, __LINE__, "%s: %s", text, e.text);
	return json;
}

static int parse_result(const void *text, size_t len, struct error *e)
{
	_cleanup_json_ struct json *json = NULL;

	*e = ERROR_INIT;
	int r = json_object_parse(text, len, &json, e);
	tap_ok((r == 0) == (json != NULL));
	return r;
}

static void only_one_whole_object_is_taken(void)
{
	static const char *const bad[] = { "", " ", "{", "}", "[]", "[{}]", "null", "1", "\"a\"",
		"{}{}", "{} x", "{}\x01", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":01}",
		"{\"a\":+1}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":NaN}", "{\"a\":Infinity}",
		"{\"a\":True}", "{\"a\":\"\n\"}", "{\"a\":\"\\x41\"}", "{\"a\":\"\\u00\"}",
		"{\"a\" 1}", "{\"a\":}", "// c\n{}", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}",
		"{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\u0000\"}", "{\"a\\u0000b\":1}", "{\"a\":9223372036854775808}",
		"{\"a\":1e999}" };
	struct error e;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_result(bad[i], strlen(bad[i]), &e) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "accepted: %s", bad[i]);
	tap_eq_int(parse_result("{}\0", 3, &e), -EINVAL);
	tap_eq_int(parse_result("{}", 2, &e), 0);
	tap_eq_int(parse_result(" \t\r\n{ } \n", 9, &e), 0);
}

static void duplicate_keys_are_refused_at_every_level(void)
{
	static const char *const bad[] = { "{\"a\":1,\"a\":1}", "{\"b\":{\"a\":1,\"a\":2}}",
		"{\"b\":[{\"a\":1,\"\\u0061\":2}]}" };
	struct error e;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tap_eq_int(parse_result(bad[i], strlen(bad[i]), &e), -EINVAL);
		tap_ok(strstr(e.text, "duplicate key") != NULL);
	}
}

/* {"a":[[...[]...]]} of so many levels, the object counted. */
static int parse_levels(size_t levels, struct error *e)
{
	static char text[100000];
	size_t n = (size_t)sprintf(text, "{\"a\":");

	memset(text + n, '[', levels - 1);
	memset(text + n + levels - 1, ']', levels - 1);
	n += 2 * (levels - 1);
	text[n++] = '}';
	return parse_result(text, n, e);
}

static void nesting_ends_at_its_limit(void)
{
	static const char in_strings[] = "{\"\\\"\":\"[[[[[[[[[[[[[[[[[[[[[[\\\\\"}";
	struct error e;

	tap_eq_int(parse_levels(JSON_DEPTH_MAX, &e), 0);
	tap_eq_int(parse_levels(JSON_DEPTH_MAX + 1, &e), -EINVAL);
	tap_eq_text(e.text, "malformed JSON: more than 16 levels deep");
	tap_eq_int(parse_levels(40000, &e), -EINVAL);
	/* Brackets in strings are no levels, also behind escapes. */
	tap_eq_int(parse_result(in_strings, strlen(in_strings), &e), 0);
}

static void errors_show_a_place_and_never_content(void)
{
	static const char text[] = "{\"a\":1,\n \"b\":sikrit}";
	struct error e;

	tap_eq_int(parse_result(text, strlen(text), &e), -EINVAL);
	tap_ok(strncmp(e.text, "malformed JSON: line 2, column ", 31) == 0);
	tap_ok(strstr(e.text, "sikrit") == NULL);
}

static void absent_null_and_malformed_are_three_answers(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = parse("{\"null\":null,\"object\":{}}");
	const char *text = "untouched";
	const struct json *array = NULL;
	int64_t number = 7;
	bool flag = true;
	uint8_t *data = NULL;
	size_t len = 7;

	tap_eq_int(json_get_text(json, "x", &text, &e), JSON_E_ABSENT);
	tap_eq_int(json_get_int(json, "x", &number, &e), JSON_E_ABSENT);
	tap_eq_int(json_get_bool(json, "x", &flag, &e), JSON_E_ABSENT);
	tap_eq_int(json_get_base64(json, "x", 9, &data, &len, &e), JSON_E_ABSENT);
	tap_eq_int(json_get_array(json, "x", &array, &e), JSON_E_ABSENT);
	tap_eq_int(json_get_text(json, "null", &text, &e), JSON_E_NULL);
	tap_eq_int(json_get_int(json, "null", &number, &e), JSON_E_NULL);
	tap_eq_int(json_get_bool(json, "null", &flag, &e), JSON_E_NULL);
	tap_eq_int(json_get_base64(json, "null", 9, &data, &len, &e), JSON_E_NULL);
	tap_eq_int(json_get_array(json, "null", &array, &e), JSON_E_NULL);
	tap_eq_text(e.text, "");
	tap_eq_int(json_get_text(json, "object", &text, &e), -EINVAL);
	tap_eq_text(e.text, "\"object\" is not a string");
	tap_eq_int(json_get_int(json, "object", &number, &e), -EINVAL);
	tap_eq_int(json_get_bool(json, "object", &flag, &e), -EINVAL);
	tap_eq_int(json_get_base64(json, "object", 9, &data, &len, &e), -EINVAL);
	tap_eq_int(json_get_array(json, "object", &array, &e), -EINVAL);
	tap_eq_text(text, "untouched");
	tap_ok(number == 7 && flag && !data && len == 7 && !array);
}

static void numbers_are_whole_and_fit(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = parse("{\"min\":-9223372036854775808,"
						 "\"max\":9223372036854775807,\"real\":1.0,\"exp\":"
						 "1e3,\"text\":\"1\",\"true\":true}");
	int64_t v = 7;

	tap_eq_int(json_get_int(json, "real", &v, &e), -EINVAL);
	tap_eq_int(json_get_int(json, "exp", &v, &e), -EINVAL);
	tap_eq_int(json_get_int(json, "text", &v, &e), -EINVAL);
	tap_eq_int(json_get_int(json, "true", &v, &e), -EINVAL);
	tap_eq_int(v, 7);
	tap_eq_int(json_get_int(json, "min", &v, &e), 0);
	tap_ok(v == INT64_MIN);
	tap_eq_int(json_get_int(json, "max", &v, &e), 0);
	tap_ok(v == INT64_MAX);
}

static void base64_is_bounded_and_strict(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json =
		parse("{\"empty\":\"\",\"three\":\"Zm9v\",\"one\":\"Zg==\","
		      "\"bad\":\"Zg\",\"bits\":\"Zh==\",\"line\":\"Zm9v\\n\"}");
	uint8_t *data = NULL;
	size_t len = 7;

	tap_eq_int(json_get_base64(json, "bad", 9, &data, &len, &e), -EINVAL);
	tap_eq_text(e.text, "\"bad\" is not base64");
	tap_eq_int(json_get_base64(json, "bits", 9, &data, &len, &e), -EINVAL);
	tap_eq_int(json_get_base64(json, "line", 9, &data, &len, &e), -EINVAL);
	tap_eq_int(json_get_base64(json, "three", 2, &data, &len, &e), -E2BIG);
	tap_eq_text(e.text, "\"three\" is more than 2 bytes");
	tap_ok(!data && len == 7);
	tap_eq_int(json_get_base64(json, "three", 3, &data, &len, &e), 0);
	tap_eq_bytes(data, len, "foo", 3);
	free(data);
	tap_eq_int(json_get_base64(json, "one", 1, &data, &len, &e), 0);
	tap_eq_bytes(data, len, "f", 1);
	free(data);
	data = NULL;
	tap_eq_int(json_get_base64(json, "empty", 0, &data, &len, &e), 0);
	tap_ok(data && len == 0);
	free(data);
}

static void arrays_give_their_items(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = parse("{\"a\":[\"x\",{\"k\":[\"deep\"]},null]}");
	const struct json *array, *object, *deep;
	const char *text = "untouched";

	tap_eq_int(json_get_array(json, "a", &array, &e), 0);
	tap_eq_int(json_array_count(array), 3);
	tap_eq_int(json_array_object(array, 0, &object, &e), -EINVAL);
	tap_eq_text(e.text, "item 1 is not an object");
	tap_eq_int(json_array_text(array, 1, &text, &e), -EINVAL);
	tap_eq_int(json_array_text(array, 2, &text, &e), -EINVAL);
	tap_eq_int(json_array_text(array, 3, &text, &e), -EINVAL);
	tap_eq_int(json_array_object(array, 3, &object, &e), -EINVAL);
	tap_eq_text(text, "untouched");
	tap_eq_int(json_array_text(array, 0, &text, &e), 0);
	tap_eq_text(text, "x");
	tap_eq_int(json_array_object(array, 1, &object, &e), 0);
	tap_eq_int(json_get_array(object, "k", &deep, &e), 0);
	tap_eq_int(json_array_text(deep, 0, &text, &e), 0);
	tap_eq_text(text, "deep");
}

static void eq_format(const struct json *json, const char *want)
{
	struct error e = ERROR_INIT;
	_cleanup_free_ char *text = NULL;

	tap_eq_int(json_format(json, &text, &e), 0);
	tap_eq_text(text, want);
}

static void keys_are_written_in_the_order_in_which_they_were_set(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = NULL;
	struct json *array, *object;

	tap_eq_int(json_object_new(&json, &e), 0);
	tap_eq_int(json_array_new(&array, &e), 0);
	tap_eq_int(json_object_new(&object, &e), 0);
	eq_format(json, "{}");
	json_set_text(json, "z", "t");
	json_set_int(json, "y", INT64_MIN);
	json_set_bool(json, "x", true);
	json_set_bool(json, "w", false);
	json_set_null(json, "v");
	json_set_base64(json, "u", "foob", 4);
	json_set_base64(json, "t", "", 0);
	json_set_base64(json, "s", NULL, 0);
	json_set_text(json, "r", NULL);
	json_set_text(object, "k", "v");
	json_append_text(array, "a");
	json_append_child(array, object);
	json_set_child(json, "q", array);
	json_set_text(json, "z", "again");
	eq_format(json,
		"{\"z\":\"again\",\"y\":-9223372036854775808,\"x\":true,\"w\":false,\"v\":null,"
		"\"u\":\"Zm9vYg==\",\"t\":\"\",\"s\":null,\"r\":null,\"q\":[\"a\",{\"k\":\"v\"}]}");
}

static void strings_are_escaped_as_go_does(void)
{
	static const char *const rows[][2] = {
		{ "<a href=\"x\">&\\", "\\u003ca href=\\\"x\\\"\\u003e\\u0026\\\\" },
		{ "\n\r\t\b\f\x01\x1f", "\\n\\r\\t\\u0008\\u000c\\u0001\\u001f" },
		{ "\x7f/'\xc3\xa5\xf0\x9f\x94\x91", "\x7f/'\xc3\xa5\xf0\x9f\x94\x91" },
		{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
			"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa" },
		{ "\xe2\x82\xa8", "\xe2\x82\xa8" },
	};
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_json_ struct json *json = NULL;
		char want[128];
		tap_eq_int(json_object_new(&json, &e), 0);
		json_set_text(json, "k", rows[i][0]);
		snprintf(want, sizeof(want), "{\"k\":\"%s\"}", rows[i][1]);
		eq_format(json, want);
		_cleanup_json_ struct json *back = parse(want);
		const char *text = NULL;
		tap_eq_int(json_get_text(back, "k", &text, &e), 0);
		tap_eq_text(text, rows[i][0]);
	}
}

static void ascii_has_escapes_for_the_rest(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = NULL;
	_cleanup_free_ char *text = NULL;

	tap_eq_int(json_object_new(&json, &e), 0);
	json_set_text(json, "a\xc3\xb6", "\xe2\x82\xac \x7f \xf0\x9f\x98\x80 <\n~");
	tap_eq_int(json_format_ascii(json, &text, &e), 0);
	tap_eq_text(text, "{\"a\\u00f6\":\"\\u20ac \\u007f \\ud83d\\ude00 \\u003c\\n~\"}");
	json_set_text(json, "b", "\xff");
	tap_eq_int(json_format_ascii(json, &text, &e), -EINVAL);
}

static void a_failure_is_kept_until_the_end(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = NULL;
	struct json *array = NULL;
	char *text = NULL;

	tap_eq_int(json_object_new(&json, &e), 0);
	tap_eq_int(json_array_new(&array, &e), 0);
	json_append_text(array, "\xff");
	json_append_text(array, "good");
	json_set_child(json, "a", array);
	json_set_text(json, "b", "good");
	tap_eq_int(json_format(json, &text, &e), -EINVAL);
	tap_ok(text == NULL && e.text[0] != '\0');
	json_free(&json);
	tap_ok(json == NULL);
	tap_eq_int(json_object_new(&json, &e), 0);
	json_set_child(json, "a", NULL);
	tap_eq_int(json_format(json, &text, &e), -EINVAL);
}

static void writing_ends_at_the_same_depth(void)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = NULL;
	char *text = NULL;

	tap_eq_int(json_object_new(&json, &e), 0);
	json_set_int(json, "k", 1);
	for (int i = 1; i <= JSON_DEPTH_MAX; i++) {
		struct json *outer = NULL;
		tap_eq_int(json_format(json, &text, &e), 0);
		free(text);
		text = NULL;
		tap_eq_int(json_object_new(&outer, &e), 0);
		json_set_child(outer, "k", json);
		json = outer;
	}
	tap_eq_int(json_format(json, &text, &e), -EINVAL);
	tap_ok(text == NULL);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_process_that_cannot_open_files_can_use_json),
		TAP_TEST(only_one_whole_object_is_taken),
		TAP_TEST(duplicate_keys_are_refused_at_every_level),
		TAP_TEST(nesting_ends_at_its_limit),
		TAP_TEST(errors_show_a_place_and_never_content),
		TAP_TEST(absent_null_and_malformed_are_three_answers),
		TAP_TEST(numbers_are_whole_and_fit),
		TAP_TEST(base64_is_bounded_and_strict),
		TAP_TEST(arrays_give_their_items),
		TAP_TEST(keys_are_written_in_the_order_in_which_they_were_set),
		TAP_TEST(strings_are_escaped_as_go_does),
		TAP_TEST(ascii_has_escapes_for_the_rest),
		TAP_TEST(a_failure_is_kept_until_the_end),
		TAP_TEST(writing_ends_at_the_same_depth),
		{ 0 },
	};
	return tap_run(tests);
}
