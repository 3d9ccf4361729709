/* SPDX-License-Identifier: BSD-2-Clause */
/* The defaults on the boot medium: see stamped.h. */
#include "remote/stamped.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/columns.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/cli.h"
#include "config.h"
#include "crypto/tls_web.h"
#include "hostcfg/url.h"
#include "remote/guide_answers.h"
#include "remote/run.h"
#include "setup/command.h"

#define LINKS "interface mac bonding autodetect bonding-auto"

/* The option of the same name, and what sets its default aside. */
static const struct {
	enum medium_key key;
	char letter;
	bool of_run; /* else of static and dhcp */
	const char *instead;
} options[] = {
	{ MEDIUM_HOST, 'h', false, "full-host" },
	{ MEDIUM_FULL_HOST, 'H', false, "host" },
	{ MEDIUM_URL, 'r', false, NULL },
	{ MEDIUM_DNS, 'd', false, NULL },
	{ MEDIUM_INTERFACE, 'I', false, LINKS },
	{ MEDIUM_MAC, 'm', false, LINKS },
	{ MEDIUM_BONDING, 'b', false, LINKS },
	{ MEDIUM_WAIT, 'w', false, NULL },
	{ MEDIUM_PORT, 'p', true, NULL },
	{ MEDIUM_ALLOW, 'a', true, NULL },
};

/* --- checks --- */

/* Whether the commands take the option with this value. */
static int check_option(char letter, bool of_run, const char *value, struct error *error)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	char word[MEDIUM_VALUE_MAX + 4];
	char *argv[] = { word, NULL };

	snprintf(word, sizeof(word), "-%c=%s", letter, value);
	int r = of_run ? remote_run_check(1, argv, error)
		       : setup_check(true, 1, argv, &plan, error);
	secret_wipe_bytes(word, sizeof(word));
	if (r < 0)
		guide_drop_option(error);
	return r;
}

int stamped_check(const struct medium *medium, struct error *error)
{
	for (size_t i = 0; i < medium->n; i++) {
		const struct medium_item *item = &medium->items[i];
		for (size_t k = 0; k < ARRAY_SIZE(options); k++) {
			if (options[k].key != item->key)
				continue;
			int r = check_option(
				options[k].letter, options[k].of_run, item->value, error);
			if (r < 0)
				return error_prefix(error, r, "line %u: %s", item->line,
					medium_key_name(item->key));
		}
	}
	return 0;
}

/* --- reading --- */

/* Root's, and not to be changed by another user. */
static int check_owner(int fd, const char *name, struct error *error)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set_errno(error, -errno, "%s", name);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(
			error, -EPERM, "%s: it is not root's, or others can write it", name);
	return 0;
}

/* Opens a part of the way, or a file; -ENOENT without a text. */
static int open_owned(int dir_fd, const char *name, int flags, int *ret_fd, struct error *error)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags);

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : error_set_errno(error, -errno, "%s", name);
	int r = check_owner(fd, name, error);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* The directory of the files; -ENOENT without a text. */
