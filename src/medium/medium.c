/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the defaults on a boot medium: see medium.h. */
#include "medium/medium.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define BLANKS " \t\r"
/* What of an unknown key is shown: it may be any part of a line. */
#define SHOWN_MAX 40
#define KEYMAP_MAX 32

/* Keys of one group exclude each other; 0: of none. */
enum group { ALONE, NAME, LINK };

static const struct {
	const char *name;
	enum group group;
} keys[MEDIUM_KEYS] = {
	[MEDIUM_HOST] = { "host", NAME },
	[MEDIUM_FULL_HOST] = { "full-host", NAME },
	[MEDIUM_URL] = { "url", ALONE },
	[MEDIUM_DNS] = { "dns", ALONE },
	[MEDIUM_INTERFACE] = { "interface", LINK },
	[MEDIUM_MAC] = { "mac", LINK },
	[MEDIUM_BONDING] = { "bonding", LINK },
	[MEDIUM_WAIT] = { "wait", ALONE },
	[MEDIUM_PORT] = { "port", ALONE },
	[MEDIUM_ALLOW] = { "allow", ALONE },
	[MEDIUM_SEAL] = { "seal", ALONE },
	[MEDIUM_KEYMAP] = { "keymap", ALONE },
	[MEDIUM_AUTO] = { "auto", ALONE },
};

/* A part of the file. */
struct piece {
	const char *text;
	size_t len;
};

const char *medium_key_name(enum medium_key key)
{
	return keys[key].name;
}

static bool is_blank(char c)
{
	return c != '\0' && strchr(BLANKS, c);
}

static struct piece trim(struct piece piece)
{
	while (piece.len > 0 && is_blank(piece.text[piece.len - 1]))
		piece.len--;
	while (piece.len > 0 && is_blank(piece.text[0])) {
		piece.text++;
		piece.len--;
	}
	return piece;
}

static bool is_word(struct piece piece, const char *word)
{
	return piece.len == strlen(word) && memcmp(piece.text, word, piece.len) == 0;
}

/* A name in lower case: the image has a file of that name for each layout. */
static bool is_keymap(struct piece value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.text[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return value.len <= KEYMAP_MAX;
}

/* NULL, or the rule that a value breaks. */
static const char *rule_against(enum medium_key key, struct piece value)
{
	if (value.len == 0)
		return "has no value";
	if (value.len > MEDIUM_VALUE_MAX)
		return "the value is longer than 2000 bytes";
	for (size_t i = 0; i < value.len; i++)
		if (value.text[i] < ' ' || value.text[i] > '~')
			return "the value is not printable ASCII";
	if (key == MEDIUM_SEAL && !is_word(value, "none") && !is_word(value, "tpm"))
		return "not one of none, tpm";
	if (key == MEDIUM_KEYMAP && !is_keymap(value))
		return "not the name of a keyboard layout, like de";
	if (key == MEDIUM_AUTO && !is_word(value, "yes") && !is_word(value, "no"))
		return "neither yes nor no";
	return NULL;
}

static int find_key(struct piece name, unsigned line, enum medium_key *ret, struct error *error)
{
	char shown[SHOWN_MAX];

	for (size_t i = 0; i < MEDIUM_KEYS; i++)
		if (is_word(name, keys[i].name)) {
			*ret = (enum medium_key)i;
			return 0;
		}
	text_printable(name.text, name.len, shown, sizeof(shown));
	return error_set(error, -EINVAL, "line %u: %s: not a key of this file", line, shown);
}

/* A key that the file has already, or one that excludes it. */
static int check_others(
	const struct medium *medium, enum medium_key key, unsigned line, struct error *error)
{
	for (size_t i = 0; i < medium->n; i++) {
		const struct medium_item *item = &medium->items[i];
		const char *other = keys[item->key].name;
		if (item->key == key)
			return error_set(error, -EINVAL, "line %u: %s: line %u has it too", line,
				other, item->line);
		if (keys[key].group != ALONE && keys[key].group == keys[item->key].group)
			return error_set(error, -EINVAL,
				"line %u: %s: line %u has %s, and only one of them can be used",
				line, keys[key].name, item->line, other);
	}
	return 0;
}

static int parse_line(struct piece text, unsigned line, struct medium *medium, struct error *error)
{
	const char *sign = memchr(text.text, '=', text.len);
	enum medium_key key = MEDIUM_HOST;

	if (!sign)
		return error_set(error, -EINVAL, "line %u: not KEY = VALUE", line);
	struct piece name = { text.text, (size_t)(sign - text.text) };
	struct piece value = { sign + 1, text.len - name.len - 1 };
	int r = find_key(trim(name), line, &key, error);
	if (r == 0)
		r = check_others(medium, key, line, error);
	if (r < 0)
		return r;
	value = trim(value);
	const char *rule = rule_against(key, value);
	if (rule)
		return error_set(error, -EINVAL, "line %u: %s: %s", line, keys[key].name, rule);
	char *copy = strndup(value.text, value.len);
	if (!copy)
		return error_set_errno(error, -ENOMEM, "line %u", line);
	medium->items[medium->n++] =
		(struct medium_item){ .key = key, .line = line, .value = copy };
	return 0;
}

int medium_parse(const void *text, size_t len, struct medium *ret, struct error *error)
{
	struct piece rest = { text, len };
	struct medium medium = { .n = 0 };
	int r = 0;

	for (unsigned number = 1; r == 0 && rest.len > 0; number++) {
		const char *end = memchr(rest.text, '\n', rest.len);
		struct piece line = { rest.text, end ? (size_t)(end - rest.text) : rest.len };
		size_t used = line.len + (end ? 1 : 0);
		rest = (struct piece){ rest.text + used, rest.len - used };
		line = trim(line);
		if (line.len > 0 && line.text[0] != '#')
			r = parse_line(line, number, &medium, error);
	}
	if (r < 0)
		medium_deinit(&medium);
	*ret = medium;
	return r;
}

void medium_deinit(struct medium *medium)
{
	for (size_t i = 0; i < medium->n; i++) {
		/* A URL may hold a password. */
		secret_wipe_bytes(medium->items[i].value, strlen(medium->items[i].value));
		free(medium->items[i].value);
	}
	*medium = (struct medium){ .n = 0 };
}

const char *medium_value(const struct medium *medium, enum medium_key key)
{
	for (size_t i = 0; i < medium->n; i++)
		if (medium->items[i].key == key)
			return medium->items[i].value;
	return NULL;
}

bool medium_is_auto(const struct medium *medium)
{
	const char *value = medium_value(medium, MEDIUM_AUTO);

	return value && strcmp(value, "yes") == 0;
}
