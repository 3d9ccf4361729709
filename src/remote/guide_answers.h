/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guide (guide.h) was answered, and the commands that this comes to. Pure: the answers are
 * checked by what the commands themselves check, and nothing is looked at or done.
 */
#pragma once

#include "console/prompt.h"
#include "hostcfg/hostcfg.h"
#include "hostcfg/url.h"
#include "setup/plan.h"

struct guide_answers {
	struct store_choice store; /* -S, -E */
	const char *trust_policy;  /* -T; NULL: as compiled in */
	bool dhcp;
	struct net_prefix address;     /* static; family 0: not answered yet */
	struct net_addr gateway;       /* static; family 0: not answered yet */
	char host[NET_HOSTNAME_MAX];   /* empty: the default domain */
	char urls[PROMPT_ANSWER_MAX];  /* empty: those compiled in */
	char allow[PROMPT_ANSWER_MAX]; /* empty: those compiled in */
	/* What is asked for after `more`. Empty: as compiled in. */
	char dns[PROMPT_ANSWER_MAX];
	char user[URL_USER_MAX], password[URL_USER_MAX];
	bool bond_auto;                /* a bond of all links that will do */
	char links[PROMPT_ANSWER_MAX]; /* one, or a bond's; empty: the one that will do */
	bool any_link;                 /* `one` was typed, where a default names links */
	char bonding_mode[HOSTCFG_NAME_MAX];
	bool force; /* although a check failed */
	bool seal;  /* only a host key that is sealed to the TPM */
};

/* Words of a command after `stprov remote`. */
#define GUIDE_WORDS_MAX 32
/* Room for URLs with a user and password put into each of them. */
#define GUIDE_URLS_MAX (3 * PROMPT_ANSWER_MAX)

struct guide_command {
	const char
		*words[GUIDE_WORDS_MAX + 1]; /* borrowed from the answers or from here; NULL ends */
	size_t n;
	char address[NET_PREFIX_TEXT_MAX], gateway[NET_ADDR_TEXT_MAX], urls[GUIDE_URLS_MAX];
};

/*
 * `static` or `dhcp`, and `run`, with what is not their default anyway. They point into the answers
 * and into themselves.
 */
void guide_network_command(const struct guide_answers *answers, struct guide_command *ret);
void guide_run_command(const struct guide_answers *answers, struct guide_command *ret);

/*
 * A copy of the words, which a command may change; with a NULL after them. NULL without memory. The
 * caller frees it: a URL in it may hold a password, so it is wiped.
 */
char **guide_argv(const struct guide_command *command);
void guide_argv_free(char ***argv);
#define _cleanup_guide_argv_ _cleanup_(guide_argv_free)

/*
 * The command as it can be typed into a shell, in rows with `\` between them, each with its
 * newline; an option and its value are in one row. Returns a text that the caller frees, or NULL
 * without memory.
 */
char *guide_format_command(const struct guide_command *command);

/*
 * An answer is taken: a negative errno and a line that says what is wrong with it leave the answers
 * as they were. @text is not empty.
 */
int guide_take_address(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
int guide_take_gateway(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
/* As the commands take them, and as guide_typed_addresses() and guide_typed_urls() spell them. */
int guide_take_dns(struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
int guide_take_user(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
int guide_take_password(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
/* GUIDE_LINK_ONE, GUIDE_LINK_BOND, or names with commas or blanks; several make a bond. */
int guide_take_link(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
#define GUIDE_LINK_ONE "one"
#define GUIDE_LINK_BOND "bond"
/* A name, its beginning, or the kernel's number of it. */
int guide_take_bonding_mode(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
/* Whether these links make a bond. */
bool guide_has_bond(const struct guide_answers *answers);
/* A name with a dot is a full one, another gets the default domain. */
int guide_take_host(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
/* One or several with commas. */
int guide_take_urls(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;
/* One or several with commas or blanks between them. */
int guide_take_allow(
	struct guide_answers *answers, const char *text, struct error *error) MUST_CHECK;

/*
 * `-d: TEXT` and `TEXT (-d)` become TEXT: the operator typed no option. An error of the commands
 * names one in no other way.
 */
void guide_drop_option(struct error *error);

/* The gateway to propose: the first address, or the last one if that is the host itself; false if
 * there is neither. */
bool guide_propose_gateway(const struct guide_answers *answers, struct net_addr *ret);
/* The host name as it will be stored. */
void guide_format_host(const struct guide_answers *answers, char out[NET_HOSTNAME_MAX]);