static int open_directory(int root_fd, int *ret_fd, struct error *error)
{
	char path[] = MEDIUM_DIR;
	_cleanup_close_ int fd = -1;
	char *rest = path + 1;
	int r = open_owned(root_fd, root_fd == AT_FDCWD ? "/" : ".", O_DIRECTORY, &fd, error);

	for (const char *part; r == 0 && (part = strsep(&rest, "/"));) {
		int next = -1;
		r = open_owned(fd, part, O_DIRECTORY, &next, error);
		cleanup_close(&fd);
		fd = next;
	}
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

static int read_file(int dir_fd, const char *name, size_t limit, uint8_t **ret, size_t *ret_len,
	struct error *error)
{
	_cleanup_close_ int fd = -1;
	int r = open_owned(dir_fd, name, 0, &fd, error);

	return r < 0 ? r : file_read_fd(fd, name, limit, ret, ret_len, error);
}

static int read_defaults(int dir_fd, struct stamped *stamped, struct error *error)
{
	uint8_t *text = NULL;
	size_t len = 0;
	int r = read_file(dir_fd, MEDIUM_DEFAULTS, MEDIUM_FILE_MAX, &text, &len, error);

	if (r == -ENOENT)
		return 0;
	stamped->there = true;
	if (r == 0)
		r = medium_parse(text, len, &stamped->medium, error);
	if (r == 0)
		r = stamped_check(&stamped->medium, error);
	if (text)
		secret_wipe_bytes(text, len);
	free(text);
	return r;
}

static int read_roots(int dir_fd, struct stamped *stamped, struct error *error)
{
	_cleanup_free_ uint8_t *roots = NULL;
	size_t len = 0, n;
	int r = read_file(dir_fd, MEDIUM_ROOTS, TLS_WEB_ROOTS_MAX, &roots, &len, error);

	if (r == -ENOENT)
		return 0;
	stamped->there = stamped->roots = true;
	if (r == 0)
		r = tls_web_roots_check(roots, len, &n, error);
	return r < 0 ? error_prefix(error, r, MEDIUM_ROOTS) : 0;
}

void stamped_read(int root_fd, struct stamped *ret)
{
	struct stamped stamped = { .there = false };
	_cleanup_close_ int dir_fd = -1;
	int r = open_directory(root_fd, &dir_fd, &stamped.problem);

	if (r == -ENOENT) {
		*ret = stamped;
		return;
	}
	if (r == 0)
		r = read_defaults(dir_fd, &stamped, &stamped.problem);
	if (r == 0)
		r = read_roots(dir_fd, &stamped, &stamped.problem);
	if (r < 0) {
		stamped.there = true;
		stamped.roots = false;
		medium_deinit(&stamped.medium);
	}
	*ret = stamped;
}

/* --- use --- */

static struct stamped loaded;
/* Those of options[], seal, the roots, and the end. */
static struct cli_outer outer[ARRAY_SIZE(options) + 3];
static char shown_urls[URL_MASKED_MAX];

static void add_outer(size_t *n, const char *option, char *value, const char *instead)
{
	outer[(*n)++] = (struct cli_outer){
		.option = option, .value = value, .shown = value, .instead = instead
	};
}

static char *find_value(enum medium_key key)
{
	for (size_t i = 0; i < loaded.medium.n; i++)
		if (loaded.medium.items[i].key == key)
			return loaded.medium.items[i].value;
	return NULL;
}

void stamped_load(void)
{
	static char roots[] = MEDIUM_DIR "/" MEDIUM_ROOTS;
	static bool done;
	size_t n = 0;
	char *value;

	if (done)
		return;
	done = true;
	stamped_read(AT_FDCWD, &loaded);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		value = find_value(options[i].key);
		if (!value)
			continue;
		add_outer(&n, medium_key_name(options[i].key), value, options[i].instead);
		if (options[i].key != MEDIUM_URL)
			continue;
		url_mask(value, shown_urls, sizeof(shown_urls));
		outer[n - 1].shown = shown_urls;
	}
	value = find_value(MEDIUM_SEAL);
	if (value)
		add_outer(&n, medium_key_name(MEDIUM_SEAL), value, NULL);
	if (loaded.roots)
		add_outer(&n, "roots", roots, "trust-policy");
	cli_set_outer(n > 0 ? outer : NULL, MEDIUM_ORIGIN);
}

const struct stamped *stamped_loaded(void)
{
	return &loaded;
}

void stamped_log(void)
{
	static bool done;
	struct text_list list = { .len = 0 };

	if (done)
		return;
	done = true;
	if (loaded.problem.text[0])
		log_line("defaults from " MEDIUM_ORIGIN ", are not used: %s", loaded.problem.text);
	if (!loaded.there || loaded.problem.text[0])
		return;
	for (size_t i = 0; i < loaded.medium.n; i++)
		text_list_add(&list, "%s%s", i > 0 ? ", " : "",
			medium_key_name(loaded.medium.items[i].key));
	if (loaded.roots)
		text_list_add(&list, "%sHTTPS roots", list.len > 0 ? ", " : "");
	if (list.len > 0)
		log_line("defaults from " MEDIUM_ORIGIN ": %s", list.text);
}

void stamped_print_values(FILE *out, const struct medium *medium)
{
	char shown[URL_MASKED_MAX];

	for (size_t i = 0; i < medium->n; i++) {
		url_mask(medium->items[i].value, shown, sizeof(shown));
		columns_text(out, medium_key_name(medium->items[i].key), shown);
	}
}

void stamped_print(FILE *out)
{
	if (!loaded.there)
		return;
	if (loaded.problem.text[0]) {
		fprintf(out, "\nDefaults from " MEDIUM_ORIGIN ", are not used:\n");
		columns_format(out, "error", "%s", loaded.problem.text);
		return;
	}
	fprintf(out, "\nDefaults from " MEDIUM_ORIGIN ":\n");
	stamped_print_values(out, &loaded.medium);
	if (loaded.roots)
		columns_text(out, "HTTPS roots", MEDIUM_DIR "/" MEDIUM_ROOTS);
}

bool stamped_propose_host(char host[NET_HOSTNAME_MAX])
{
	const char *full = cli_outer_value("full-host"), *name = cli_outer_value("host");

	if (!full && !name)
		return false;
	/* A name with a dot would be taken for a full one. */
	if (full || !strchr(name, '.'))
		snprintf(host, NET_HOSTNAME_MAX, "%s", full ? full : name);
	else
		snprintf(host, NET_HOSTNAME_MAX, "%.*s." STPROV_DEFAULT_DOMAIN,
			(int)(NET_HOSTNAME_MAX - sizeof(STPROV_DEFAULT_DOMAIN) - 1), name);
	return true;
}
