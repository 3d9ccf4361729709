/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict reading of JSON (RFC 8259) by jansson: see json.h. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "json/tree.h"

/*
 * Whether nothing is nested deeper than JSON_DEPTH_MAX. Jansson's parser calls itself for each
 * level up to a limit of its own, which is too deep for a small stack. For malformed JSON the
 * result may be either: up to the error that jansson reports, both see the same brackets.
 */
static bool depth_is_allowed(const char *text, size_t len)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX)
			return false;
		else if (!in_string && (c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return true;
}

/* Jansson's own text is not used: it quotes bytes from the peer. */
static int parse_failed(const json_error_t *e, struct error *error)
{
	if (json_error_code(e) == json_error_out_of_memory)
		return error_set_errno(error, -ENOMEM, "JSON");
	const char *what = json_error_code(e) == json_error_duplicate_key ? "duplicate key in JSON"
									  : "malformed JSON";
	return error_set(error, -EINVAL, "%s: line %d, column %d", what, e->line, e->column);
}

int json_tree_parse(
	const char *text, size_t len, bool strict, struct json **ret, struct error *error)
{
	json_error_t e;
	int r = json_tree_init(error);

	if (r < 0)
		return r;
	if (!depth_is_allowed(text, len))
		return error_set(
			error, -EINVAL, "malformed JSON: more than %d levels deep", JSON_DEPTH_MAX);
	json_t *value = json_loadb(text, len, strict ? JSON_REJECT_DUPLICATES : 0, &e);
	if (!value)
		return parse_failed(&e, error);
	if (!json_is_object(value)) {
		json_decref(value);
		return error_set(error, -EINVAL, "malformed JSON: not an object");
	}
	return json_tree_root(value, ret, error);
}

int json_object_parse(const void *text, size_t len, struct json **ret, struct error *error)
{
	return json_tree_parse(text, len, true, ret, error);
}

/* The value of a key: 0, JSON_E_ABSENT or JSON_E_NULL. */
static int find(const struct json *object, const char *key, json_t **ret)
{
	json_t *value = json_object_get(object->value, key);

	if (!value)
		return JSON_E_ABSENT;
	if (json_is_null(value))
		return JSON_E_NULL;
	*ret = value;
	return 0;
}

static int wrong_type(const char *key, const char *wanted, struct error *error)
{
	return error_set(error, -EINVAL, "\"%s\" is not %s", key, wanted);
}

int json_get_text(
	const struct json *object, const char *key, const char **ret_text, struct error *error)
{
	json_t *value;
	int r = find(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_string(value))
		return wrong_type(key, "a string", error);
	*ret_text = json_string_value(value);
	return 0;
}

int json_get_int(
	const struct json *object, const char *key, int64_t *ret_value, struct error *error)
{
	json_t *value;
	int r = find(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_integer(value))
		return wrong_type(key, "a whole number", error);
	*ret_value = json_integer_value(value);
	return 0;
}

int json_get_bool(const struct json *object, const char *key, bool *ret_value, struct error *error)
{
	json_t *value;
	int r = find(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_boolean(value))
		return wrong_type(key, "true or false", error);
	*ret_value = json_is_true(value);
	return 0;
}

int json_get_base64(const struct json *object, const char *key, size_t limit, uint8_t **ret_data,
	size_t *ret_len, struct error *error)
{
	json_t *value;
	int r = find(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_string(value))
		return wrong_type(key, "a string of base64", error);
	size_t text_len = json_string_length(value);
	size_t cap = MIN(limit, text_len / 4 * 3);
	_cleanup_free_ uint8_t *data = malloc(cap > 0 ? cap : 1);
	if (!data)
		return error_set_errno(error, -ENOMEM, "\"%s\"", key);
	r = text_parse_base64(json_string_value(value), text_len, data, cap, ret_len);
	if (r == -E2BIG)
		return error_set(error, r, "\"%s\" is more than %zu bytes", key, limit);
	if (r < 0)
		return wrong_type(key, "base64", error);
	*ret_data = TAKE_PTR(data);
	return 0;
}

int json_get_object(
	const struct json *object, const char *key, const struct json **ret, struct error *error)
{
	json_t *value;
	int r = find(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_object(value))
		return wrong_type(key, "an object", error);
	return json_tree_view(object, value, ret, error);
}

int json_get_array(
	const struct json *object, const char *key, const struct json **ret, struct error *error)
{
	json_t *value;
	int r = find(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_array(value))
		return wrong_type(key, "an array", error);
	return json_tree_view(object, value, ret, error);
}

size_t json_array_count(const struct json *array)
{
	return json_array_size(array->value);
}

int json_array_text(
	const struct json *array, size_t index, const char **ret_text, struct error *error)
{
	json_t *value = json_array_get(array->value, index);

	if (!json_is_string(value))
		return error_set(error, -EINVAL, "item %zu is not a string", index + 1);
	*ret_text = json_string_value(value);
	return 0;
}

int json_array_int(const struct json *array, size_t index, int64_t *ret_value, struct error *error)
{
	const json_t *value = json_array_get(array->value, index);

	if (!json_is_integer(value))
		return error_set(error, -EINVAL, "item %zu is not a whole number", index + 1);
	*ret_value = json_integer_value(value);
	return 0;
}

int json_array_object(
	const struct json *array, size_t index, const struct json **ret, struct error *error)
{
	json_t *value = json_array_get(array->value, index);

	if (!json_is_object(value))
		return error_set(error, -EINVAL, "item %zu is not an object", index + 1);
	return json_tree_view(array, value, ret, error);
}
