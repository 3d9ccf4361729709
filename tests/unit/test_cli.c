/* SPDX-License-Identifier: BSD-2-Clause */
/* cli/: commands by prefix, option syntax, errors that keep secrets, durations, help. */
#include "tap.h"

#include <errno.h>

#include "cli/cli.h"

/* A table with every type, as a command would have it. */
struct values {
	bool flag, given;
	const char *otp, *host;
	uint16_t port;
	int64_t wait;
	struct cli_list dns, url;
};

#define AT(field) offsetof(struct values, field)

static const struct cli_option all[] = {
	{ 'f', "force", CLI_FLAG, AT(flag), NULL, NULL, "go on", AT(given) },
	{ 'o', "otp", CLI_TEXT, AT(otp), "OTP", NULL, "password" },
	{ 0, "host", CLI_TEXT, AT(host), "HOST", NULL, "host name", .outer = true },
	{ 'p', "port", CLI_PORT, AT(port), "PORT", "2009", "TCP port", .outer = true },
	{ 'w', "wait", CLI_DURATION, AT(wait), "TIME", "4s", "at most this long" },
	{ 'd', "dns", CLI_LIST, AT(dns), "IP", "def1,def2", "servers", .outer = true },
	{ 'r', "url", CLI_LIST, AT(url), "URL", "", "URLs" },
	{ 0 },
};

static void values_init(struct values *v)
{
	*v = (struct values){ .port = 2009, .wait = 4000 };
}

/* Parses up to eight words; the error is in @error. */
static int parse(struct values *v, struct error *error, const char *const words[8])
{
	static char copies[8][512];
	char *argv[9] = { NULL };
	int argc = 0;

	values_init(v);
	*error = ERROR_INIT;
	for (; argc < 8 && words[argc]; argc++) {
		snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc]);
		argv[argc] = copies[argc];
	}
	return cli_parse(all, v, argc, argv, error);
}

#define PARSE(v, e, ...) parse((v), (e), (const char *const[8]){ __VA_ARGS__ })

static int run_nothing(int argc, char **argv)
{
	return 0;
}

#define ROW(...)                                                                                   \
	&(const struct cli_command)                                                                \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static const struct cli_command *const commands[] = { ROW("help", run_nothing),
	ROW("static", run_nothing), ROW("start", run_nothing), ROW("dhcp", run_nothing),
	ROW("run", run_nothing), ROW("runner", run_nothing), NULL };

static void a_command_may_be_shortened_while_it_is_one_only(void)
{
	static const char *const rows[][2] = { { "help", "help" }, { "h", "help" },
		{ "stat", "static" }, { "star", "start" }, { "d", "dhcp" }, { "run", "run" },
		{ "runn", "runner" } };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct cli_command *found = NULL;
		tap_eq_int(cli_command_find(commands, rows[i][0], &found, &e), 0);
		tap_eq_text(found ? found->name : NULL, rows[i][1]);
	}
}

static void a_wrong_command_is_named_in_one_line(void)
{
	static const char *const rows[][2] = {
		{ NULL, "a command is needed: one of help, static, start, dhcp, run, runner" },
		{ "foo", "unknown command \"foo\": one of help, static, start, dhcp, run, runner" },
		{ "", "unknown command \"\": one of help, static, start, dhcp, run, runner" },
		{ "dhcpx", "unknown command \"dhcpx\": one of help, static, start, dhcp, run, "
			   "runner" },
		{ "sta", "\"sta\" is ambiguous: static, start" },
		{ "ru", "\"ru\" is ambiguous: run, runner" },
		{ "\x1b[2J\n", "unknown command \"\\x1b[2J\\x0a\": one of help, static, start, "
			       "dhcp, run, runner" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct cli_command *found = commands[0];
		struct error e = ERROR_INIT;
		tap_eq_int(cli_command_find(commands, rows[i][0], &found, &e), -EINVAL);
		tap_eq_text(e.text, rows[i][1]);
		tap_ok(found == commands[0]);
	}
}

static const struct cli_command *const later[] = { ROW("static", run_nothing),
	ROW("status", run_nothing, 5), ROW("step", run_nothing, 2), NULL };

static void a_later_command_leaves_short_prefixes_to_the_one_that_had_them(void)
{
	static const char *const rows[][2] = { { "s", "static" }, { "sta", "static" },
		{ "stat", "static" }, { "stati", "static" }, { "static", "static" },
		{ "statu", "status" }, { "status", "status" }, { "ste", "step" } };
	const struct cli_command *found = NULL;
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_eq_int(cli_command_find(later, rows[i][0], &found, &e), 0);
		tap_eq_text(found ? found->name : NULL, rows[i][1]);
	}
	/* It is not named where it could not be meant, and is where all are listed. */
	tap_eq_int(cli_command_find(later, "st", &found, &e), -EINVAL);
	tap_eq_text(e.text, "\"st\" is ambiguous: static, step");
	tap_eq_int(cli_command_find(later, "statx", &found, &e), -EINVAL);
	tap_eq_text(e.text, "unknown command \"statx\": one of static, status, step");
}

