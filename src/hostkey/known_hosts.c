/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSH's known_hosts as a text: see known_hosts.h. */
#include "hostkey/known_hosts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "crypto/sha1.h"
#include "hostkey/format.h"
#include "net/hostname.h"

/* The prefix of a hashed name. */
#define HASHED "|1|"

/* A part of the text, without NUL. */
struct span {
	const char *p;
	size_t len;
};

/* A parsed line. */
struct entry {
	struct span names;
	struct span type, key;
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

struct edit {
	char names[KNOWN_HOSTS_NAMES_MAX][KNOWN_HOSTS_NAME_MAX]; /* in lower case */
	size_t names_n;
	const char *public;
	/* Names that have the key; another one of its type; one of another type. */
	unsigned known, other, other_type;
	unsigned conflict; /* names that have another key, by the rule of known_hosts.h */
	unsigned replace;  /* names that may lose it */
	size_t line;
	FILE *out;
	bool cut; /* the last line written has no newline */
	struct known_hosts *ret;
};

void known_hosts_deinit(struct known_hosts *hosts)
{
	free(hosts->text);
	hosts->text = NULL;
}

bool known_hosts_is_name(const char *name)
{
	return net_hostname_check(name, strlen(name), NET_HOSTNAME_KNOWN_HOSTS);
}

static void copy_lower(const char *name, char out[KNOWN_HOSTS_NAME_MAX])
{
	size_t i = 0;

	for (; name[i] && i + 1 < KNOWN_HOSTS_NAME_MAX; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	out[i] = '\0';
}

/* -- reading --------------------------------------------------------------------------------- */

/* The part up to @end or to the span's end; the span then begins after @end. */
static struct span take_until(struct span *from, char end)
{
	const char *place = from->len > 0 ? memchr(from->p, end, from->len) : NULL;
	struct span part = { from->p, place ? (size_t)(place - from->p) : from->len };
	size_t taken = part.len + (place ? 1 : 0);

	from->p += taken;
	from->len -= taken;
	return part;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word; empty at the line's end. */
static struct span take_word(struct span *line)
{
	struct span word;

	for (; line->len > 0 && is_blank(*line->p); line->len--)
		line->p++;
	word = (struct span){ line->p, 0 };
	for (; line->len > 0 && !is_blank(*line->p); line->len--, line->p++)
		word.len++;
	return word;
}

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.p, text, span.len) == 0;
}

/* False: the line is ignored, as are lines that OpenSSH does not read. */
static bool parse_line(struct span line, struct entry *ret)
{
	char public[HOSTKEY_PUBLIC_MAX];
	struct error unused;

	/* OpenSSH reads a line up to a NUL. */
	line.len = strnlen(line.p, line.len);
	ret->names = take_word(&line);
	ret->type = take_word(&line);
	ret->key = take_word(&line);
	if (ret->names.len == 0 || *ret->names.p == '#' || *ret->names.p == '@' ||
		!hostkey_words_fingerprint(
			ret->type.p, ret->type.len, ret->key.p, ret->key.len, ret->fingerprint))
		return false;
	if (!span_is(ret->type, KEY_TYPE))
		return true;
	if (ret->key.len > sizeof(public) - sizeof(KEY_TYPE " "))
		return false;
	snprintf(public, sizeof(public), KEY_TYPE " %.*s", (int)ret->key.len, ret->key.p);
	return hostkey_public_check(public, ret->fingerprint, &unused) == 0;
}

/* -- finding --------------------------------------------------------------------------------- */

/* The bit of the name that matches, or 0. */
static unsigned find_plain(const struct edit *edit, struct span name)
{
	for (size_t i = 0; i < edit->names_n; i++)
		if (name.len == strlen(edit->names[i]) &&
			strncasecmp(name.p, edit->names[i], name.len) == 0)
			return 1U << i;
	return 0;
}

static bool parse_hash(struct span text, uint8_t out[CRYPTO_SHA1_SIZE])
{
	size_t len;

	return text_parse_base64(text.p, text.len, out, CRYPTO_SHA1_SIZE, &len) == 0 &&
	       len == CRYPTO_SHA1_SIZE;
}

/* `|1|SALT|HASH`: HMAC-SHA1 of the name in lower case, under the salt. */
static int find_hashed(
	const struct edit *edit, struct span hashed, unsigned *ret, struct error *error)
{
	uint8_t salt[CRYPTO_SHA1_SIZE], want[CRYPTO_SHA1_SIZE], hash[CRYPTO_SHA1_SIZE];

	hashed.p += strlen(HASHED);
	hashed.len -= strlen(HASHED);
	*ret = 0;
	if (!parse_hash(take_until(&hashed, '|'), salt) || !parse_hash(hashed, want))
		return 0;
	for (size_t i = 0; i < edit->names_n; i++) {
		int r = crypto_hmac_sha1(
			salt, sizeof(salt), edit->names[i], strlen(edit->names[i]), hash, error);
		if (r < 0)
			return r;
		if (memcmp(hash, want, sizeof(hash)) == 0)
			*ret |= 1U << i;
	}
	return 0;
}

static bool is_hashed(struct span names)
{
	return names.len >= strlen(HASHED) && memcmp(names.p, HASHED, strlen(HASHED)) == 0;
}

static int find_names(
	const struct edit *edit, struct span names, unsigned *ret, struct error *error)
{
	unsigned found = 0;

	if (is_hashed(names))
		return find_hashed(edit, names, ret, error);
	while (names.len > 0)
		found |= find_plain(edit, take_until(&names, ','));
	*ret = found;
	return 0;
}

/* -- writing --------------------------------------------------------------------------------- */

static void put(FILE *out, struct span span)
{
	fwrite(span.p, 1, span.len, out);
}

/* The line without the names of @lost, or nothing if it has no other name. */
static void put_others(
	struct edit *edit, struct span line, const struct entry *entry, unsigned lost)
{
	struct span names = entry->names;
	const char *before = NULL, *rest = names.p + names.len;

