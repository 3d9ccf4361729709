/* SPDX-License-Identifier: BSD-2-Clause */
/* neighbour/choose.h: every way to a choice, and every way to none. */
#include "tap.h"

#include <errno.h>

#include "base/macros.h"
#include "neighbour/choose.h"

/* A link in one word: name, speed, `c` carrier, `e` evidence; MAC 02:00:00:00:00:<position>. */
struct spec {
	const char *name;
	unsigned speed;
	const char *flags;
};

static size_t make(const struct spec *specs, size_t n, struct candidate *links)
{
	memset(links, 0, n * sizeof(*links));
	for (size_t i = 0; i < n; i++) {
		links[i].index = (int)i + 2;
		snprintf(links[i].name, sizeof(links[i].name), "%s", specs[i].name);
		links[i].mac[0] = 2;
		links[i].mac[5] = (uint8_t)i;
		links[i].speed = specs[i].speed;
		links[i].carrier = strchr(specs[i].flags, 'c');
		links[i].evidence = strchr(specs[i].flags, 'e');
	}
	return n;
}

struct row {
	const char *what;
	enum choose_mode mode;
	bool bond;
	const char *names[3]; /* of NAMED */
	uint8_t mac;          /* of MAC: its last byte */
	struct spec links[4];
	int result;
	const char *chosen; /* positions; then `B` for a bond, `F` for a fallback */
	const char *reason; /* or the error's text */
};

