/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSH's authorized_keys as a text: see authorized_keys.h. */
#include "hostkey/authorized_keys.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "hostkey/format.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A part of a line, without NUL. */
struct part {
	const char *p;
	size_t len;
};

static void skip_blanks(struct part *line)
{
	for (; line->len > 0 && is_blank(*line->p); line->len--)
		line->p++;
}

/* The next word. @quotes: blanks between double quotes belong to it, as in options. */
static struct part take_word(struct part *line, bool quotes)
{
	bool inside = false;

	skip_blanks(line);
	struct part word = { line->p, 0 };
	for (; line->len > 0 && (inside || !is_blank(*line->p)); line->len--, line->p++) {
		bool escaped = word.len > 0 && line->p[-1] == '\\';
		if (quotes && *line->p == '"' && !escaped)
			inside = !inside;
		word.len++;
	}
	return word;
}

static bool is_key(struct part line, char fingerprint[HOSTKEY_FINGERPRINT_MAX])
{
	struct part type = take_word(&line, false), key = take_word(&line, false);

	return hostkey_words_fingerprint(type.p, type.len, key.p, key.len, fingerprint);
}

static bool read_line(struct part line, char fingerprint[HOSTKEY_FINGERPRINT_MAX])
{
	if (is_key(line, fingerprint))
		return true;
	(void)take_word(&line, true);
	return is_key(line, fingerprint);
}

static int add_line(
	struct part line, size_t number, struct authorized_keys *keys, struct error *error)
{
	static const char private[] = "PRIVATE KEY";
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];

	skip_blanks(&line);
	if (memchr(line.p, '\0', line.len))
		return error_set(error, -EINVAL, "line %zu has a NUL", number);
	if (text_find(line.p, line.len, private))
		return error_set(error, -EINVAL, "it is a private key");
	if (line.len == 0 || *line.p == '#')
		return 0;
	if (!read_line(line, fingerprint))
		return error_set(error, -EINVAL, "line %zu is not a public key", number);
	if (keys->n < AUTHORIZED_KEYS_MAX)
		memcpy(keys->fingerprints[keys->n], fingerprint, sizeof(fingerprint));
	keys->n++;
	return 0;
}

int authorized_keys_read(
	const void *text, size_t len, struct authorized_keys *ret, struct error *error)
{
	struct authorized_keys keys = { .n = 0 };
	struct part rest = { text, len };

	for (size_t number = 1; rest.len > 0; number++) {
		const char *end = memchr(rest.p, '\n', rest.len);
		struct part line = { rest.p, end ? (size_t)(end - rest.p) : rest.len };
		int r = add_line(line, number, &keys, error);
		if (r < 0)
			return r;
		size_t taken = line.len + (end ? 1 : 0);
		rest.p += taken;
		rest.len -= taken;
	}
	if (keys.n == 0)
		return error_set(error, -EINVAL, "it has no public key");
	*ret = keys;
	return 0;
}
