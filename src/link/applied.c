/* SPDX-License-Identifier: BSD-2-Clause */
/* What stprov set itself: see applied.h. */
#include "link/applied.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

static const char head[] = "stprov-network 1\n";
#define LINK_WORD "link "
#define ADDRESS_WORD "address "

/* Longest line: a word, a name and a prefix. */
#define LINE_MAX_BYTES (sizeof(ADDRESS_WORD) + LINK_NAME_MAX + NET_PREFIX_TEXT_MAX)

/* Printable ASCII without space, and not a name that the kernel refuses. */
static bool name_is_valid(const char *name)
{
	size_t n = strnlen(name, LINK_NAME_MAX);

	if (n == 0 || n == LINK_NAME_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '/' || *p == ':')
			return false;
	return true;
}

/* The scope of an address is its link, which is written beside it. */
static bool same_prefix(const struct net_prefix *a, const struct net_prefix *b)
{
	return a->addr.family == b->addr.family && a->len == b->len &&
	       memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes)) == 0;
}

static bool has(const struct applied *state, const char *link, const struct net_prefix *prefix)
{
	for (size_t i = 0; i < state->n; i++)
		if (strcmp(state->items[i].link, link) == 0 &&
			same_prefix(&state->items[i].prefix, prefix))
			return true;
	return false;
}

int applied_add(struct applied *state, const char *link, const struct net_prefix *prefix)
{
	struct applied_entry entry = { .link = "" };

	if (!name_is_valid(link))
		return -EINVAL;
	strcpy(entry.link, link);
	if (prefix && net_addr_bits(&prefix->addr) > 0)
		entry.prefix = *prefix;
	entry.prefix.addr.scope = 0;
	if (has(state, link, &entry.prefix))
		return 0;
	if (state->n == APPLIED_MAX)
		return -E2BIG;
	state->items[state->n++] = entry;
	return 0;
}

bool applied_is_foreign(
	const struct applied *state, const struct link *link, const struct link_addr *addr)
{
	if (!addr->global || addr->index != link->index || has(state, link->name, &addr->prefix))
		return false;
	if (!addr->autoconf)
		return true;
	for (size_t i = 0; i < state->n; i++)
		if (strcmp(state->items[i].link, link->name) == 0)
			return false;
	return true;
}

size_t applied_format(const struct applied *state, char out[APPLIED_TEXT_MAX])
{
	size_t n = (size_t)sprintf(out, "%s", head);

	_Static_assert(sizeof(head) + APPLIED_MAX * LINE_MAX_BYTES <= APPLIED_TEXT_MAX,
		"a full state fits");
	for (size_t i = 0; i < state->n; i++) {
		const struct applied_entry *entry = &state->items[i];
		char text[NET_PREFIX_TEXT_MAX];
		if (entry->prefix.addr.family == 0) {
			n += (size_t)sprintf(out + n, LINK_WORD "%s\n", entry->link);
			continue;
		}
		net_prefix_format(&entry->prefix, text);
		n += (size_t)sprintf(out + n, ADDRESS_WORD "%s %s\n", entry->link, text);
	}
	return n;
}

/* One line without its newline; changes it. */
static int parse_applied_line(char *line, struct applied *state)
{
	struct net_prefix prefix = { .len = 0 };
	char canonical[NET_PREFIX_TEXT_MAX];
	size_t before = state->n;
	char *name, *text = NULL;

	if (strncmp(line, LINK_WORD, strlen(LINK_WORD)) == 0) {
		name = line + strlen(LINK_WORD);
	} else if (strncmp(line, ADDRESS_WORD, strlen(ADDRESS_WORD)) == 0) {
		name = line + strlen(ADDRESS_WORD);
		text = strchr(name, ' ');
		if (!text)
			return -EBADMSG;
		*text++ = '\0';
		if (net_prefix_parse(text, &prefix) < 0)
			return -EBADMSG;
		net_prefix_format(&prefix, canonical);
		if (strcmp(text, canonical) != 0)
			return -EBADMSG;
	} else {
		return -EBADMSG;
	}
	/* A line that is there twice adds nothing; only stprov writes this file. */
	return applied_add(state, name, &prefix) < 0 || state->n == before ? -EBADMSG : 0;
}

int applied_parse(const void *text, size_t len, struct applied *ret, struct error *error)
{
	const char *p = text, *end = p + len;
	struct applied state = { .n = 0 };
	char line[LINE_MAX_BYTES];

	if (len < strlen(head) || memcmp(p, head, strlen(head)) != 0)
		return error_set(
			error, -EBADMSG, "line 1: not `%.*s`", (int)strlen(head) - 1, head);
	p += strlen(head);
	for (size_t number = 2; p < end; number++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t n = newline ? (size_t)(newline - p) : 0;
		/* A NUL would hide what follows it. */
		if (!newline || n >= sizeof(line) || memchr(p, '\0', n))
			return error_set(error, -EBADMSG, "line %zu: malformed", number);
		memcpy(line, p, n);
		line[n] = '\0';
		if (parse_applied_line(line, &state) < 0)
			return error_set(error, -EBADMSG, "line %zu: malformed", number);
		p = newline + 1;
	}
	*ret = state;
	return 0;
}

int applied_read(const char *dir, struct applied *ret, struct error *error)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ uint8_t *data = NULL;
	size_t len;

	if (asprintf(&path, "%s/%s", dir, APPLIED_FILE) < 0) {
		path = NULL;
		return error_set_errno(error, -ENOMEM, "%s", dir);
	}
	int r = file_read(AT_FDCWD, path, APPLIED_TEXT_MAX, &data, &len, error);
	if (r == -ENOENT) {
		*ret = (struct applied){ .n = 0 };
		return 0;
	}
	if (r < 0)
		return r;
	r = applied_parse(data, len, ret, error);
	return r < 0 ? error_prefix(error, r, "%s", path) : 0;
}

int applied_write(const char *dir, const struct applied *state, struct error *error)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *text = malloc(APPLIED_TEXT_MAX);

	if (asprintf(&path, "%s/%s", dir, APPLIED_FILE) < 0)
		path = NULL;
	if (!path || !text)
		return error_set_errno(error, -ENOMEM, "%s", dir);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return error_set_errno(error, -errno, "%s", dir);
	size_t len = applied_format(state, text);
	return file_replace(AT_FDCWD, path, text, len, 0644, error);
}
