/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: the input is cut into words at its NUL bytes and parsed against a table with
 * every type. The first word is tried as a command, too. Checked: errors are one printable line,
 * and no value of a text or list option gets into one.
 */
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

#define WORDS_MAX 32
/* A value that the error must not show; put in place of the word `S` behind -o and -d. */
#define SECRET "s3cr3tZ"

struct values {
	const char *otp, *host;
	uint16_t port;
	int64_t wait;
	struct cli_list dns;
	bool force, given;
};

#define AT(field) offsetof(struct values, field)

static const struct cli_option options[] = {
	{ 'f', "force", CLI_FLAG, AT(force), NULL, NULL, "go on", AT(given) },
	{ 'o', "otp", CLI_TEXT, AT(otp), "OTP", NULL, "password" },
	{ 'h', "host", CLI_TEXT, AT(host), "HOST", NULL, "host name" },
	{ 'p', "port", CLI_PORT, AT(port), "PORT", "2009", "TCP port" },
	{ 'w', "wait", CLI_DURATION, AT(wait), "TIME", "4s", "at most this long" },
	{ 'd', "dns", CLI_LIST, AT(dns), "IP", "9.9.9.9,149.112.112.112", "servers" },
	{ 0 },
};

static int run_nothing(int argc, char **argv)
{
	return 0;
}

/* The words of @text, which is changed; returns how many. */
static int split(char *text, size_t size, char *words[WORDS_MAX])
{
	int n = 0;

	for (size_t i = 0; i < size && n < WORDS_MAX; i += strlen(text + i) + 1)
		words[n++] = text + i;
	return n;
}

static void check_error(const struct error *error)
{
	if (error->text[0] == '\0')
		abort();
	for (const char *p = error->text; *p; p++)
		if (*p < ' ' || *p > '~')
			abort();
	if (strstr(error->text, SECRET))
		abort();
}

#define ROW(name)                                                                                  \
	&(const struct cli_command)                                                                \
	{                                                                                          \
		name, run_nothing                                                                  \
	}

static const struct cli_command *const commands[] = { ROW("help"), ROW("static"), ROW("dhcp"),
	ROW("run"), NULL };

static void find_command(const char *word)
{
	const struct cli_command *found = NULL;
	struct error error = ERROR_INIT;

	if (cli_command_find(commands, word, &found, &error) != 0)
		check_error(&error);
	else if (strncmp(found->name, word, strlen(word)) != 0)
		abort();
}

/* The secret behind each -o and -d, the rest as it is. */
static void put_secrets(char **words, int n)
{
	static char secret[] = SECRET;

	for (int i = 1; i < n; i++)
		if (strcmp(words[i], "S") == 0 &&
			(strcmp(words[i - 1], "-o") == 0 || strcmp(words[i - 1], "-d") == 0))
			words[i] = secret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct values v = { .port = 2009, .wait = 4000 };
	char *words[WORDS_MAX];
	struct error error = ERROR_INIT;
	_cleanup_free_ char *text = malloc(size + 1);

	/* An input that spells the secret itself would prove nothing. */
	if (!text || text_find(data, size, SECRET))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	int n = split(text, size, words);
	find_command(text);
	put_secrets(words, n);
	int r = cli_parse(options, &v, n, words, &error);
	if (r < 0)
		check_error(&error);
	if (r == 0 && (v.port == 0 || v.wait < 0 || v.wait > CLI_DURATION_MAX_MS || v.dns.n == 0))
		abort();
	cli_options_deinit(options, &v);
	return 0;
}