static const struct row rows[] = {
	{ .what = "the right one of four",
		.mode = CHOOSE_ANY,
		.links = { { "eth0", 1000, "c" }, { "eth1", 10000, "c" }, { "eth2", 100, "ce" },
			{ "eth3", 0, "" } },
		.chosen = "2",
		.reason = "eth2: 10.0.2.1 answers there" },
	{ .what = "the fastest of two",
		.mode = CHOOSE_ANY,
		.links = { { "eth0", 1000, "ce" }, { "eth1", 10000, "ce" },
			{ "eth2", 40000, "c" } },
		.chosen = "1",
		.reason = "eth1: 10.0.2.1 answers there; the fastest of 2 (10000 Mbit/s)" },
	{ .what = "the first of equals",
		.mode = CHOOSE_AUTODETECT,
		.links = { { "eth0", 1000, "c" }, { "eth1", 1000, "ce" }, { "eth2", 1000, "ce" } },
		.chosen = "1",
		.reason = "eth1: 10.0.2.1 answers there; the first of 2" },
	{ .what = "a known speed before an unknown one",
		.mode = CHOOSE_AUTODETECT,
		.links = { { "eth0", 0, "ce" }, { "eth1", 10, "ce" } },
		.chosen = "1",
		.reason = "eth1: 10.0.2.1 answers there; the fastest of 2 (10 Mbit/s)" },
	{ .what = "all that answer, fastest first",
		.mode = CHOOSE_BOND_AUTO,
		.links = { { "eth0", 1000, "ce" }, { "eth1", 1000, "c" }, { "eth2", 10000, "ce" },
			{ "eth3", 1000, "ce" } },
		.chosen = "203B",
		.reason = "eth2, eth0, eth3: 10.0.2.1 answers on each" },
	{ .what = "a bond of one",
		.mode = CHOOSE_BOND_AUTO,
		.links = { { "eth0", 1000, "c" }, { "eth1", 1000, "ce" } },
		.chosen = "1B",
		.reason = "eth1: 10.0.2.1 answers there" },
	{ .what = "nothing answers -A",
		.mode = CHOOSE_AUTODETECT,
		.links = { { "eth0", 10000, "" }, { "eth1", 1000, "c" }, { "eth2", 10000, "c" } },
		.chosen = "1F",
		.reason =
			"eth1: the first link with carrier; no link got an answer from 10.0.2.1" },
	{ .what = "nothing answers -B",
		.mode = CHOOSE_BOND_AUTO,
		.links = { { "eth0", 1000, "c" }, { "eth1", 1000, "c" } },
		.chosen = "0F",
		.reason =
			"eth0: the first link with carrier; no link got an answer from 10.0.2.1" },
	{ .what = "no carrier",
		.mode = CHOOSE_ANY,
		.links = { { "eth0", 0, "" }, { "eth1", 0, "" } },
		.result = CHOOSE_E_NONE,
		.reason = "no link has carrier; there are: eth0 (02:00:00:00:00:00, no carrier), "
			  "eth1 (02:00:00:00:00:01, no carrier)" },
	{ .what = "no link",
		.mode = CHOOSE_ANY,
		.result = CHOOSE_E_NONE,
		.reason = "no link has carrier; there are: none" },
	{ .what = "-I",
		.mode = CHOOSE_NAMED,
		.names = { "eth1" },
		.links = { { "eth0", 1000, "ce" }, { "eth1", 10, "c" } },
		.chosen = "1",
		.reason = "eth1: chosen by name" },
	{ .what = "-I without carrier",
		.mode = CHOOSE_NAMED,
		.names = { "eth0" },
		.links = { { "eth0", 0, "" }, { "eth1", 10, "ce" } },
		.chosen = "0",
		.reason = "eth0: chosen by name, though it has no carrier" },
	{ .what = "-I of nothing",
		.mode = CHOOSE_NAMED,
		.names = { "eth" },
		.links = { { "eth0", 0, "c" } },
		.result = CHOOSE_E_UNKNOWN,
		.reason = "there is no link eth; there are: eth0 (02:00:00:00:00:00)" },
	{ .what = "-I with escapes",
		.mode = CHOOSE_NAMED,
		.names = { "\x1b[2J" },
		.links = { { "et\x1b", 0, "c" } },
		.result = CHOOSE_E_UNKNOWN,
		.reason = "there is no link \\x1b[2J; there are: et\\x1b (02:00:00:00:00:00)" },
	{ .what = "-b",
		.mode = CHOOSE_NAMED,
		.bond = true,
		.names = { "eth2", "eth0" },
		.links = { { "eth0", 0, "c" }, { "eth1", 0, "c" }, { "eth2", 0, "c" } },
		.chosen = "20B",
		.reason = "eth2, eth0: chosen by name" },
	{ .what = "-b of one",
		.mode = CHOOSE_NAMED,
		.bond = true,
		.names = { "eth0" },
		.links = { { "eth0", 0, "c" } },
		.chosen = "0B",
		.reason = "eth0: chosen by name" },
	{ .what = "-b, one without carrier",
		.mode = CHOOSE_NAMED,
		.bond = true,
		.names = { "eth0", "eth1" },
		.links = { { "eth0", 0, "c" }, { "eth1", 0, "" } },
		.chosen = "01B",
		.reason = "eth0, eth1: chosen by name, though eth1: no carrier" },
	{ .what = "-b, one unknown",
		.mode = CHOOSE_NAMED,
		.bond = true,
		.names = { "eth0", "eth7" },
		.links = { { "eth0", 0, "c" } },
		.result = CHOOSE_E_UNKNOWN,
		.reason = "there is no link eth7; there are: eth0 (02:00:00:00:00:00)" },
	{ .what = "-b, one twice",
		.mode = CHOOSE_NAMED,
		.bond = true,
		.names = { "eth0", "eth0" },
		.links = { { "eth0", 0, "c" } },
		.result = CHOOSE_E_AMBIGUOUS,
		.reason = "eth0 is named twice" },
	{ .what = "two without bond",
		.mode = CHOOSE_NAMED,
		.names = { "eth0", "eth1" },
		.links = { { "eth0", 0, "c" }, { "eth1", 0, "c" } },
		.result = -EINVAL,
		.reason = "name one link" },
	{ .what = "-m",
		.mode = CHOOSE_MAC,
		.mac = 1,
		.links = { { "eth0", 0, "ce" }, { "eth1", 0, "c" } },
		.chosen = "1",
		.reason = "eth1: chosen by its MAC" },
	{ .what = "-m of nothing",
		.mode = CHOOSE_MAC,
		.mac = 9,
		.links = { { "eth0", 0, "c" } },
		.result = CHOOSE_E_UNKNOWN,
		.reason = "no link has the MAC 02:00:00:00:00:09; there are: eth0 "
			  "(02:00:00:00:00:00)" },
};