static void options_not_given_keep_their_defaults(void)
{
	struct values v;
	struct error e;

	tap_eq_int(PARSE(&v, &e, NULL), 0);
	tap_eq_int(v.port, 2009);
	tap_eq_int(v.wait, 4000);
	tap_ok(!v.flag && !v.given && !v.otp && !v.dns.given);
	tap_eq_int(v.dns.n, 2);
	tap_eq_text(v.dns.items[1], "def2");
	tap_eq_int(v.url.n, 0);
	cli_options_deinit(all, &v);
	tap_eq_int(v.dns.n, 0);
}

static void one_dash_and_two_dashes_space_and_equals_are_the_same(void)
{
	static const char *const rows[][2] = { { "-p", "80" }, { "--p", "80" }, { "-port", "80" },
		{ "--port", "80" }, { "-p=80", NULL }, { "--p=80", NULL }, { "-port=80", NULL },
		{ "--port=80", NULL } };
	struct values v;
	struct error e;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_eq_int(PARSE(&v, &e, rows[i][0], rows[i][1]), 0);
		tap_eq_text(e.text, "");
		tap_eq_int(v.port, 80);
		cli_options_deinit(all, &v);
	}
}

static void a_value_may_begin_with_a_dash_be_empty_or_hold_an_equals_sign(void)
{
	static const char *const rows[][3] = { { "-o", "-", "-" }, { "-o", "--", "--" },
		{ "-o", "-f", "-f" }, { "-o", "", "" }, { "-o=", NULL, "" },
		{ "--otp==x=y", NULL, "=x=y" }, { "-o=-", NULL, "-" },
		{ "-o", "--help", "--help" } };
	struct values v;
	struct error e;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_eq_int(PARSE(&v, &e, rows[i][0], rows[i][1]), 0);
		tap_eq_text(v.otp, rows[i][2]);
		tap_ok(!v.flag);
		cli_options_deinit(all, &v);
	}
}

static void a_flag_takes_no_value_or_true_or_false(void)
{
	struct values v;
	struct error e;

	tap_eq_int(PARSE(&v, &e, "-f"), 0);
	tap_ok(v.flag && v.given);
	cli_options_deinit(all, &v);
	tap_eq_int(PARSE(&v, &e, "-f", "--force=false"), 0);
	tap_ok(!v.flag && v.given);
	cli_options_deinit(all, &v);
	tap_eq_int(PARSE(&v, &e, "--f=true"), 0);
	tap_ok(v.flag);
	cli_options_deinit(all, &v);
	tap_eq_int(PARSE(&v, &e, "-f=2"), -EINVAL);
	tap_eq_text(e.text, "-f: \"2\" is neither true nor false");
	tap_eq_int(PARSE(&v, &e, "-f=tru"), -EINVAL);
	tap_eq_int(PARSE(&v, &e, "-f=1 t"), -EINVAL);
	tap_eq_int(PARSE(&v, &e, "-f="), -EINVAL);
	tap_eq_int(PARSE(&v, &e, "-f", "true"), -EINVAL);
	tap_eq_text(e.text, "trailing arguments: true");
}

static void the_last_of_equal_options_counts(void)
{
	struct values v;
	struct error e;

	tap_eq_int(PARSE(&v, &e, "-o", "a", "--otp", "b", "-p=1", "-p=2"), 0);
	tap_eq_text(v.otp, "b");
	tap_eq_int(v.port, 2);
	cli_options_deinit(all, &v);
}

