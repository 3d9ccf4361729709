/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local console`: its options, and what is checked before COMMAND is started. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "local/drive.h"

#define AT(field) offsetof(struct drive_options, field)

static const struct drive_options drive_defaults = {
	.run = { .driven = true },
	.wait_ms = 10 * 60 * 1000,
};

static const struct cli_option drive_table[] = {
	{ 0, "setup", CLI_TEXT, AT(setup), "WORDS", NULL,
		"what to type after `stprov remote` first: \"dhcp -H web01.example.org\"; without "
		"it the network is left as it is" },
	{ 0, "run", CLI_TEXT, AT(start), "WORDS", NULL,
		"options of `stprov remote run`: \"-p 2010\"; without -a this machine alone may "
		"connect" },
	{ 0, "wait-console", CLI_DURATION, AT(wait_ms), "TIME", "10m",
		"how long to wait for stprov on the console" },
	{ 0, "leave", CLI_TEXT, AT(leave), "TEXT", NULL,
		"what makes COMMAND end, with \\r, \\n, \\e, \\xNN and \\\\: \"\\r~.\"; otherwise "
		"it is ended by signals" },
	{ 0, "cr", CLI_FLAG, AT(cr), NULL, NULL,
		"a shell waits on the console: wake it by Enter and type `stprov remote console`; "
		"Enter would confirm an open review" },
	{ 0, "yes", CLI_FLAG, AT(yes), NULL, NULL,
		"do not ask: commit when both sides show the same" },
	RUN_OPTIONS(AT(run)),
	{ 0 },
};

/* The value of an escape after the backslash, of @ret_len characters; -1: there is none. */
static int escape(const char *text, size_t *ret_len)
{
	char hex[3] = "";
	uint8_t byte;

	*ret_len = 1;
	switch (text[0]) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 'e':
		return 0x1b;
	case '\\':
		return '\\';
	default:
		break;
	}
	if (text[0] != 'x' || strlen(text) < 3)
		return -1;
	memcpy(hex, text + 1, 2);
	*ret_len = 3;
	return text_parse_hex(hex, &byte, 1) == 0 && byte != 0 ? byte : -1;
}

static int read_leave(const char *text, char out[64], struct error *error)
{
	size_t n = 0;

	for (; *text; text++) {
		int value = (unsigned char)*text;
		size_t len = 0;
		if (n == 63)
			return error_set(error, -EINVAL, "--leave: it is too long");
		if (value == '\\')
			value = escape(text + 1, &len);
		if (value < 0)
			return error_set(error, -EINVAL,
				"--leave: a backslash needs r, n, e, xNN or another one");
		text += len;
		out[n++] = (char)value;
	}
	out[n] = '\0';
	return 0;
}

static int prepare(const struct drive_options *o, struct drive *drive, struct error *error)
{
	int r = 0;

	if (!o->yes && !isatty(STDIN_FILENO))
		r = error_set(error, -EINVAL,
			"there is no terminal to ask on: --yes commits when both sides show the "
			"same");
	if (r == 0 && o->setup)
		r = drive_words_split(o->setup, &drive->setup, error);
	if (r == 0 && o->setup && drive->setup.n == 0)
		r = error_set(error, -EINVAL, "it is empty");
	if (r < 0 && o->setup)
		return error_prefix(error, r, "--setup");
	if (r == 0 && o->start) {
		r = drive_words_split(o->start, &drive->start, error);
		if (r < 0)
			return error_prefix(error, r, "--run");
	}
	if (r == 0 && o->leave)
		r = read_leave(o->leave, drive->leave, error);
	return r;
}

static void drive_free(struct drive **drive)
{
	if (!*drive)
		return;
	drive_words_deinit(&(*drive)->setup);
	drive_words_deinit(&(*drive)->start);
	cleanup_close(&(*drive)->signal_fd);
	secret_wipe_bytes(*drive, sizeof(**drive));
	free(*drive);
}

static int drive_platform(struct drive *drive, struct error *error)
{
	int r = signals_open(&drive->signal_fd, error);

	if (r == 0)
		r = drive_command_start(drive->options->command, &drive->command, error);
	if (r == 0)
		r = drive_loop(drive, error);
	if (r < 0)
		return CLI_EXIT_FAILED;
	*error = drive->why;
	return drive->exit_code;
}

static int local_console_parsed(void *options, struct error *error)
{
	_cleanup_known_hosts_file_ struct known_hosts_file file = KNOWN_HOSTS_FILE_INIT;
	_cleanup_(drive_free) struct drive *drive = calloc(1, sizeof(*drive));
	_cleanup_(run_deinit) struct run run;
	const struct drive_options *o = options;

	secret_protect_process();
	memset(&run, 0, sizeof(run));
	if (!drive) {
		(void)error_set(error, 0, "no memory");
		return CLI_EXIT_FAILED;
	}
	drive->options = o;
	drive->run = &run;
	drive->signal_fd = -1;
	drive->command = DRIVE_COMMAND_INIT;
	drive->exchange = DRIVE_EXCHANGE_INIT;
	int r = prepare(o, drive, error);
	if (r == 0)
		r = run_prepare(&o->run, &run, &file, error);
	if (r < 0)
		return r == -EINVAL ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
	return drive_platform(drive, error);
}

const struct cli_command local_console_command = {
	.name = "console",
	/* `c` has always been check. */
	.prefix_min = 2,
	.usage = "[options] -- COMMAND...",
	.help = "Sets up and provisions a platform through its console, which COMMAND reaches "
		"(ssh, "
		"ipmitool sol activate, virsh console), and over the network. It compares what "
		"both sides show, asks once, and prints what `run` prints.",
	.options = drive_table,
	.rest = offsetof(struct drive_options, command),
	.rest_name = "COMMAND",
	.defaults = &drive_defaults,
	.size = sizeof(drive_defaults),
	.run = local_console_parsed,
};
