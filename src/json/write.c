/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compact writing of JSON, byte for byte as Go's encoding/json: see json.h. Jansson stores the
 * values and checks their UTF-8; its own writer cannot escape as Go does.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "json/tree.h"

/* -- building -------------------------------------------------------------------------------- */

int json_object_new(struct json **ret, struct error *error)
{
	int r = json_tree_init(error);

	return r < 0 ? r : json_tree_root(json_object(), ret, error);
}

int json_array_new(struct json **ret, struct error *error)
{
	int r = json_tree_init(error);

	return r < 0 ? r : json_tree_root(json_array(), ret, error);
}

static void keep_failure(struct json *json, int failure)
{
	if (json->failure == 0)
		json->failure = failure;
}

/* Owns @value. The keys are constants, so only memory can fail. */
static void set_value(struct json *object, const char *key, json_t *value)
{
	if (json_object_set_new(object->value, key, value) < 0)
		keep_failure(object, -ENOMEM);
}

static void append_value(struct json *array, json_t *value)
{
	if (json_array_append_new(array->value, value) < 0)
		keep_failure(array, -ENOMEM);
}

/* null for NULL; NULL for malformed UTF-8, with the failure kept in @json. */
static json_t *text_value(struct json *json, const char *text)
{
	if (!text)
		return json_null();
	json_t *value = json_string(text);
	if (!value) {
		json_t *unchecked = json_string_nocheck(text);
		keep_failure(json, unchecked ? -EINVAL : -ENOMEM);
		json_decref(unchecked);
	}
	return value;
}

void json_set_text(struct json *object, const char *key, const char *text)
{
	set_value(object, key, text_value(object, text));
}

void json_set_printable(struct json *object, const char *key, const char *text)
{
	size_t size = text ? strlen(text) * TEXT_PRINTABLE_GROWTH + 1 : 0;
	_cleanup_free_ char *shown = text ? malloc(size) : NULL;

	if (shown)
		text_printable(text, strlen(text), shown, size);
	/* Without memory it is null, and an error. */
	if (text && !shown)
		set_value(object, key, NULL);
	else
		json_set_text(object, key, shown);
}

void json_set_int(struct json *object, const char *key, int64_t value)
{
	set_value(object, key, json_integer(value));
}

void json_set_bool(struct json *object, const char *key, bool value)
{
	set_value(object, key, json_boolean(value));
}

void json_set_null(struct json *object, const char *key)
{
	set_value(object, key, json_null());
}

void json_set_base64(struct json *object, const char *key, const void *data, size_t len)
{
	_cleanup_free_ char *text = NULL;

	if (data) {
		text = malloc(TEXT_BASE64_SIZE(len));
		if (!text) {
			keep_failure(object, -ENOMEM);
			return;
		}
		text_format_base64(data, len, text);
	}
	json_set_text(object, key, text);
}

/* The value of @child, which is freed; NULL if it has none, with the failure kept in @json. */
static json_t *take_child(struct json *json, struct json *child)
{
	if (!child) {
		keep_failure(json, -EINVAL);
		return NULL;
	}
	json_t *value = json_incref(child->value);
	if (child->failure)
		keep_failure(json, child->failure);
	json_free(&child);
	return value;
}

void json_set_child(struct json *object, const char *key, struct json *child)
{
	set_value(object, key, take_child(object, child));
}

void json_append_text(struct json *array, const char *text)
{
	append_value(array, text_value(array, text));
}

void json_append_int(struct json *array, int64_t value)
{
	append_value(array, json_integer(value));
}

int json_set_bits(struct json *object, const char *key, uint32_t mask, struct error *error)
{
	struct json *array = NULL;
	int r = json_array_new(&array, error);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < 32; i++)
		if (mask & 1u << i)
			json_append_int(array, i);
	json_set_child(object, key, array);
	return 0;
}

void json_append_child(struct json *array, struct json *child)
{
	append_value(array, take_child(array, child));
}

/* -- formatting ------------------------------------------------------------------------------ */

/* The length of a line separator (U+2028) or paragraph separator (U+2029) at @p, or 0. */
static size_t separator_length(const uint8_t *p, size_t len)
{
	return len >= 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8 ? 3 : 0;
}