static void a_text_that_is_replaced_is_wiped_in_argv(void)
{
	struct values v;
	struct error e;
	char first[] = "sikrit", second[] = "-o=other";
	char *argv[] = { (char *)(uintptr_t) "-o", first, second };

	values_init(&v);
	tap_eq_int(cli_parse(all, &v, 3, argv, &e), 0);
	tap_eq_text(v.otp, "other");
	tap_eq_bytes(first, sizeof(first), "\0\0\0\0\0\0", 7);
	cli_options_deinit(all, &v);
}

static void two_dashes_end_the_options(void)
{
	struct values v;
	struct error e;

	tap_eq_int(PARSE(&v, &e, "-f", "--"), 0);
	tap_ok(v.flag);
	cli_options_deinit(all, &v);
	tap_eq_int(PARSE(&v, &e, "--", "-o=sikrit"), -EINVAL);
	tap_eq_text(e.text, "trailing arguments: 1 word after --");
	tap_ok(!v.otp);
}

static void each_mistake_is_one_line_that_names_the_option_as_typed(void)
{
	static const struct {
		const char *words[3], *error;
	} rows[] = {
		{ { "-q" }, "unknown option -q" },
		{ { "--bogus=x" }, "unknown option --bogus" },
		{ { "--por", "1" }, "unknown option --por" },
		{ { "---p", "1" }, "malformed option ---p" },
		{ { "---" }, "malformed option ---" },
		{ { "-=x" }, "malformed option -=" },
		{ { "--=x" }, "malformed option --=" },
		{ { "-p" }, "-p: a value is missing" },
		{ { "--otp" }, "--otp: a value is missing" },
		{ { "-p", "0" }, "-p: \"0\" is not a port from 1 to 65535" },
		{ { "-p=65536" }, "-p: \"65536\" is not a port from 1 to 65535" },
		{ { "--port", "80x" }, "--port: \"80x\" is not a port from 1 to 65535" },
		{ { "--port", "\x1b" }, "--port: \"\\x1b\" is not a port from 1 to 65535" },
		{ { "-w", "4" }, "-w: \"4\" is not a duration like 4s, 500ms or 1m30s, up to 24h" },
		{ { "-\n" }, "unknown option -\\x0a" },
		{ { "foo" }, "trailing arguments: foo" },
		{ { "-f", "foo", "bar" }, "trailing arguments: foo and 1 more" },
		{ { "" }, "trailing arguments: an empty word" },
		{ { "-" }, "trailing arguments: -" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct values v;
		struct error e;
		tap_eq_int(PARSE(&v, &e, rows[i].words[0], rows[i].words[1], rows[i].words[2]),
			-EINVAL);
		tap_eq_text(e.text, rows[i].error);
		cli_options_deinit(all, &v);
	}
}

static void an_error_never_shows_what_may_be_a_secret(void)
{
	static const char *const rows[][5] = {
		{ "-osikrit" },
		{ "--otpsikrit" },
		{ "-o", "correct", "sikrit" },
		{ "-o=correct", "sikrit", "sikrit" },
		{ "-d", "a", "sikrit" },
		{ "--otq=sikrit" },
		{ "---otp=sikrit" },
		{ "-=sikrit" },
		{ "-f", "x", "-o", "sikrit" },
		{ "--", "--otp=sikrit" },
		{ "--", "sikrit" },
		{ "-o", "sikrit", "-p", "x" },
		{ "-o", "sikrit", "--bogus" },
		{ "-dsikrit" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct values v;
		struct error e;
		tap_eq_int(
			PARSE(&v, &e, rows[i][0], rows[i][1], rows[i][2], rows[i][3], rows[i][4]),
			-EINVAL);
		tap_ok(e.text[0] != '\0');
		if (strstr(e.text, "sikrit"))
			tap_fail(__FILE__, __LINE__, "row %zu shows it: %s", i, e.text);
		cli_options_deinit(all, &v);
	}
}

static void a_value_glued_to_its_option_is_explained(void)
{
	struct values v;
	struct error e;

	tap_eq_int(PARSE(&v, &e, "-osikrit"), -EINVAL);
	tap_eq_text(e.text, "unknown option -o...: put a space or = before the value");
	tap_eq_int(PARSE(&v, &e, "--otpsikrit"), -EINVAL);
	tap_eq_text(e.text, "unknown option --otp...: put a space or = before the value");
	tap_eq_int(PARSE(&v, &e, "--output"), -EINVAL);
	tap_eq_text(e.text, "unknown option --output");
	tap_eq_int(PARSE(&v, &e, "-o", "correct", "horse"), -EINVAL);
	tap_eq_text(e.text, "trailing arguments: 1 word after the value of -o");
}

static void a_list_takes_no_more_than_its_limit(void)
{
	struct values v;
	struct error e;
	char many[2 * CLI_LIST_MAX + 1];

	for (size_t i = 0; i < CLI_LIST_MAX; i++)
		memcpy(many + 2 * i, "x,", 2);
	many[2 * CLI_LIST_MAX - 1] = '\0';
	tap_eq_int(PARSE(&v, &e, "-d", many), 0);
	tap_eq_int(v.dns.n, CLI_LIST_MAX);
	cli_options_deinit(all, &v);
	tap_eq_int(PARSE(&v, &e, "-d", many, "--dns", "y"), -EINVAL);
	tap_eq_text(e.text, "--dns: at most 64 values");
	cli_options_deinit(all, &v);
}

static void help_is_asked_for_before_the_options_end(void)
{
	static const char *const rows[][3] = { { "--help" }, { "-help" }, { "-h" }, { "--h" },
		{ "-p", "1", "--help" }, { "--help", "foo" } };
	struct values v;
	struct error e;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_eq_int(PARSE(&v, &e, rows[i][0], rows[i][1], rows[i][2]), CLI_E_HELP);
		cli_options_deinit(all, &v);
	}
	tap_eq_int(PARSE(&v, &e, "--", "--help"), -EINVAL);
	tap_eq_int(PARSE(&v, &e, "foo", "--help"), -EINVAL);
	tap_eq_int(PARSE(&v, &e, "-hel"), -EINVAL);
}

static void h_is_an_option_where_the_table_has_it(void)
{
	const char *host = NULL;
	const struct cli_option table[] = { { 'h', "host", CLI_TEXT, 0, "HOST", NULL, "host name" },
		{ 0 } };
	char h[] = "-h", x[] = "x", help[] = "-help";
	char *argv[] = { h, x, help };
	struct error e = ERROR_INIT;

	tap_eq_int(cli_parse(table, &host, 2, argv, &e), 0);
	tap_eq_text(host, "x");
	tap_eq_int(cli_parse(table, &host, 3, argv, &e), CLI_E_HELP);
}

static void durations_are_those_of_go(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = { { "0", 0 }, { "0s", 0 }, { "4s", 4000 }, { "500ms", 500 }, { "1m30s", 90000 },
		{ "1.5h", 5400000 }, { ".5s", 500 }, { "5.s", 5000 }, { "+4s", 4000 }, { "+0", 0 },
		{ "05s", 5000 }, { "1s1s", 2000 }, { "1s2h", 7201000 }, { "24h", 86400000 },
		{ "86400s", 86400000 }, { "999us", 0 }, { "1000us", 1 }, { "1500000ns", 1 },
		{ "2000\xc2\xb5s", 2 }, { "2000\xce\xbcs", 2 }, { "0.001s", 1 },
		{ "0.0009999999999999999999999999999999999999999999999s", 0 }, { "0.1s0.2s", 300 },
		{ "0.000000277777777777777777777777778h", 1 },
		{ "0.000000277777777777777777777777777h", 0 },
		{ "000000000000000000000000000001s", 1000 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t ms = -1;
		tap_eq_int(cli_parse_duration(rows[i].text, &ms), 0);
		if (ms != rows[i].ms)
			tap_fail(__FILE__, __LINE__, "%s: got %" PRId64, rows[i].text, ms);
	}
}

static void what_is_no_duration_is_refused(void)
{
	static const char *const bad[] = { "", "+", "-", "-4s", "-0", "-0s", "4", "00", ".", ".s",
		"s", "+.s", "1s ", " 1s", "1 s", "1S", "1d", "1sm", "1.2.3s", "1..s", "1e3s",
		"1s-1s", "1s+1s", "++1s", "0x1s", "inf", "nan", "1,5s", "24h1ns",
		"86400.000000001s", "25h", "24h0.000000001s", "9223372036854775808ns",
		"18446744073709551616ns", "18446744073709551617s",
		"99999999999999999999999999999999999999h", "1n", "1\xc2s", "12h12h1s" };
	int64_t ms = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cli_parse_duration(bad[i], &ms) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "\"%s\" is taken", bad[i]);
	tap_eq_int(ms, 7);
}

/* The help of a table, in memory that the caller frees. */
static char *help_text(const struct cli_option *table)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return NULL;
	cli_help_options(file, table);
	fclose(file);
	return text;
}

