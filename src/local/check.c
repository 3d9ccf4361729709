/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local check`: a host configuration, checked as stboot does, and told in words. */
#include "local/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/cli.h"
#include "hostcfg/hostcfg.h"
#include "hostcfg/url.h"
#include "hostcfg/words.h"

#define METAVAR "FILE"
/* The part of a file's name that an error shows, with its NUL. */
#define SHOWN_MAX 160

struct check_options {
	const char *path;
};

static const struct cli_option no_options[] = { { 0 } };

void local_check_help(void)
{
	printf("stprov local check " METAVAR "\n"
	       "  Checks a host configuration (JSON) as stboot does when it boots, and prints it\n"
	       "  in words, without passwords. - reads standard input. Older forms are read too,\n"
	       "  and said to be old.\n");
}

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

/* What stboot takes, and the operator should know. */
static void note(const struct hostcfg *cfg)
{
	char form[HOSTCFG_OLD_TEXT_MAX];

	for (unsigned bit = 1; bit <= cfg->old; bit <<= 1) {
		hostcfg_format_old(cfg->old & bit, form);
		if (form[0])
			log_line("older form: %s", form);
	}
	if (!url_list_is_plain(cfg->ospkg_pointer))
		log_line("warning: the OS package is not named by http and https URLs alone, as "
			 "a trust policy wants it that fetches from the network");
}

static int check(void *options, struct error *error)
{
	const struct check_options *o = options;
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
	_cleanup_free_ char *words = NULL;

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

int local_check(int argc, char **argv)
{
	struct check_options o = { .path = NULL };
	struct error error = ERROR_INIT;
	const struct cli_call call = { .table = no_options,
		.metavar = METAVAR,
		.argument = &o.path,
		.help = local_check_help,
		.run = check,
		.options = &o };

	secret_protect_process();
	int exit_code = cli_run(&call, argc, argv, &error);
	if (exit_code != CLI_EXIT_OK)
		log_line("stprov local check: %s", error.text);
	return exit_code;
}
