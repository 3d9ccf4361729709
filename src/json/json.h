/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON objects of bounded size: strict reading, compact writing.
 *
 * Reading: one object and nothing after it, at most JSON_DEPTH_MAX deep, no duplicate keys, valid
 * UTF-8, no NUL inside strings. An absent key, a null key and a malformed key are three different
 * results. Unknown keys are ignored.
 * Writing: keys in the order in which they are set, and `<`, `>`, `&`, U+2028 and U+2029 inside
 * strings as \u escapes, byte for byte as Go's encoding/json writes them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define JSON_DEPTH_MAX 16

/* An object or an array, depending on the function that returned it. */
struct json;

/* Positive results of the json_get_ calls; no text is set for JSON_E_ABSENT and JSON_E_NULL. */
enum {
	JSON_E_ABSENT = 1, /* no such key */
	JSON_E_NULL = 2,   /* the key is there and its value is null */
};

/*
 * -EINVAL with a text (line and column, never the content) if it is not one object; white space
 * around it is allowed. The caller limits @len: the tree needs about twenty times as much memory.
 */
int json_object_parse(
	const void *text, size_t len, struct json **ret, struct error *error) MUST_CHECK;

/*
 * Reading as Go's encoding/json does, for what a Go program reads in the end: keys may come twice
 * and in any case, and numbers may have any size (their values are lost). The keys of the result,
 * and of the objects in it, are unknown to json_get_*(): each object is folded first.
 */
int json_object_parse_go(
	const void *text, size_t len, struct json **ret, struct error *error) MUST_CHECK;

/* A later null for a key: as Go has it for a pointer or slice, or for any other field. */
enum json_go_null {
	JSON_GO_NULL_UNSETS,
	JSON_GO_NULL_KEEPS,
};

/* What is odd about keys: a bit for each position in the list of keys. */
struct json_go_odd {
	uint32_t twice;   /* it is there more than once; the last one counts */
	uint32_t respelt; /* it is there with other letter case */
};

/*
 * A new object with those of @keys (at most 32, lower case ASCII) that @object has, which comes
 * from json_object_parse_go(); values are shared with it. Adds to @odd.
 */
int json_object_fold_go(const struct json *object, const char *const *keys, size_t n,
	enum json_go_null null, struct json **ret, struct json_go_odd *odd,
	struct error *error) MUST_CHECK;

int json_object_new(struct json **ret, struct error *error) MUST_CHECK;
int json_array_new(struct json **ret, struct error *error) MUST_CHECK;
void json_free(struct json **json);
#define _cleanup_json_ _cleanup_(json_free)

/* A value of another type is -EINVAL with a text that names the key. */
/* @ret_text: NUL-terminated, belongs to the object. */
int json_get_text(const struct json *object, const char *key, const char **ret_text,
	struct error *error) MUST_CHECK;
/* Whole numbers only; 1.0 and 1e3 are malformed. */
int json_get_int(const struct json *object, const char *key, int64_t *ret_value,
	struct error *error) MUST_CHECK;
int json_get_bool(const struct json *object, const char *key, bool *ret_value,
	struct error *error) MUST_CHECK;
/* Standard base64 with padding; -E2BIG with its text beyond @limit decoded bytes.
 * @ret_data: the caller frees it; never NULL on success, also when *ret_len is 0. */
int json_get_base64(const struct json *object, const char *key, size_t limit, uint8_t **ret_data,
	size_t *ret_len, struct error *error) MUST_CHECK;
/* @ret: belongs to @object. */
int json_get_object(const struct json *object, const char *key, const struct json **ret,
	struct error *error) MUST_CHECK;
int json_get_array(const struct json *object, const char *key, const struct json **ret,
	struct error *error) MUST_CHECK;

/*
 * The items of an array from json_get_array(). An index past the end is -EINVAL, and so is an
 * item of another type or null. (jansson already has a json_array_size().)
 */
size_t json_array_count(const struct json *array);
int json_array_text(const struct json *array, size_t index, const char **ret_text,
	struct error *error) MUST_CHECK;
int json_array_int(
	const struct json *array, size_t index, int64_t *ret_value, struct error *error) MUST_CHECK;
int json_array_object(const struct json *array, size_t index, const struct json **ret,
	struct error *error) MUST_CHECK;

/*
 * Setters keep the first failure (no memory, a text that is not UTF-8, a NULL child) in the
 * object or array, and pass it on to the parent; json_format() then reports it. A key that is set
 * again keeps its place and gets the new value. A NULL text is written as null.
 */
void json_set_text(struct json *object, const char *key, const char *text);
/* A text from outside, of any bytes, made printable (base/text.h). */
void json_set_printable(struct json *object, const char *key, const char *text);
void json_set_int(struct json *object, const char *key, int64_t value);
void json_set_bool(struct json *object, const char *key, bool value);
void json_set_null(struct json *object, const char *key);
/* NULL @data is written as null, as Go writes a nil slice. */
void json_set_base64(struct json *object, const char *key, const void *data, size_t len);
/* These own the child, and free it also on failure. */
void json_set_child(struct json *object, const char *key, struct json *child);
void json_append_text(struct json *array, const char *text);
void json_append_int(struct json *array, int64_t value);
/* An array of the numbers of @mask's bits that are set, ascending: [0, 7] for 0x81. */
int json_set_bits(
	struct json *object, const char *key, uint32_t mask, struct error *error) MUST_CHECK;
void json_append_child(struct json *array, struct json *child);

/*
 * One line without a newline; the caller frees it. -EINVAL or -ENOMEM with its text: also for
 * more than JSON_DEPTH_MAX levels, and for numbers that are not whole, which only parsed
 * objects can have.
 */
int json_format(const struct json *json, char **ret_text, struct error *error) MUST_CHECK;

/*
 * The same as printable ASCII, for a console: every other character is a \u escape (RFC 8259
 * section 7), which has the same meaning.
 */
int json_format_ascii(const struct json *json, char **ret_text, struct error *error) MUST_CHECK;