static void help_has_two_columns_and_hanging_lines(void)
{
	static const struct cli_option table[] = {
		{ 'p', "port", CLI_PORT, 0, "PORT", "2009", "TCP port" },
		{ 0, "pk", CLI_TEXT, 0, "FILE", NULL, "platform key" },
		{ 'n', "no-uefi-menu-reboot", CLI_FLAG, 0, NULL, NULL, "do not ask" },
		{ 'x', "try-last-gateway", CLI_FLAG, 0, NULL, NULL, "the last" },
		{ 'u', "u", CLI_FLAG, 0, NULL, NULL,
			"https://user:password@stpackage.example.org/os-stable.json" },
		{ 'I', "interface", CLI_TEXT, 0, "NAME", NULL,
			"one two three four five six seven eight nine ten eleven twelve thirteen" },
		{ 'r', "url", CLI_LIST, 0, "URL",
			"https://user:password@stpackage.example.org/os-stable.json",
			"URLs, list" },
		{ 0 },
	};
	_cleanup_free_ char *text = help_text(table);

	tap_eq_text(text,
		"  -p, --port PORT        TCP port (default 2009)\n"
		"      --pk FILE          platform key\n"
		"  -n, --no-uefi-menu-reboot\n"
		"                         do not ask\n"
		"  -x, --try-last-gateway\n"
		"                         the last\n"
		"  -u, --u\n"
		"                     https://user:password@stpackage.example.org/os-stable.json\n"
		"  -I, --interface NAME   one two three four five six seven eight nine ten\n"
		"                         eleven twelve thirteen\n"
		"  -r, --url URL          URLs, list (default\n"
		"                    "
		"https://user:password@stpackage.example.org/os-stable.json)\n");
}

