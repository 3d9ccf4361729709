/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guide (guide.h) asks, in which order, and what follows from each answer. It reaches
 * terminal, machine and commands through functions that it is given, so a script can drive it.
 */
#pragma once

#include "remote/guide_answers.h"
#include "setup/next.h"

/* Room for where a proposed host name comes from, with its NUL. */
#define GUIDE_SOURCE_MAX 64

struct guide_ops {
	/* As prompt_ask(): 0, PROMPT_E_LEFT (also after a call), or a negative errno. */
	int (*ask)(void *context, const char *question, const char *fallback,
		char answer[PROMPT_ANSWER_MAX], struct error *error);
	/* Sets the keyboard's layout, or logs why not; "": logs which there are. */
	void (*set_keyboard)(void *context, const char *layout);
	/* As guide_show_links(), guide_show_answers() and guide_own_network(). */
	bool (*show_links)(void *context);
	void (*show_answers)(void *context, const struct net_addr *addr);
	bool (*own_network)(void *context, struct net_prefix *ret);
	/* As guide_check_link(). */
	int (*check_link)(void *context, const char *name, struct error *error);
	/* As guide_propose_host(), for a machine that gets its address by DHCP or not. */
	bool (*propose_host)(void *context, bool dhcp, char host[NET_HOSTNAME_MAX],
		char source[GUIDE_SOURCE_MAX]);
	/* Whether this machine has a TPM that `run` would use. */
	bool (*has_tpm)(void *context);
	/* As setup_read_replaced(). */
	void (*read_replaced)(void *context, char out[SETUP_REPLACED_MAX]);
	/* Shows a command, in rows as guide_format_command() makes them. */
	void (*show_command)(void *context, const char *text);
	/*
	 * Carries out a command of `stprov remote`, which logs why it failed; its exit code, or
	 * CLI_EXIT_CHANGED or CLI_EXIT_URLS.
	 */
	int (*run)(void *context, const char *command, int argc, char **argv);
	/* Whether a signal came that ends the guide. */
	bool (*is_interrupted)(void *context);
	void *context; /* of all */
};

/*
 * Asks for the network, carries it out, asks about the laptop, carries that out. @first: the
 * answers to begin with. Returns the exit code: 0 when all that was wanted ended well; how far it
 * came otherwise was logged.
 */
int guide_talk(const struct guide_ops *ops, const struct guide_answers *first);
