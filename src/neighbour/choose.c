/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing links: see choose.h. */
#include "neighbour/choose.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Names come from the machine, where root may have put anything but `/` and white space. */
static void printable_name(
	const struct candidate *link, char out[IF_NAMESIZE * TEXT_PRINTABLE_GROWTH])
{
	text_printable(link->name, strnlen(link->name, sizeof(link->name)), out,
		IF_NAMESIZE * TEXT_PRINTABLE_GROWTH);
}

/* `eth0 (02:00:00:00:00:01), eth1 (02:00:00:00:00:02, no carrier)` */
static void list_links(const struct candidate *links, size_t n, struct text_list *list)
{
	if (n == 0)
		text_list_add(list, "none");
	for (size_t i = 0; i < n; i++) {
		char name[IF_NAMESIZE * TEXT_PRINTABLE_GROWTH], mac[NET_MAC_TEXT_MAX];
		printable_name(&links[i], name);
		net_mac_format(links[i].mac, mac);
		text_list_add(list, "%s%s (%s%s)", i > 0 ? ", " : "", name, mac,
			links[i].carrier ? "" : ", no carrier");
	}
}

static void PRINTF_LIKE(2, 3) explain(struct choice *choice, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(choice->reason, sizeof(choice->reason), format, args);
	va_end(args);
}

/* `eth0, eth1` of what was chosen; @no_carrier: those without. */
static void list_chosen(const struct candidate *links, const struct choice *choice, bool no_carrier,
	struct text_list *list)
{
	for (size_t i = 0; i < choice->n; i++) {
		const struct candidate *link = &links[choice->links[i]];
		char name[IF_NAMESIZE * TEXT_PRINTABLE_GROWTH];
		if (no_carrier && link->carrier)
			continue;
		printable_name(link, name);
		text_list_add(list, "%s%s", list->len > 0 ? ", " : "", name);
	}
}

/* The reason of a choice by name or MAC. */
static void explain_named(const struct candidate *links, struct choice *choice, const char *by)
{
	struct text_list chosen = { .len = 0 }, dark = { .len = 0 };

	list_chosen(links, choice, false, &chosen);
	list_chosen(links, choice, true, &dark);
	if (dark.len == 0)
		explain(choice, "%s: chosen by %s", chosen.text, by);
	else if (choice->n == 1)
		explain(choice, "%s: chosen by %s, though it has no carrier", chosen.text, by);
	else
		explain(choice, "%s: chosen by %s, though %s: no carrier", chosen.text, by,
			dark.text);
}

static int find_name(const struct candidate *links, size_t n, const char *name, size_t *ret_link,
	struct error *error)
{
	char shown[64];
	struct text_list list = { .len = 0 };

	for (size_t i = 0; i < n; i++)
		if (strncmp(links[i].name, name, sizeof(links[i].name)) == 0) {
			*ret_link = i;
			return 0;
		}
	text_printable(name, strlen(name), shown, sizeof(shown));
	list_links(links, n, &list);
	return error_set(
		error, CHOOSE_E_UNKNOWN, "there is no link %s; there are: %s", shown, list.text);
}

static int choose_named(const struct choose_options *options, const struct candidate *links,
	size_t n, struct choice *choice, struct error *error)
{
	for (size_t i = 0; i < options->n_names; i++) {
		size_t link = 0;
		int r = find_name(links, n, options->names[i], &link, error);
		if (r != 0)
			return r;
		for (size_t j = 0; j < choice->n; j++)
			if (choice->links[j] == link)
				return error_set(error, CHOOSE_E_AMBIGUOUS, "%.*s is named twice",
					IF_NAMESIZE, links[link].name);
		choice->links[choice->n++] = link;
	}
	if (choice->n == 0 || (choice->n > 1 && !options->bond))
		return error_set(error, -EINVAL, "name one link");
	choice->bond = options->bond;
	explain_named(links, choice, "name");
	return 0;
}

static int choose_mac(const struct choose_options *options, const struct candidate *links, size_t n,
	struct choice *choice, struct error *error)
{
	char mac[NET_MAC_TEXT_MAX];
	struct text_list list = { .len = 0 };