static void help_is_ascii_and_narrower_than_a_console_whatever_the_default(void)
{
	char fallback[601];
	struct cli_option table[] = { { 'x', "x", CLI_TEXT, 0, "X", fallback, "w" }, { 0 } };

	for (size_t n = 0; n < sizeof(fallback); n++) {
		memset(fallback, n % 7 == 0 ? '\xe5' : 'a', n);
		fallback[n] = '\0';
		_cleanup_free_ char *text = help_text(table);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			tap_ok(strlen(line) < 80);
			for (char *p = line; *p; p++)
				tap_ok(*p >= ' ' && *p <= '~');
		}
	}
}

static int parse_argument(struct error *error, const char **ret, const char *const words[8])
{
	static char copies[8][512];
	struct values v;
	char *argv[9] = { NULL };
	int argc = 0;

	values_init(&v);
	*error = ERROR_INIT;
	*ret = NULL;
	for (; argc < 8 && words[argc]; argc++) {
		snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc]);
		argv[argc] = copies[argc];
	}
	int r = cli_parse_arguments(all, &v, argc, argv, "FILE", ret, NULL, error);
	cli_options_deinit(all, &v);
	return r;
}

static void a_command_may_take_a_second_word(void)
{
	char a[] = "a", b[] = "b", c[] = "c", f[] = "-f";
	char *argv[] = { a, b, c }, *with_option[] = { a, f, b };
	const char *first = NULL, *second = "unset";
	struct values v = { 0 };
	struct error e = ERROR_INIT;

	tap_eq_int(cli_parse_arguments(all, &v, 1, argv, "PART", &first, &second, &e), 0);
	tap_eq_text(first, "a");
	tap_ok(!second);
	tap_eq_int(cli_parse_arguments(all, &v, 2, argv, "PART", &first, &second, &e), 0);
	tap_eq_text(second, "b");
	tap_eq_int(cli_parse_arguments(all, &v, 3, with_option, "PART", &first, &second, &e), 0);
	tap_eq_text(second, "b");
	tap_eq_int(cli_parse_arguments(all, &v, 3, argv, "PART", &first, &second, &e), -EINVAL);
	tap_eq_text(e.text, "trailing arguments: c");
	tap_eq_int(cli_parse_arguments(all, &v, 0, argv, "PART", &first, &second, &e), -EINVAL);
	tap_eq_text(e.text, "PART is missing");
	cli_options_deinit(all, &v);
}