static void write_char(FILE *out, uint8_t c)
{
	static const char short_names[] = {
		['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
	};

	if (c < sizeof(short_names) && short_names[c])
		fprintf(out, "\\%c", short_names[c]);
	else if (c < 0x20 || c == '<' || c == '>' || c == '&')
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

static void write_string(FILE *out, const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	fputc('"', out);
	for (size_t i = 0; i < len; i++) {
		size_t separator = separator_length(p + i, len - i);
		if (separator > 0) {
			fprintf(out, "\\u202%x", p[i + 2] & 0xf);
			i += separator - 1;
			continue;
		}
		write_char(out, p[i]);
	}
	fputc('"', out);
}

static int write_value(FILE *out, json_t *value, int depth);

static int write_object(FILE *out, json_t *object, int depth)
{
	const char *key, *comma = "";
	json_t *value;

	if (depth > JSON_DEPTH_MAX)
		return -EINVAL;
	fputc('{', out);
	json_object_foreach(object, key, value)
	{
		fputs(comma, out);
		comma = ",";
		write_string(out, key, strlen(key));
		fputc(':', out);
		int r = write_value(out, value, depth + 1);
		if (r < 0)
			return r;
	}
	fputc('}', out);
	return 0;
}

static int write_array(FILE *out, json_t *array, int depth)
{
	size_t i;
	json_t *value;

	if (depth > JSON_DEPTH_MAX)
		return -EINVAL;
	fputc('[', out);
	json_array_foreach(array, i, value)
	{
		if (i > 0)
			fputc(',', out);
		int r = write_value(out, value, depth + 1);
		if (r < 0)
			return r;
	}
	fputc(']', out);
	return 0;
}

static int write_value(FILE *out, json_t *value, int depth)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return write_object(out, value, depth);
	case JSON_ARRAY:
		return write_array(out, value, depth);
	case JSON_STRING:
		write_string(out, json_string_value(value), json_string_length(value));
		return 0;
	case JSON_INTEGER:
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		fputs(json_is_true(value) ? "true" : "false", out);
		return 0;
	case JSON_NULL:
		fputs("null", out);
		return 0;
	default:
		return -EINVAL;
	}
}

int json_format(const struct json *json, char **ret_text, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = json->failure;

	if (r < 0)
		return error_set(error, r, "JSON: a value %s",
			r == -ENOMEM ? "does not fit into memory" : "is not UTF-8 or missing");
	FILE *out = open_memstream(&text, &len);
	if (!out)
		return error_set_errno(error, -ENOMEM, "JSON");
	r = write_value(out, json->value, 1);
	bool lost = ferror(out);
	if (fclose(out) != 0 || lost)
		return error_set_errno(error, -ENOMEM, "JSON");
	if (r < 0)
		return error_set(error, r, "JSON: too deep, or a number that is not whole");
	*ret_text = TAKE_PTR(text);
	return 0;
}

/* The code point at @p of well-formed UTF-8, and how many bytes it takes. */
static size_t take_point(const uint8_t *p, uint32_t *ret_point)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t point = n == 1 ? p[0] : p[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		point = point << 6 | (p[i] & 0x3f);
	*ret_point = point;
	return n;
}

/* A code point beyond 16 bits becomes a pair of surrogates. */
static void write_escape(FILE *out, uint32_t point)
{
	if (point >= 0x10000) {
		fprintf(out, "\\u%04x", 0xd800 + ((point - 0x10000) >> 10));
		point = 0xdc00 + ((point - 0x10000) & 0x3ff);
	}
	fprintf(out, "\\u%04x", point);
}

int json_format_ascii(const struct json *json, char **ret_text, struct error *error)
{
	_cleanup_free_ char *text = NULL, *ascii = NULL;
	uint32_t point;
	size_t len;
	int r = json_format(json, &text, error);

	if (r < 0)
		return r;
	FILE *out = open_memstream(&ascii, &len);
	if (!out)
		return error_set_errno(error, -ENOMEM, "JSON");
	/* Bytes that are not ASCII are inside strings, and jansson checked that they are UTF-8. */
	for (const uint8_t *p = (const uint8_t *)text; *p;) {
		p += take_point(p, &point);
		if (point >= 0x7f)
			write_escape(out, point);
		else
			fputc((int)point, out);
	}
	bool lost = ferror(out);
	if (fclose(out) != 0 || lost)
		return error_set_errno(error, -ENOMEM, "JSON");
	*ret_text = TAKE_PTR(ascii);
	return 0;
}