static void run_row(const struct row *row)
{
	struct choose_options options = { .mode = row->mode,
		.bond = row->bond,
		.names = row->names,
		.mac = { 2, 0, 0, 0, 0, row->mac },
		.asked = "10.0.2.1",
		.evidence = "10.0.2.1 answers" };
	struct candidate links[ARRAY_SIZE(row->links)];
	struct choice choice = { .n = 99 };
	struct error error = ERROR_INIT;
	char chosen[16] = "";
	size_t n = 0;

	while (options.n_names < ARRAY_SIZE(row->names) && row->names[options.n_names])
		options.n_names++;
	while (n < ARRAY_SIZE(row->links) && row->links[n].name)
		n++;
	make(row->links, n, links);
	tap_eq_int(choose_links(&options, links, n, &choice, &error), row->result);
	if (row->result != 0) {
		tap_eq_int(choice.n, 99);
		tap_eq_text(error.text, row->reason);
		return;
	}
	for (size_t i = 0; i < choice.n && i < 8; i++)
		chosen[i] = (char)('0' + choice.links[i]);
	strcat(chosen, choice.bond ? "B" : "");
	strcat(chosen, choice.fallback ? "F" : "");
	tap_eq_text(chosen, row->chosen);
	tap_eq_text(choice.reason, row->reason);
}

static void the_table_of_choices_holds(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool before = tap_failed;
		tap_failed = false;
		run_row(&rows[i]);
		if (tap_failed)
			printf("# in: %s\n", rows[i].what);
		tap_failed |= before;
	}
}

static void a_mac_of_several_links_is_no_choice(void)
{
	static const struct spec specs[] = { { "eth0", 0, "c" }, { "eth1", 0, "c" } };
	struct choose_options options = { .mode = CHOOSE_MAC, .mac = { 2 } };
	struct candidate links[2];
	struct choice choice;
	struct error error = ERROR_INIT;

	make(specs, 2, links);
	links[1].mac[5] = 0;
	tap_eq_int(choose_links(&options, links, 2, &choice, &error), CHOOSE_E_AMBIGUOUS);
	tap_eq_text(error.text,
		"02:00:00:00:00:00 is the MAC of several links, name one of them: eth0, eth1");
}

static void sixty_four_links_are_ordered_and_the_list_is_cut(void)
{
	static struct candidate links[CANDIDATES_MAX + 1];
	struct choose_options options = {
		.mode = CHOOSE_BOND_AUTO, .asked = "it", .evidence = "it"
	};
	static struct choice choice;
	struct error error = ERROR_INIT;

	for (size_t i = 0; i < CANDIDATES_MAX; i++) {
		snprintf(links[i].name, sizeof(links[i].name), "ethernet%zu", i);
		links[i].speed = (unsigned)(i % 4);
		links[i].evidence = true;
	}
	tap_eq_int(choose_links(&options, links, CANDIDATES_MAX, &choice, &error), 0);
	tap_eq_int(choice.n, CANDIDATES_MAX);
	tap_eq_int(choice.links[0], 3);
	tap_eq_int(choice.links[1], 7);
	tap_eq_int(choice.links[16], 2);
	tap_eq_int(choice.links[63], 60);
	for (size_t i = 0; i < CANDIDATES_MAX; i++)
		links[i].evidence = false;
	tap_eq_int(choose_links(&options, links, CANDIDATES_MAX, &choice, &error), CHOOSE_E_NONE);
	tap_ok(strlen(error.text) < ERROR_TEXT_MAX);
	tap_eq_int(choose_links(&options, links, CANDIDATES_MAX + 1, &choice, &error), -E2BIG);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_table_of_choices_holds),
		TAP_TEST(a_mac_of_several_links_is_no_choice),
		TAP_TEST(sixty_four_links_are_ordered_and_the_list_is_cut),
		{ 0 },
	};
	return tap_run(tests);
}
