/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the configuration of the OS package: see conf.h. */
#include "ospkg/conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Longest line, with its NUL, and what of a bad word is shown. */
#define LINE_MAX_BYTES 256
#define SHOWN_MAX 64

/* A walk over the lines of a text. */
struct lines {
	const char *text;
	size_t left;
	unsigned number; /* of the line, from 1 */
	char line[LINE_MAX_BYTES];
};

/* 1: the next line that counts, without blanks around it; 0: there is none. */
static int next_line(struct lines *l, char **ret, struct error *error)
{
	while (l->left > 0) {
		const char *end = memchr(l->text, '\n', l->left);
		size_t len = end ? (size_t)(end - l->text) : l->left;
		const char *text = l->text;

		l->number++;
		l->text += len + (end ? 1 : 0);
		l->left -= len + (end ? 1 : 0);
		if (memchr(text, '\0', len))
			return error_set(error, -EINVAL, "line %u: a NUL", l->number);
		while (len > 0 && strchr(" \t", text[len - 1]))
			len--;
		while (len > 0 && strchr(" \t", text[0])) {
			text++;
			len--;
		}
		if (len == 0 || text[0] == '#')
			continue;
		if (len >= sizeof(l->line))
			return error_set(error, -EINVAL, "line %u: longer than %zu bytes",
				l->number, sizeof(l->line) - 1);
		memcpy(l->line, text, len);
		l->line[len] = '\0';
		*ret = l->line;
		return 1;
	}
	return 0;
}

/* Cuts the blanks from the end of a text. */
static void trim_end(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(" \t", text[len - 1]))
		text[--len] = '\0';
}

/* `line 3: KEY: "VALUE" is not ...` */
static int bad_value(const struct lines *l, const char *key, const char *value, const char *want,
	struct error *error)
{
	char shown[SHOWN_MAX];

	text_printable(value, strlen(value), shown, sizeof(shown));
	return error_set(
		error, -EINVAL, "line %u: %s: \"%s\" is not %s", l->number, key, shown, want);
}

int ospkg_network_parse(const char *word, enum ospkg_network *ret)
{
	static const char *const words[] = {
		[OSPKG_NETWORK_NETWORKD] = "networkd",
		[OSPKG_NETWORK_SCRIPT] = "script",
		[OSPKG_NETWORK_NONE] = "none",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum ospkg_network)i;
			return 0;
		}
	return -EINVAL;
}

static int set_store(
	const struct lines *l, const char *value, struct ospkg_conf *conf, struct error *error)
{
	const struct store_choice choice = { .store = value };

	if (store_choice_check(&choice, &conf->store, error) < 0)
		return bad_value(l, "store", value, "efi or label", error);
	return 0;
}

static int set_require(
	const struct lines *l, const char *value, struct ospkg_conf *conf, struct error *error)
{
	conf->require_sealed = true;
	return strcmp(value, "sealed") == 0 ? 0 : bad_value(l, "require", value, "sealed", error);
}

static int set_network(
	const struct lines *l, const char *value, struct ospkg_conf *conf, struct error *error)
{
	if (ospkg_network_parse(value, &conf->network) < 0)
		return bad_value(l, "network", value, "networkd, script or none", error);
	return 0;
}

static const struct {
	const char *key;
	int (*set)(const struct lines *l, const char *value, struct ospkg_conf *conf,
		struct error *error);
} settings[] = {
	{ "store", set_store },
	{ "require", set_require },
	{ "network", set_network },
};

static int parse_setting(const struct lines *l, char *line, bool seen[ARRAY_SIZE(settings)],
	struct ospkg_conf *conf, struct error *error)
{
	char *value = strchr(line, '='), shown[SHOWN_MAX];

	if (!value)
		return error_set(error, -EINVAL, "line %u: not KEY = VALUE", l->number);
	*value++ = '\0';
	value += strspn(value, " \t");
	trim_end(line);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(line, settings[i].key) != 0)
			continue;
		if (seen[i])
			return error_set(error, -EINVAL, "line %u: %s: is set a second time",
				l->number, line);
		seen[i] = true;
		return settings[i].set(l, value, conf, error);
	}
	text_printable(line, strlen(line), shown, sizeof(shown));
	return error_set(error, -EINVAL,
		"line %u: unknown key \"%s\": one of store, require, network", l->number, shown);
}

int ospkg_conf_parse(const void *text, size_t len, struct ospkg_conf *ret, struct error *error)
{
	struct lines l = { .text = text, .left = len };
	bool seen[ARRAY_SIZE(settings)] = { false };
	struct ospkg_conf conf = { .require_sealed = false };
	char *line;
	int r;

	while ((r = next_line(&l, &line, error)) > 0) {
		r = parse_setting(&l, line, seen, &conf, error);
		if (r < 0)
			break;
	}
	if (r == 0)
		*ret = conf;
	return r;
}

const struct ospkg_conf_file *ospkg_conf_files_find(
	const struct ospkg_conf_files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->items[i].name, name) == 0)
			return &files->items[i];
	return NULL;
}

static int parse_file(
	const struct lines *l, char *line, struct ospkg_conf_files *files, struct error *error)
{
	size_t len = strcspn(line, " \t");
	char *place = line + len + strspn(line + len, " \t"), shown[SHOWN_MAX];
	struct ospkg_conf_file file = { .credstore = strcmp(place, "credstore") == 0 };

	text_printable(line, len, shown, sizeof(shown));
	if (*place && !file.credstore) {
		text_printable(place, strlen(place), shown, sizeof(shown));
		return error_set(error, -EINVAL, "line %u: \"%s\" after the name is not credstore",
			l->number, shown);
	}
	const char *reason = hostfile_reason_against(line, len);
	if (reason)
		return error_set(error, -EINVAL, "line %u: \"%s\" cannot be the name of a file: %s",
			l->number, shown, reason);
	memcpy(file.name, line, len);
	if (ospkg_conf_files_find(files, file.name))
		return error_set(
			error, -EINVAL, "line %u: %s is named a second time", l->number, file.name);
	if (files->n == OSPKG_CONF_FILES_MAX)
		return error_set(error, -EINVAL, "line %u: more than %d files", l->number,
			OSPKG_CONF_FILES_MAX);
	files->items[files->n++] = file;
	return 0;
}

int ospkg_conf_files_parse(
	const void *text, size_t len, struct ospkg_conf_files *ret, struct error *error)
{
	struct lines l = { .text = text, .left = len };
	struct ospkg_conf_files files = { .n = 0 };
	char *line;
	int r;

	while ((r = next_line(&l, &line, error)) > 0) {
		r = parse_file(&l, line, &files, error);
		if (r < 0)
			break;
	}
	if (r == 0)
		*ret = files;
	return r;
}

void ospkg_conf_file_path(const struct ospkg_conf_file *file, char out[OSPKG_FILE_PATH_MAX])
{
	snprintf(out, OSPKG_FILE_PATH_MAX, "%s/%s",
		file->credstore ? "run/credstore" : "run/stprov/files", file->name);
}