	while (!is_hashed(entry->names) && names.len > 0) {
		struct span name = take_until(&names, ',');
		if (find_plain(edit, name) & lost)
			continue;
		if (before)
			fputs(before, edit->out);
		else
			put(edit->out, (struct span){ line.p, (size_t)(entry->names.p - line.p) });
		put(edit->out, name);
		before = ",";
	}
	if (before) {
		/* To its end, also behind a NUL. */
		put(edit->out, (struct span){ rest, (size_t)(line.p + line.len - rest) });
		edit->cut = line.p[line.len - 1] != '\n';
	}
}

static void note_old(struct edit *edit, struct span line, unsigned names, const struct entry *entry)
{
	struct known_hosts *ret = edit->ret;

	if (ret->old_n < KNOWN_HOSTS_OLD_MAX) {
		struct known_hosts_old *old = &ret->old[ret->old_n];
		old->line = edit->line;
		old->names = names;
		old->text = line.p;
		old->len = line.len;
		while (old->len > 0 && is_blank(line.p[old->len - 1]))
			old->len--;
		memcpy(old->fingerprint, entry->fingerprint, sizeof(old->fingerprint));
	}
	ret->old_n++;
}

static bool is_our_key(const struct edit *edit, const struct entry *entry)
{
	return span_is(entry->type, KEY_TYPE) &&
	       span_is(entry->key, edit->public + strlen(KEY_TYPE " "));
}

/* What the line gives to which names. */
static void count_line(struct edit *edit, const struct entry *entry, unsigned found)
{
	if (is_our_key(edit, entry))
		edit->known |= found;
	else if (span_is(entry->type, KEY_TYPE))
		edit->other |= found;
	else
		edit->other_type |= found;
}

static void edit_line(
	struct edit *edit, struct span line, const struct entry *entry, unsigned found)
{
	unsigned lost = is_our_key(edit, entry) ? 0 : found & edit->conflict;

