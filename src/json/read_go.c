/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading JSON as Go's encoding/json does (json.h): keys without regard to case, keys that come
 * twice, numbers of any size. Jansson keeps neither the order of keys nor repeated ones, so each
 * key is numbered in a copy of the text before it is parsed. The copies may hold passwords.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "json/tree.h"

/* `0000002a` before each key: its position in the text. */
#define MARK_LEN 8

struct copy {
	char *text;
	size_t len, cap;
};

static void copy_wipe(struct copy *copy)
{
	if (copy->text)
		secret_wipe_bytes(copy->text, copy->cap);
	free(copy->text);
}

static void append(struct copy *copy, const char *text, size_t len)
{
	assert(len <= copy->cap - copy->len);
	memcpy(copy->text + copy->len, text, len);
	copy->len += len;
}

static size_t skip_digits(const char *text, size_t len, size_t at)
{
	while (at < len && text[at] >= '0' && text[at] <= '9')
		at++;
	return at;
}

/* RFC 8259 section 6. */
static bool is_number(const char *text, size_t len)
{
	size_t at = len > 0 && text[0] == '-', digits = skip_digits(text, len, at);

	if (digits == at || (text[at] == '0' && digits > at + 1))
		return false;
	at = digits;
	if (at < len && text[at] == '.') {
		digits = skip_digits(text, len, at + 1);
		if (digits == at + 1)
			return false;
		at = digits;
	}
	if (at < len && (text[at] == 'e' || text[at] == 'E')) {
		at++;
		if (at < len && (text[at] == '+' || text[at] == '-'))
			at++;
		digits = skip_digits(text, len, at);
		if (digits == at)
			return false;
		at = digits;
	}
	return at == len;
}

static size_t span(const char *text, size_t len, size_t at, const char *set)
{
	size_t end = at;

	while (end < len && text[end] != '\0' && strchr(set, text[end]))
		end++;
	return end;
}

/* Behind the string that begins at @at with its quotation mark. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
	for (at++; at < len && text[at] != '"'; at++)
		if (text[at] == '\\')
			at++;
	return MIN(at + 1, len);
}

/*
 * A copy with 0 for each number, as nobody here reads numbers, and with a mark before each key. The
 * copy is JSON if and only if @text is. @marked: false leaves out the marks, so that all is where
 * it was.
 */
static int copy_text(const char *text, size_t len, bool marked, struct copy *ret)
{
	static const char number[] = "0123456789+-.eE", blank[] = " \t\r\n";
	char mark[MARK_LEN + 1];
	unsigned keys = 0;

	/* A key is at least three bytes long. */
	ret->cap = len + (len / 3 + 1) * MARK_LEN;
	ret->text = calloc(1, ret->cap);
	if (!ret->text)
		return -ENOMEM;
	for (size_t at = 0, end; at < len; at = end) {
		end = at + 1;
		if (text[at] == '"') {
			end = skip_string(text, len, at);
			size_t after = span(text, len, end, blank);
			append(ret, text + at, 1);
			if (marked && after < len && text[after] == ':') {
				snprintf(mark, sizeof(mark), "%08x", keys++);
				append(ret, mark, MARK_LEN);
			}
			append(ret, text + at + 1, end - at - 1);
		} else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
			end = span(text, len, at, number);
			bool good = is_number(text + at, end - at);
			append(ret, good ? "0" : text + at, 1);
			for (size_t i = at + 1; i < end; i++)
				append(ret, good ? " " : text + i, 1);
		} else {
			append(ret, text + at, 1);
		}
	}
	return 0;
}

int json_object_parse_go(const void *text, size_t len, struct json **ret, struct error *error)
{
	_cleanup_(copy_wipe) struct copy plain = { .text = NULL }, marked = { .text = NULL };
	struct json *unmarked;

	int r = copy_text(text, len, false, &plain);
	if (r == 0)
		r = copy_text(text, len, true, &marked);
	if (r < 0)
		return error_set_errno(error, r, "JSON");
	/* Its errors say where in the text they are. */
	r = json_tree_parse(plain.text, plain.len, false, &unmarked, error);
	if (r < 0)
		return r;
	json_free(&unmarked);
	return json_tree_parse(marked.text, marked.len, false, ret, error);
}

/*
 * Go folds case as Unicode does: two letters beyond ASCII are an s and a k too. @key is lower case
 * ASCII.
 */
static bool is_folded(const char *text, const char *key)
{
	static const char long_s[] = "\xc5\xbf", kelvin[] = "\xe2\x84\xaa";

	for (; *key; key++) {
		if (*text == *key || (*key >= 'a' && *key <= 'z' && *text == *key - 'a' + 'A'))
			text++;
		else if (*key == 's' && strncmp(text, long_s, 2) == 0)
			text += 2;
		else if (*key == 'k' && strncmp(text, kelvin, 3) == 0)
			text += 3;
		else
			return false;
	}
	return *text == '\0';
}

/* The value of one key. False: it is not there. */
static bool take_key(const struct json *object, const char *key, enum json_go_null null,
	json_t **ret_value, bool *ret_twice, bool *ret_respelt)
{
	const char *marked;
	json_t *value;
	size_t n = 0;

	*ret_value = NULL;
	/* In the order in which they were inserted, which is that of the text. */
	json_object_foreach(object->value, marked, value)
	{
		const char *name = strlen(marked) > MARK_LEN ? marked + MARK_LEN : "";
		if (!is_folded(name, key))
			continue;
		n++;
		*ret_respelt = *ret_respelt || strcmp(name, key) != 0;
		if (!*ret_value || null == JSON_GO_NULL_UNSETS || !json_is_null(value))
			*ret_value = value;
	}
	*ret_twice = n > 1;
	return n > 0;
}

int json_object_fold_go(const struct json *object, const char *const *keys, size_t n,
	enum json_go_null null, struct json **ret, struct json_go_odd *odd, struct error *error)
{
	_cleanup_json_ struct json *folded = NULL;
	json_t *value;

	assert(n <= 32);
	int r = json_object_new(&folded, error);
	for (size_t i = 0; r == 0 && i < n; i++) {
		bool twice = false, respelt = false;
		if (!take_key(object, keys[i], null, &value, &twice, &respelt))
			continue;
		odd->twice |= (uint32_t)twice << i;
		odd->respelt |= (uint32_t)respelt << i;
		if (json_object_set(folded->value, keys[i], value) < 0)
			r = error_set_errno(error, -ENOMEM, "JSON");
	}
	if (r == 0)
		*ret = TAKE_PTR(folded);
	return r;
}
