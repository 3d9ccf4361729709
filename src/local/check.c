/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local check`: a host configuration, checked as stboot does, and told in words. */
#include "local/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "hostcfg/hostcfg.h"
#include "hostcfg/words.h"

#define METAVAR "FILE"
/* Longest part of a file's name that an error shows, with its NUL. */
#define SHOWN_MAX 160

struct check_options {
	const char *path;
};

static const struct check_options check_defaults = { .path = NULL };

static const struct cli_option check_table[] = { { 0 } };

/* It may hold passwords. */
struct text {
	uint8_t *data;
	size_t len;
};

static void text_wipe(struct text *text)
{
	if (text->data)
		secret_wipe_bytes(text->data, text->len);
	free(text->data);
}

static int read_text(const char *path, struct text *ret, struct error *error)
{
	if (strcmp(path, "-") == 0)
		return file_read_fd(STDIN_FILENO, "standard input", HOSTCFG_JSON_MAX, &ret->data,
			&ret->len, error);
	return file_read(AT_FDCWD, path, HOSTCFG_JSON_MAX, &ret->data, &ret->len, error);
}

static int decode(const char *path, struct hostcfg *ret, struct error *error)
{
	_cleanup_(text_wipe) struct text text = { .data = NULL };
	char shown[SHOWN_MAX];

	int r = read_text(path, &text, error);
	if (r < 0)
		return r;
	r = hostcfg_decode(text.data, text.len, ret, error);
	if (r == 0)
		r = hostcfg_check(ret, error);
	text_printable(path, strlen(path), shown, sizeof(shown));
	return r == 0 ? 0 : error_prefix(error, r, "%s", shown);
}

/* What stboot accepts, with a note for the operator. */
static void note(const struct hostcfg *cfg)
{
	char form[HOSTCFG_OLD_TEXT_MAX];
	struct error warnings[HOSTCFG_WARNINGS_MAX];
	size_t n = hostcfg_warnings(cfg, warnings);
	const char *url = hostcfg_url_warning(cfg);

	for (unsigned bit = 1; bit <= cfg->old; bit <<= 1) {
		hostcfg_format_old(cfg->old & bit, form);
		if (form[0])
			log_line("older form: %s", form);
	}
	for (size_t i = 0; i < n; i++)
		log_line("warning: %s", warnings[i].text);
	if (url)
		log_line("warning: %s", url);
}

static int run_check(void *options, struct error *error)
{
	const struct check_options *o = options;
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
	_cleanup_free_ char *words = NULL;

	secret_protect_process();
	if (decode(o->path, &cfg, error) < 0)
		return CLI_EXIT_FAILED;
	if (hostcfg_format_words(&cfg, &words) < 0) {
		(void)error_set(error, 0, "no memory");
		return CLI_EXIT_FAILED;
	}
	printf("%s", words);
	note(&cfg);
	return CLI_EXIT_OK;
}

const struct cli_command local_check_command = {
	.name = "check",
	.usage = METAVAR,
	.help = "Checks a host configuration (JSON) as stboot does when it boots, and prints it "
		"in words, without passwords. - reads standard input. Older forms are accepted, "
		"with a note.",
	.options = check_table,
	.metavar = METAVAR,
	.argument = offsetof(struct check_options, path),
	.defaults = &check_defaults,
	.size = sizeof(check_defaults),
	.run = run_check,
};
