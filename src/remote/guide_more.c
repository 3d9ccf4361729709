/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions that come after `more`: see guide_more.h. */
#include "remote/guide_more.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config.h"
#include "link/bond.h"

int guide_ask_dns(struct guide *guide)
{
	const char *dns = guide->answers.dns;
	char answer[PROMPT_ANSWER_MAX];
	int r = guide_ask_until_right(guide, "DNS servers",
		dns[0] ? dns : cli_outer_or("dns", STPROV_DEFAULT_DNS), NULL, guide_take_dns,
		answer);

	if (r == 0)
		guide_log_understood(answer, guide->answers.dns);
	return r;
}

/* Whether this machine has the links that were named. */
static int check_links(struct guide *guide)
{
	char names[PROMPT_ANSWER_MAX], *rest = names;
	int r = 0;

	snprintf(names, sizeof(names), "%s", guide->answers.links);
	for (char *name; r == 0 && (name = strsep(&rest, ","));)
		if (*name)
			r = guide->ops->check_link(guide->ops->context, name, &guide->error);
	return r;
}

/* Another answer is asked for where it names no link of this machine. */
int guide_ask_link(struct guide *guide)
{
	struct guide_answers *answers = &guide->answers;
	char answer[PROMPT_ANSWER_MAX], before[PROMPT_ANSWER_MAX];
	const char *usual =
		answers->any_link ? GUIDE_LINK_ONE : cli_outer_or("mac", GUIDE_LINK_ONE);

	log_line("  one: the link on which the network answers; bond: all of these");
	for (;;) {
		bool bond_before = answers->bond_auto;
		memcpy(before, answers->links, sizeof(before));
		int r = guide_ask_until_right(guide, "link: one, bond, or names like eth0 eth1",
			bond_before ? GUIDE_LINK_BOND
			: before[0] ? before
				    : usual,
			NULL, guide_take_link, answer);
		if (r != 0 || answer[0] == '\0' || check_links(guide) == 0)
			return r;
		log_line("%s", guide->error.text);
		memcpy(answers->links, before, sizeof(before));
		answers->bond_auto = bond_before;
	}
}

int guide_ask_bonding_mode(struct guide *guide)
{
	const char *mode = guide->answers.bonding_mode;
	char answer[PROMPT_ANSWER_MAX];

	for (int i = 0; i < BOND_MODES; i++)
		log_line("  %d %s", i, bond_mode_text((enum bond_mode)i));
	int r = guide_ask_until_right(guide, "bonding mode, by name or number",
		mode[0] ? mode : STPROV_DEFAULT_BONDING_MODE, NULL, guide_take_bonding_mode,
		answer);
	if (r == 0)
		guide_log_understood(answer, guide->answers.bonding_mode);
	return r;
}

int guide_ask_user(struct guide *guide)
{
	const char *user = guide->answers.user;
	char answer[PROMPT_ANSWER_MAX];

	return guide_ask_until_right(guide, "user in the URLs",
		user[0] ? user : STPROV_DEFAULT_USER, NULL, guide_take_user, answer);
}

int guide_ask_password(struct guide *guide)
{
	const char *password = guide->answers.password;
	char answer[PROMPT_ANSWER_MAX];

	/* What the operator typed is on the screen anyway. */
	return guide_ask_until_right(guide, "password in the URLs",
		password[0] ? password : "as compiled in", NULL, guide_take_password, answer);
}
