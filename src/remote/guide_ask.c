/* SPDX-License-Identifier: BSD-2-Clause */
/* One question of the guide: see guide_ask.h. */
#include "remote/guide_ask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "remote/guide_typed.h"

/* Letters that are on the same key of every layout, as the image's layouts have. */
#define KEYBOARD "kbd"
static const char *const back_words[] = { "b", "back" };

/* `kbd`, or `kbd de`: the layout's name, or "" without one; NULL: another answer. */
static const char *find_layout(const char *answer)
{
	size_t len = strlen(KEYBOARD);

	if (strncasecmp(answer, KEYBOARD, len) != 0 || (answer[len] && answer[len] != ' '))
		return NULL;
	return answer + len + strspn(answer + len, " ");
}

static bool is_back(const char *answer)
{
	for (size_t i = 0; i < ARRAY_SIZE(back_words); i++)
		if (strcasecmp(answer, back_words[i]) == 0)
			return true;
	return false;
}

int guide_ask(struct guide *guide, const char *question, const char *fallback,
	char answer[PROMPT_ANSWER_MAX])
{
	for (;;) {
		int r = guide->ops->ask(
			guide->ops->context, question, fallback, answer, &guide->error);
		if (r != 0)
			return r;
		const char *layout = find_layout(answer);
		if (layout)
			guide->ops->set_keyboard(guide->ops->context, layout);
		else if (guide_typed_is_foreign(answer))
			log_line("not an ASCII letter: is the keyboard layout right? type kbd de");
		else
			return is_back(answer) ? GUIDE_E_BACK : 0;
	}
}

int guide_choose(
	struct guide *guide, const char *question, const char *const *words, size_t n, size_t *ret)
{
	char answer[PROMPT_ANSWER_MAX], shown[64];
	struct text_list list = { .len = 0 };

	assert(n > 0);
	for (size_t i = 0; i < n; i++)
		text_list_add(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	for (;;) {
		int r = guide_ask(guide, question, words[0], answer);
		if (r != 0)
			return r;
		size_t found = answer[0] ? prompt_find_word(answer, words, n) : 0;
		if (found < n) {
			*ret = found;
			return 0;
		}
		text_printable(answer, strlen(answer), shown, sizeof(shown));
		log_line("\"%s\" is not one of: %s", shown, list.text);
	}
}

int guide_ask_until_right(struct guide *guide, const char *question, const char *shown,
	const char *fallback, guide_take *take, char answer[PROMPT_ANSWER_MAX])
{
	for (;;) {
		int r = guide_ask(guide, question, shown, answer);
		if (r != 0 || (answer[0] == '\0' && !fallback))
			return r;
		if (take(&guide->answers, answer[0] ? answer : fallback, &guide->error) == 0)
			return 0;
		log_line("%s", guide->error.text);
	}
}

void guide_log_understood(const char *typed, const char *understood)
{
	if (typed[0] && strcmp(typed, understood) != 0)
		log_line("  that is %s", understood);
}
