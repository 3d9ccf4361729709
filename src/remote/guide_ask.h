/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question of the guide (guide_order.h): at each of them the operator can go back, set the
 * keyboard's layout, or be told that it is wrong.
 */
#pragma once

#include "remote/guide_order.h"

/* Positive results beside PROMPT_E_LEFT: which question comes next. */
enum {
	GUIDE_E_BACK = 2,  /* the one before */
	GUIDE_E_FIRST = 3, /* the first one */
	GUIDE_E_MORE = 4,  /* the first of those that are asked after `more` */
	GUIDE_E_AGAIN = 5, /* the same one */
	GUIDE_E_DONE = 6,  /* none: that was all */
};

/* A host name that Enter accepts. */
struct guide_proposal {
	bool known;                                            /* it was looked for */
	bool dhcp;                                             /* with these answers */
	char host[NET_HOSTNAME_MAX], source[GUIDE_SOURCE_MAX]; /* empty: none was found */
};

struct guide {
	const struct guide_ops *ops;
	struct guide_answers answers;
	struct guide_proposal proposal;
	bool more;    /* the rarer questions are asked, too */
	bool changed; /* a command changed the network, and failed */
	bool stored;  /* one of the network's ended well */
	struct error error;
};

/*
 * Asks one question. `b` or `back` is GUIDE_E_BACK; `kbd LAYOUT` sets the layout, and a byte beyond
 * ASCII is explained: then it is asked again. @fallback: what Enter means, or NULL. 0, with an
 * empty answer for Enter; PROMPT_E_LEFT; GUIDE_E_BACK; a negative errno.
 */
int guide_ask(struct guide *guide, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX]) MUST_CHECK;

/* The same for one of @n words or its beginning; Enter means the first one. *ret: which. */
int guide_choose(struct guide *guide, const char *question, const char *const *words, size_t n,
	size_t *ret) MUST_CHECK;

/* Takes an answer into the answers: as guide_take_host(). */
typedef int guide_take(struct guide_answers *answers, const char *text, struct error *error);

/*
 * Asks until the answer is right. @shown: what Enter is taken for; @fallback: the same as an
 * answer, which is checked like any other, or NULL: then Enter leaves all unchanged.
 */
int guide_ask_until_right(struct guide *guide, const char *question, const char *shown,
	const char *fallback, guide_take *take, char answer[PROMPT_ANSWER_MAX]) MUST_CHECK;

/* What is meant, where it is not what was typed. */
void guide_log_understood(const char *typed, const char *understood);