static void a_command_may_take_one_word(void)
{
	static const struct {
		const char *words[8];
		int code;
		const char *argument, *error;
	} rows[] = {
		{ { "a.json" }, 0, "a.json", "" },
		{ { "-" }, 0, "-", "" },
		{ { "" }, 0, "", "" },
		{ { "-p", "1", "a.json" }, 0, "a.json", "" },
		{ { "-o", "secret", "a.json" }, 0, "a.json", "" },
		{ { "--", "-p" }, 0, "-p", "" },
		{ { "-f", "-" }, 0, "-", "" },
		{ { NULL }, -EINVAL, NULL, "FILE is missing" },
		{ { "-o", "secret" }, -EINVAL, NULL, "FILE is missing" },
		{ { "--" }, -EINVAL, NULL, "FILE is missing" },
		{ { "a", "b" }, -EINVAL, NULL, "trailing arguments: b" },
		{ { "a", "-p", "1" }, 0, "a", "" },
		{ { "a", "--", "-p" }, -EINVAL, NULL, "trailing arguments: 1 word after --" },
		{ { "a", "-x" }, -EINVAL, NULL, "unknown option -x" },
		{ { "a", "-o", "my", "secret" }, -EINVAL, NULL,
			"trailing arguments: 1 word after the value of -o" },
		/* It may be the rest of a password with blanks. */
		{ { "-o", "my", "long", "secret" }, -EINVAL, NULL,
			"trailing arguments: 1 word after the value of -o" },
		{ { "--", "a", "secret" }, -EINVAL, NULL, "trailing arguments: 1 word after --" },
		{ { "-p", "0", "a" }, -EINVAL, NULL, "-p: \"0\" is not a port from 1 to 65535" },
		{ { "--help" }, CLI_E_HELP, NULL, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *argument;
		struct error e;
		tap_eq_int(parse_argument(&e, &argument, rows[i].words), rows[i].code);
		if (rows[i].argument)
			tap_eq_text(argument, rows[i].argument);
		else
			tap_ok(!argument);
		tap_eq_text(e.text, rows[i].error);
	}
}

struct run_options {
	uint16_t port;
	const char *word;
	struct cli_list dns;
};

static int runs;

static int count_run(void *options, struct error *error)
{
	const struct run_options *o = options;

	runs++;
	(void)error_set(error, 0, "ran with %u, %s, %s", o->port, o->word ? o->word : "no word",
		o->dns.items[0]);
	return 7;
}

static const struct cli_option run_table[] = {
	{ 'p', "port", CLI_PORT, offsetof(struct run_options, port), "PORT", NULL, "TCP port" },
	{ 'd', "dns", CLI_LIST, offsetof(struct run_options, dns), "IP", "def", "servers" },
	{ 0 },
};
static const struct run_options run_defaults = { .port = 2009 };
static const struct cli_command go = {
	.name = "go",
	.usage = "[options]",
	.help = "Goes.",
	.options = run_table,
	.defaults = &run_defaults,
	.size = sizeof(run_defaults),
	.run = count_run,
};
static const struct cli_command open_file = {
	.name = "open",
	.usage = "FILE",
	.help = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen.",
	.options = run_table,
	.metavar = "FILE",
	.argument = offsetof(struct run_options, word),
	.defaults = &run_defaults,
	.size = sizeof(run_defaults),
	.run = count_run,
};

#define GO_HELP                                                                                    \
	"prog go [options]\n"                                                                      \
	"  Goes.\n"                                                                                \
	"  -p, --port PORT        TCP port\n"                                                      \
	"  -d, --dns IP           servers (default def)\n"

static int run_words_into(FILE *help, struct error *error, const struct cli_command *command,
	const char *first, const char *second)
{
	char words[2][32];
	char *argv[] = { words[0], words[1] };

	snprintf(words[0], sizeof(words[0]), "%s", first ? first : "");
	snprintf(words[1], sizeof(words[1]), "%s", second ? second : "");
	*error = ERROR_INIT;
	return cli_command_run(
		command, "prog", (first != NULL) + (second != NULL), argv, help, error);
}

static int run_words(struct error *error, const struct cli_command *command, const char *first,
	const char *second)
{
	return run_words_into(stderr, error, command, first, second);
}

static void a_command_runs_with_its_options_or_says_what_is_wrong(void)
{
	struct error e;

	runs = 0;
	tap_eq_int(run_words(&e, &go, "-p", "7"), 7);
	tap_eq_text(e.text, "ran with 7, no word, def");
	tap_eq_int(run_words(&e, &go, "-d", "a"), 7);
	tap_eq_text(e.text, "ran with 2009, no word, a");
	tap_eq_int(run_words(&e, &open_file, "file", NULL), 7);
	tap_eq_text(e.text, "ran with 2009, file, def");
	tap_eq_int(runs, 3);
	tap_eq_int(run_words(&e, &go, "file", NULL), CLI_EXIT_USAGE);
	tap_eq_text(e.text, "trailing arguments: file");
	tap_eq_int(run_words(&e, &open_file, NULL, NULL), CLI_EXIT_USAGE);
	tap_eq_text(e.text, "FILE is missing");
	tap_eq_int(runs, 3);
}

static void asked_for_help_a_command_prints_it_and_does_not_run(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	struct error e;

	runs = 0;
	tap_eq_int(run_words_into(file, &e, &go, "--help", NULL), CLI_EXIT_OK);
	fclose(file);
	tap_eq_text(text, GO_HELP);
	tap_eq_int(runs, 0);
	free(text);
}

static const struct cli_command *const helped[] = { ROW("help", run_nothing), &go, &open_file,
	NULL };

static void help_of_a_table_is_that_of_its_rows(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	cli_help_commands(file, helped, "prog");
	fclose(file);
	tap_eq_text(text, GO_HELP
		"\n"
		"prog open FILE\n"
		"  One two three four five six seven eight nine ten eleven twelve thirteen\n"
		"  fourteen.\n"
		"  -p, --port PORT        TCP port\n"
		"  -d, --dns IP           servers (default def)\n");
	free(text);
}

/* strconv.ParseBool and strconv.ParseUint of Go, whose forms scripts have. */
static void booleans_have_the_forms_of_go(void)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (int i = 0; i < 12; i++) {
		struct values v;
		struct error e;
		char word[16];
		snprintf(word, sizeof(word), "-f=%s", i < 6 ? yes[i] : no[i - 6]);
		tap_eq_int(PARSE(&v, &e, "-f", word), 0);
		tap_eq_int(v.flag, i < 6);
		cli_options_deinit(all, &v);
	}
}