	net_mac_format(options->mac, mac);
	for (size_t i = 0; i < n; i++)
		if (memcmp(links[i].mac, options->mac, sizeof(options->mac)) == 0)
			choice->links[choice->n++] = i;
	if (choice->n == 0) {
		list_links(links, n, &list);
		return error_set(error, CHOOSE_E_UNKNOWN, "no link has the MAC %s; there are: %s",
			mac, list.text);
	}
	if (choice->n > 1) {
		list_chosen(links, choice, false, &list);
		return error_set(error, CHOOSE_E_AMBIGUOUS,
			"%s is the MAC of several links, name one of them: %s", mac, list.text);
	}
	explain_named(links, choice, "its MAC");
	return 0;
}

/* The links with evidence, in order of preference. */
static void collect_evidence(const struct candidate *links, size_t n, struct choice *choice)
{
	for (size_t i = 0; i < n; i++) {
		if (!links[i].evidence)
			continue;
		size_t at = choice->n++;
		for (; at > 0 && candidate_before(links, i, choice->links[at - 1]); at--)
			choice->links[at] = choice->links[at - 1];
		choice->links[at] = i;
	}
}

static void explain_evidence(
	const struct candidate *links, size_t answered, const char *evidence, struct choice *choice)
{
	const struct candidate *first = &links[choice->links[0]];
	struct text_list chosen = { .len = 0 };
	char speed[32] = "";

	list_chosen(links, choice, false, &chosen);
	if (first->speed > 0)
		snprintf(speed, sizeof(speed), " (%u Mbit/s)", first->speed);
	if (choice->bond)
		explain(choice, "%s: %s %s", chosen.text, evidence,
			choice->n > 1 ? "on each" : "there");
	else if (answered == 1)
		explain(choice, "%s: %s there", chosen.text, evidence);
	else if (first->speed > links[choice->links[1]].speed)
		explain(choice, "%s: %s there; the fastest of %zu%s", chosen.text, evidence,
			answered, speed);
	else
		explain(choice, "%s: %s there; the first of %zu", chosen.text, evidence, answered);
}

static int choose_by_evidence(
	const struct choose_options *options, const struct candidate *links, struct choice *choice)
{
	size_t answered = choice->n;

	choice->bond = options->mode == CHOOSE_BOND_AUTO;
	if (!choice->bond)
		choice->n = 1;
	explain_evidence(links, answered, options->evidence, choice);
	return 0;
}

/* Nothing was seen: the first link with carrier. */
static int choose_carrier(const struct choose_options *options, const struct candidate *links,
	size_t n, struct choice *choice, struct error *error)
{
	char name[IF_NAMESIZE * TEXT_PRINTABLE_GROWTH];
	struct text_list list = { .len = 0 };

	for (size_t i = 0; i < n; i++) {
		if (!links[i].carrier)
			continue;
		printable_name(&links[i], name);
		choice->links[choice->n++] = i;
		choice->fallback = true;
		explain(choice, "%s: the first link with carrier; no link got an answer from %s",
			name, options->asked);
		return 0;
	}
	list_links(links, n, &list);
	return error_set(error, CHOOSE_E_NONE, "no link has carrier; there are: %s", list.text);
}

int choose_links(const struct choose_options *options, const struct candidate *links, size_t n,
	struct choice *ret, struct error *error)
{
	struct choice choice = { .n = 0 };
	int r;

	if (n > CANDIDATES_MAX)
		return error_set(error, -E2BIG, "%zu links are too many", n);
	if (options->mode == CHOOSE_NAMED) {
		r = choose_named(options, links, n, &choice, error);
	} else if (options->mode == CHOOSE_MAC) {
		r = choose_mac(options, links, n, &choice, error);
	} else {
		collect_evidence(links, n, &choice);
		r = choice.n > 0 ? choose_by_evidence(options, links, &choice)
				 : choose_carrier(options, links, n, &choice, error);
	}
	if (r == 0)
		*ret = choice;
	return r;
}
