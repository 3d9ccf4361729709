/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guide (remote/guide_order.h) whose operator, machine and commands are a script:
 * test_guide_order.
 */
#pragma once

#include "tap.h"

#include <errno.h>

#include "cli/cli.h"
#include "remote/guide_order.h"
#include "stderr_capture.h"

#define TURNS_MAX 40
/* An answer: the operator leaves. */
#define LEAVE "\x04"
/* An answer: the terminal fails. */
#define BREAKS "\x18"

/* One question that must come, and what is answered; `run WORDS`: a command that must come. */
struct turn {
	const char *expect; /* how the question begins, or the whole command */
	const char *answer; /* of a command: its exit code as a digit, `u` for URLs, `c` for a
			       changed network, `!` also for a
			       signal */
	const char *shown;  /* what is in brackets; NULL: anything */
};

static struct {
	const struct turn *turns;
	size_t at;
	unsigned links_after;  /* how often there is no link yet */
	const char *network;   /* that stprov set up; NULL: none */
	const char *host;      /* that is proposed; NULL: none */
	const char *replaced;  /* that is stored already; NULL: nothing */
	char layouts[64];      /* that were set, each with a blank */
	bool interrupted, tpm; /* tpm: there is one */
	char asked_for[128];   /* addresses that were looked for, each with a blank */
} world;

/* The turn that is due, if @text is what it expects. */
static const struct turn *take_turn(const char *text, bool whole)
{
	const struct turn *turn = &world.turns[world.at];

	if (!turn->expect || (whole ? strcmp(text, turn->expect)
				    : strncmp(text, turn->expect, strlen(turn->expect))) != 0) {
		tap_fail(__FILE__, __LINE__, "turn %zu: \"%s\", want \"%s\"", world.at, text,
			turn->expect ? turn->expect : "the end");
		return NULL;
	}
	world.at++;
	return turn;
}

static int ask(void *context, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX], struct error *error)
{
	const struct turn *turn = take_turn(question, false);

	answer[0] = '\0';
	if (!turn || strcmp(turn->answer, LEAVE) == 0)
		return PROMPT_E_LEFT;
	if (strcmp(turn->answer, BREAKS) == 0)
		return error_set(error, -EIO, "the terminal failed");
	if (turn->shown)
		tap_eq_text(fallback, turn->shown);
	snprintf(answer, PROMPT_ANSWER_MAX, "%s", turn->answer);
	return 0;
}

static void set_keyboard(void *context, const char *layout)
{
	size_t len = strlen(world.layouts);

	snprintf(world.layouts + len, sizeof(world.layouts) - len, "%s ", layout);
}

static bool propose_host(
	void *context, bool dhcp, char host[NET_HOSTNAME_MAX], char source[GUIDE_SOURCE_MAX])
{
	if (!world.host)
		return false;
	snprintf(host, NET_HOSTNAME_MAX, "%s", world.host);
	snprintf(source, GUIDE_SOURCE_MAX, "%s", dhcp ? "a lease" : "a label");
	return true;
}

static bool has_tpm(void *context)
{
	return world.tpm;
}

static void read_replaced(void *context, char out[SETUP_REPLACED_MAX])
{
	snprintf(out, SETUP_REPLACED_MAX, "%s", world.replaced ? world.replaced : "");
}

static bool show_links(void *context)
{
	return world.links_after == 0 || world.links_after-- == 0;
}

static void show_answers(void *context, const struct net_addr *addr)
{
	char text[NET_ADDR_TEXT_MAX];
	size_t len = strlen(world.asked_for);

	net_addr_format(addr, text);
	snprintf(world.asked_for + len, sizeof(world.asked_for) - len, "%s ", text);
}

static int check_link(void *context, const char *name, struct error *error)
{
	return strncmp(name, "eth", 3) == 0
		       ? 0
		       : error_set(error, -ENODEV, "there is no link %s; there are: eth0", name);
}

static bool own_network(void *context, struct net_prefix *ret)
{
	return world.network && net_prefix_parse(world.network, ret) == 0;
}

static void show_command(void *context, const char *text)
{
	fputs(text, stderr);
}

static int run_command(void *context, const char *command, int argc, char **argv)
{
	char text[1024];
	size_t len = (size_t)snprintf(text, sizeof(text), "run %s", command);

	for (int i = 0; i < argc; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %s", argv[i]);
	const struct turn *turn = take_turn(text, true);
	if (!turn)
		return CLI_EXIT_OK;
	world.interrupted = turn->answer[1] == '!';
	return turn->answer[0] == 'u'   ? CLI_EXIT_URLS
	       : turn->answer[0] == 'c' ? CLI_EXIT_CHANGED
					: turn->answer[0] - '0';
}

static bool is_interrupted(void *context)
{
	return world.interrupted;
}

/* Plays the script; the exit code. @ret_text: what the operator saw, until the next call. */
static int play(const struct turn *turns, const char **ret_text)
{
	static const struct guide_ops ops = {
		.ask = ask,
		.set_keyboard = set_keyboard,
		.propose_host = propose_host,
		.has_tpm = has_tpm,
		.read_replaced = read_replaced,
		.show_links = show_links,
		.show_answers = show_answers,
		.own_network = own_network,
		.check_link = check_link,
		.show_command = show_command,
		.run = run_command,
		.is_interrupted = is_interrupted,
	};
	static const struct guide_answers first = { .dhcp = true };
	static struct stderr_capture capture;

	world.turns = turns;
	world.at = 0;
	world.interrupted = false;
	world.asked_for[0] = world.layouts[0] = '\0';
	stderr_capture_begin(&capture);
	int code = guide_talk(&ops, &first);
	*ret_text = stderr_capture_end(&capture);
	if (turns[world.at].expect)
		tap_fail(__FILE__, __LINE__, "never came: %s", turns[world.at].expect);
	return code;
}

static void expect_line(const char *text, const char *line)
{
	if (!strstr(text, line))
		tap_fail(__FILE__, __LINE__, "\"%s\" is not in \"%s\"", line, text);
}

#define MODE "network by"
#define REPLACE "replace it? no, or replace"
#define DO_IT "run it?"
#define LAPTOP "wait for the laptop"
#define SEAL "seal the host key to the TPM"
#define RETRY "try again"
#define ALLOW "networks that may"
/* DHCP with all that is the default, and its command. */
#define DHCP_DEFAULTS                                                                              \
	{ MODE, "", "dhcp" }, { "host name", "", "st.localhost.local" }, { "OS package URL", "" }, \
	{                                                                                          \
		DO_IT, "", "yes"                                                                   \
	}

#define DHCP_DEFAULTS_AND(answer)                                                                  \
	{ MODE, "" }, { "host name", "" }, { "OS package URL", "" },                               \
	{                                                                                          \
		DO_IT, answer                                                                      \
	}