static void numbers_have_the_forms_of_go(void)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = { { "0", 0 }, { "2009", 2009 }, { "0x7d9", 2009 }, { "0X7D9", 2009 },
		{ "02009", 2009 }, { "03731", 2009 }, { "0o3731", 2009 }, { "0b11", 3 },
		{ "2_009", 2009 }, { "0x_7d9", 2009 }, { "0_7", 7 }, { "65535", 65535 },
		{ "0xffff", 65535 }, { "00", 0 } };
	static const char *const bad[] = { "", "x", "0x", "0b", "0o", "_1", "1_", "1__2", "0x7g",
		"0b12", "0o8", "-1", "+1", " 1", "1 ", "65536", "0x10000",
		"99999999999999999999999", "1.0", "1e3" };
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		value = 77;
		if (cli_parse_number(good[i].text, 65535, &value) != 0 || value != good[i].value)
			tap_fail(__FILE__, __LINE__, "%s: %llu", good[i].text,
				(unsigned long long)value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cli_parse_number(bad[i], 65535, &value) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "accepted: \"%s\"", bad[i]);
}

/* --- outer defaults --- */

static char outer_host[] = "web01", outer_port[] = "2010", outer_dns[] = "a,b", outer_wait[] = "9s";
static const struct cli_outer outer[] = {
	{ "host", outer_host, outer_host, "dns" },
	{ "port", outer_port, outer_port, NULL },
	{ "dns", outer_dns, "masked", NULL },
	/* Its row does not take one. */
	{ "wait", outer_wait, outer_wait, NULL },
	{ NULL },
};