	if (lost != 0) {
		note_old(edit, line, lost, entry);
		put_others(edit, line, entry, lost);
		return;
	}
	put(edit->out, line);
	edit->cut = line.p[line.len - 1] != '\n';
}

/* @counting: reads what is there; else writes what is to be. A line has its newline, if any. */
static int pass(struct edit *edit, struct span text, bool counting, struct error *error)
{
	edit->line = 0;
	while (text.len > 0) {
		struct span line = { text.p, take_until(&text, '\n').len };
		struct entry entry = { .names = { NULL, 0 } };
		unsigned found = 0;
		line.len = (size_t)(text.p - line.p);
		edit->line++;
		if (parse_line(line, &entry)) {
			int r = find_names(edit, entry.names, &found, error);
			if (r < 0)
				return r;
		}
		if (!counting)
			edit_line(edit, line, &entry, found);
		else if (found != 0)
			count_line(edit, &entry, found);
	}
	return 0;
}

static void put_new(FILE *out, const struct edit *edit, unsigned which)
{
	const char *before = "";

	for (size_t i = 0; i < edit->names_n; i++)
		if (which & 1U << i) {
			fprintf(out, "%s%s", before, edit->names[i]);
			before = ",";
		}
	fprintf(out, " %s\n", edit->public);
}

static int edit_all(struct edit *edit, struct span text, struct error *error)
{
	int r = pass(edit, text, true, error);

	if (r < 0)
		return r;
	edit->conflict = edit->other | (edit->other_type & ~edit->known);
	/* Then nothing is written, and only the other keys is noted. */
	if (edit->conflict & ~edit->replace)
		edit->conflict &= ~edit->replace;
	r = pass(edit, text, false, error);
	if (r < 0)
		return r;
	edit->ret->added = ((1U << edit->names_n) - 1) & ~edit->known;
	if (edit->ret->added != 0) {
		fputs(edit->cut ? "\n" : "", edit->out);
		put_new(edit->out, edit, edit->ret->added);
	}
	edit->ret->changed = edit->ret->added != 0 || edit->ret->old_n > 0;
	return 0;
}

static void take_names(struct edit *edit, const char *const *names, size_t n)
{
	for (; edit->names_n < MIN(n, (size_t)KNOWN_HOSTS_NAMES_MAX); edit->names_n++)
		copy_lower(names[edit->names_n], edit->names[edit->names_n]);
}

int known_hosts_put(const void *text, size_t len, const char *const *names, size_t names_n,
	unsigned replace, const char *public, struct known_hosts *ret, struct error *error)
{
	_cleanup_known_hosts_ struct known_hosts hosts = { .text = NULL };
	struct edit edit = { .public = public, .replace = replace, .ret = &hosts };
	char unused[HOSTKEY_FINGERPRINT_MAX];

	if (len > KNOWN_HOSTS_MAX)
		return error_set(error, -EFBIG, "larger than %d bytes", KNOWN_HOSTS_MAX);
	int r = hostkey_public_check(public, unused, error);
	if (r < 0)
		return r;
	take_names(&edit, names, names_n);
	edit.out = open_memstream(&hosts.text, &hosts.len);
	if (!edit.out)
		return error_set_errno(error, -ENOMEM, "known hosts");
	r = edit_all(&edit, (struct span){ text, len }, error);
	bool failed = ferror(edit.out) != 0;
	if (fclose(edit.out) != 0 || failed)
		r = r < 0 ? r : error_set_errno(error, -ENOMEM, "known hosts");
	if (r < 0)
		return r;
	if (edit.conflict & ~replace) {
		free(hosts.text);
		hosts.text = NULL;
		hosts.changed = false;
		*ret = hosts;
		return KNOWN_HOSTS_E_OTHER_KEY;
	}
	*ret = hosts;
	TAKE_PTR(hosts.text);
	return 0;
}

char *known_hosts_format(
	const char *const *names, size_t names_n, unsigned which, const char *public)
{
	struct edit edit = { .public = public };
	char *line = NULL;
	size_t len;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		return NULL;
	take_names(&edit, names, names_n);
	put_new(out, &edit, which);
	if (fclose(out) != 0) {
		free(line);
		return NULL;
	}
	return line;
}