static void an_outer_default_comes_after_the_option_and_before_the_compiled_in_one(void)
{
	struct error error;
	struct values v;

	cli_set_outer(outer, "somewhere");
	tap_eq_int(PARSE(&v, &error, NULL), 0);
	tap_eq_text(v.host, "web01");
	tap_eq_int(v.port, 2010);
	tap_eq_int((int)v.wait, 4000);
	tap_eq_int((int)v.dns.n, 2);
	tap_eq_text(v.dns.items[1], "b");
	tap_ok(v.dns.given);
	cli_options_deinit(all, &v);
	tap_eq_int(PARSE(&v, &error, "--host", "x", "-p", "7"), 0);
	tap_eq_text(v.host, "x");
	tap_eq_int(v.port, 7);
	cli_options_deinit(all, &v);
	tap_eq_text(cli_outer_or("port", "1"), "2010");
	tap_eq_text(cli_outer_or("otp", "1"), "1");
	cli_set_outer(NULL, NULL);
	tap_eq_int(PARSE(&v, &error, NULL), 0);
	tap_ok(!v.host && v.port == 2009);
	tap_eq_text(v.dns.items[1], "def2");
	cli_options_deinit(all, &v);
}

static void an_outer_default_is_set_aside_by_an_option_that_excludes_it(void)
{
	struct error error;
	struct values v;

	cli_set_outer(outer, "somewhere");
	tap_eq_int(PARSE(&v, &error, "-d", "c"), 0);
	tap_ok(!v.host);
	tap_eq_int((int)v.dns.n, 1);
	tap_eq_int(v.port, 2010);
	cli_options_deinit(all, &v);
	cli_set_outer(NULL, NULL);
}

static void help_shows_where_an_outer_default_is_from(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	cli_set_outer(outer, "somewhere");
	cli_help_options(file, all);
	cli_set_outer(NULL, NULL);
	fclose(file);
	tap_ok(strstr(text, "host name (default web01, from somewhere)") != NULL);
	tap_ok(strstr(text, "servers (default masked, from somewhere)") != NULL);
	tap_ok(strstr(text, "(default 4s)") != NULL);
	tap_ok(strstr(text, "a,b") == NULL);
	free(text);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_command_may_be_shortened_while_it_is_one_only),
		TAP_TEST(a_wrong_command_is_named_in_one_line),
		TAP_TEST(a_later_command_leaves_short_prefixes_to_the_one_that_had_them),
		TAP_TEST(options_not_given_keep_their_defaults),
		TAP_TEST(one_dash_and_two_dashes_space_and_equals_are_the_same),
		TAP_TEST(a_value_may_begin_with_a_dash_be_empty_or_hold_an_equals_sign),
		TAP_TEST(a_flag_takes_no_value_or_true_or_false),
		TAP_TEST(the_last_of_equal_options_counts),
		TAP_TEST(a_text_that_is_replaced_is_wiped_in_argv),
		TAP_TEST(two_dashes_end_the_options),
		TAP_TEST(each_mistake_is_one_line_that_names_the_option_as_typed),
		TAP_TEST(an_error_never_shows_what_may_be_a_secret),
		TAP_TEST(a_value_glued_to_its_option_is_explained),
		TAP_TEST(a_list_takes_no_more_than_its_limit),
		TAP_TEST(help_is_asked_for_before_the_options_end),
		TAP_TEST(h_is_an_option_where_the_table_has_it),
		TAP_TEST(durations_are_those_of_go),
		TAP_TEST(what_is_no_duration_is_refused),
		TAP_TEST(help_has_two_columns_and_hanging_lines),
		TAP_TEST(help_is_ascii_and_narrower_than_a_console_whatever_the_default),
		TAP_TEST(a_command_may_take_one_word),
		TAP_TEST(a_command_may_take_a_second_word),
		TAP_TEST(a_command_runs_with_its_options_or_says_what_is_wrong),
		TAP_TEST(asked_for_help_a_command_prints_it_and_does_not_run),
		TAP_TEST(help_of_a_table_is_that_of_its_rows),
		TAP_TEST(booleans_have_the_forms_of_go),
		TAP_TEST(numbers_have_the_forms_of_go),
		TAP_TEST(an_outer_default_comes_after_the_option_and_before_the_compiled_in_one),
		TAP_TEST(an_outer_default_is_set_aside_by_an_option_that_excludes_it),
		TAP_TEST(help_shows_where_an_outer_default_is_from),
		{ 0 },
	};
	return tap_run(tests);
}
