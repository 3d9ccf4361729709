/* SPDX-License-Identifier: BSD-2-Clause */
/* remote/guide_order.h: what is asked and done, by scripted answers; no terminal and no process. */
#include "guide_rig.h"

static void empty_answers_are_the_defaults_from_dhcp_to_run(void)
{
	static const struct turn turns[] = { DHCP_DEFAULTS, { "run dhcp -h st", "0" },
		{ LAPTOP, "" }, { ALLOW, "" }, { "run run", "0" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "the command for this:\n  stprov remote dhcp -h st\n");
	expect_line(text, "the command for this:\n  stprov remote run\n");
	tap_eq_text(world.asked_for, "");
}

/* Not by default; what was answered is kept. */
static void where_there_is_a_tpm_the_host_key_may_be_sealed(void)
{
	static const struct turn defaults[] = { DHCP_DEFAULTS, { "run dhcp -h st", "0" },
		{ LAPTOP, "" }, { SEAL, "", "no" }, { ALLOW, "" }, { "run run", "0" }, { NULL } };
	static const struct turn turns[] = { DHCP_DEFAULTS, { "run dhcp -h st", "0" },
		{ LAPTOP, "" }, { SEAL, "yes" }, { ALLOW, "b" }, { SEAL, "", "yes" },
		{ ALLOW, "10.0.0.0/8" }, { "run run -a 10.0.0.0/8 --require-seal", "1" },
		{ RETRY, "change" }, { ALLOW, "b" }, { SEAL, "n" }, { ALLOW, "" },
		{ "run run -a 10.0.0.0/8", "0" }, { NULL } };
	const char *text;

	world.tpm = true;
	tap_eq_int(play(defaults, &text), CLI_EXIT_OK);
	expect_line(text,
		"  a sealed key is lost with this machine's TPM, and copies of it are of no "
		"use\n");
	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "  stprov remote run -a 10.0.0.0/8 --require-seal\n");
	world.tpm = false;
}

static void a_static_network_has_two_questions_more(void)
{
	static const struct turn turns[] = { { MODE, "static" },
		{ "address", "10.0.2.10 24", "back" }, { "gateway", "10.0.2.9", "10.0.2.1" },
		{ "host name", "st" }, { "OS package URL", "http://a.example/b.json" },
		{ DO_IT, "yes" },
		{ "run static -i 10.0.2.10/24 -g 10.0.2.9 -h st -r http://a.example/b.json", "0" },
		{ LAPTOP, "no", "yes" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "  that is 10.0.2.10/24\n");
	/* The one that was proposed is looked for while the operator thinks; then the one typed. */
	tap_eq_text(world.asked_for, "10.0.2.1 10.0.2.9 ");
}

static void an_answer_that_is_wrong_is_asked_for_again(void)
{
	static const struct turn turns[] = { { MODE, "static" }, { "address", "10.0.2" },
		{ "address", "10.0.2.10/24" }, { "gateway", "x" }, { "gateway", "10.0.9.1" },
		{ "gateway", "" }, { "host name", "a b" }, { "host name", "" },
		{ "OS package URL", "ftp://x" }, { "OS package URL", "" }, { DO_IT, "" },
		{ "run static -i 10.0.2.10/24 -h st", "0" }, { LAPTOP, "" },
		{ ALLOW, "10.0.0.0/33" }, { ALLOW, "10.0.0.0/8" }, { "run run -a 10.0.0.0/8", "0" },
		{ NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "gateway not within host IP network");
}

static void back_and_no_lead_to_the_first_question_and_keep_the_answers(void)
{
	static const struct turn turns[] = { { MODE, "static" }, { "address", "", "back" },
		{ MODE, "", "static" }, { "address", "10.0.2.10/24" }, { "gateway", "" },
		{ "host name", "st" }, { "OS package URL", "" }, { DO_IT, "no" },
		{ MODE, "", "static" }, { "address", "", "10.0.2.10/24" }, { "gateway", "" },
		{ "host name", "" }, { "OS package URL", "" }, { DO_IT, "" },
		{ "run static -i 10.0.2.10/24 -h st", "0" }, { LAPTOP, "no" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
}

/* After a command that failed: once more, with other answers, or not. */
static void a_command_that_failed_can_be_tried_again_changed_or_left(void)
{
	static const struct turn turns[] = { DHCP_DEFAULTS, { "run dhcp -h st", "1" },
		{ RETRY, "", "again" }, { "run dhcp -h st", "1" }, { RETRY, "change" },
		{ MODE, "" }, { "host name", "other" }, { "OS package URL", "" }, { DO_IT, "" },
		{ "run dhcp -h other", "2" }, { RETRY, "leave" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
	expect_line(text, "left: nothing was changed\n");
}

static void a_run_that_failed_asks_for_the_networks_again(void)
{
	static const struct turn turns[] = { DHCP_DEFAULTS, { "run dhcp -h st", "0" },
		{ LAPTOP, "" }, { ALLOW, "10.0.0.0/8" }, { "run run -a 10.0.0.0/8", "1" },
		{ RETRY, "change" }, { ALLOW, "", "10.0.0.0/8" }, { "run run -a 10.0.0.0/8", "1" },
		{ RETRY, LEAVE }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
	expect_line(text,
		"left: the network is set up and stored; continue with `stprov remote run`\n");
}

static void a_signal_during_a_command_leaves_without_a_question(void)
{
	static const struct turn turns[] = { DHCP_DEFAULTS, { "run dhcp -h st", "c!" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
	expect_line(text, "left: the network is changed, nothing is stored\n");
}

/* At each question of the longest way. */
static void the_operator_can_leave_at_every_question(void)
{
	static const struct turn all[] = { { MODE, "static" }, { "address", "10.0.2.10/24" },
		{ "gateway", "" }, { "host name", "" }, { "OS package URL", "" }, { DO_IT, "" },
		{ "run static -i 10.0.2.10/24 -h st", "c" }, { RETRY, "" },
		{ "run static -i 10.0.2.10/24 -h st", "0" }, { LAPTOP, "" }, { ALLOW, "" },
		{ "run run", "1" }, { RETRY, "" }, { "run run", "0" }, { NULL } };
	struct turn turns[TURNS_MAX];
	const char *text;

	for (size_t i = 0; all[i].expect; i++) {
		if (strncmp(all[i].expect, "run ", 4) == 0)
			continue;
		for (int breaks = 0; breaks <= 1; breaks++) {
			memcpy(turns, all, sizeof(all));
			turns[i].answer = breaks ? BREAKS : LEAVE;
			turns[i + 1] = (struct turn){ NULL };
			tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
			expect_line(
				text, breaks  ? "stprov remote: the terminal failed\n"
				      : i < 7 ? "left: nothing was changed\n"
				      : i < 9 ? "left: the network is changed, nothing is stored\n"
					      : "left: the network is set up and stored");
		}
	}
}

#define RETRY_URLS "again, change, leave, or store anyway"

/* A command that failed for its URLs can be carried out with -f; nothing else is offered that. */
static void a_url_that_fails_can_be_stored_anyway(void)
{
	static const struct turn turns[] = { DHCP_DEFAULTS, { "run dhcp -h st", "u" },
		{ RETRY_URLS, "", "again" }, { "run dhcp -h st", "u" }, { RETRY_URLS, "s" },
		{ "run dhcp -h st -f", "u" }, { RETRY_URLS, "" }, { "run dhcp -h st -f", "1" },
		{ RETRY, "change" }, { MODE, "" }, { "host name", "" }, { "OS package URL", "" },
		{ DO_IT, "" }, { "run dhcp -h st", "0" }, { LAPTOP, "no" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "-f ignores every failed check: URLs that cannot be fetched");
	expect_line(text, "  stprov remote dhcp -h st -f\n");
}

static void more_asks_for_what_few_need_and_keeps_it(void)
{
	static const struct turn turns[] = { DHCP_DEFAULTS_AND("more"),
		{ "DNS servers", "10 0 2 3", "9.9.9.9,149.112.112.112" },
		{ "link: one, bond", "eth0 eth1", "one" }, { "bonding mode", "1", "balance-rr" },
		{ "user in the URLs", "op", "stboot" },
		{ "password in", "secret", "as compiled in" }, { DO_IT, "no" }, { MODE, "" },
		{ "host name", "" }, { "OS package URL", "" }, { "DNS servers", "", "10.0.2.3" },
		{ "link: one", "one", "eth0,eth1" }, { "user in", "", "op" },
		{ "password in", "", "secret" }, { DO_IT, "" },
		{ "run dhcp -h st -u op -p secret -d 10.0.2.3", "0" }, { LAPTOP, "n" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "  that is 10.0.2.3\n");
	expect_line(text, "  1 active-backup\n");
	expect_line(text, "-d 10.0.2.3 -b eth0,eth1 \\\n      -M active-backup");
}

static void a_link_that_is_not_there_is_asked_for_again(void)
{
	static const struct turn turns[] = { DHCP_DEFAULTS_AND("more"), { "DNS", "" },
		{ "link: one", "eht0", "one" }, { "link: one", "eth0 lan1", "one" },
		{ "link: one", "bond", "one" }, { "bonding mode", "b" },
		{ "link: one", "eht0", "bond" }, { "link: one", "eth0", "bond" },
		{ "user in", "us er" }, { "user in", "" }, { "password in", "a/b" },
		{ "password in", "" }, { DO_IT, "" }, { "run dhcp -h st -I eth0", "0" },
		{ LAPTOP, "no" }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "there is no link eht0; there are: eth0\n");
	expect_line(text, "there is no link lan1; there are: eth0\n");
}

/* From the last question to the first one, by either word. */
static void b_leads_to_the_question_before(void)
{
	static const struct turn turns[] = { { MODE, "static" }, { "address", "10.0.2.10/24" },
		{ "gateway", "" }, { "host name", "" }, { "OS package URL", "" }, { DO_IT, "o" },
		{ "DNS servers", "" }, { "link: one", "bond" }, { "bonding mode", "" },
		{ "user in", "" }, { "password in", "" }, { DO_IT, "" },
		{ "run static -i 10.0.2.10/24 -h st -B", "1" }, { RETRY, "b" }, { DO_IT, "" },
		{ "run static -i 10.0.2.10/24 -h st -B", "0" }, { LAPTOP, "" }, { ALLOW, "" },
		{ "run run", "1" }, { RETRY, "back" }, { ALLOW, "b" }, { LAPTOP, "B" },
		{ DO_IT, "BACK" }, { "password in", "b" }, { "user in", "b" },
		{ "bonding mode", "b" }, { "link: one", "b" }, { "DNS servers", "b" },
		{ "OS package URL", "b" }, { "host name", "b" }, { "gateway", "b" },
		{ "address", "b" }, { MODE, "b", "static" }, { MODE, "dhcp" }, { "host name", "b" },
		{ MODE, LEAVE }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
	expect_line(text, "this is the first question\n");
}

static void the_keyboard_can_be_set_at_every_question(void)
{
	static const struct turn turns[] = { { MODE, "kbd de" }, { MODE, "static" },
		{ "address", "KBD" }, { "address", "10.0.2.10/24" },
		{ "gateway", "10.0.2\xc3\xb6" }, { "gateway", "kbd  fr" }, { "gateway", "" },
		{ "host name", "\xe9" }, { "host name", "kbdx" }, { "OS package URL", "\xc3\x9f" },
		{ "OS package URL", "kbd us" }, { "OS package URL", "" }, { DO_IT, "\xc3" },
		{ DO_IT, "kbd us" }, { DO_IT, LEAVE }, { NULL } };
	const char *text;

	tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
	tap_eq_text(world.layouts, "de  fr us us ");
	expect_line(text, "not an ASCII letter: is the keyboard layout right? type kbd de\n");
}

/* With a name that is proposed Enter takes that; without one it has nothing to take. */
static void the_bare_domain_is_never_what_enter_means(void)
{
	static const struct turn none[] = { { MODE, "" }, { "host name", "" },
		{ "host name", "web1" }, { "OS package URL", "" }, { DO_IT, LEAVE }, { NULL } };
	static const struct turn leased[] = { { MODE, "" }, { "host name", "", "st7.example.org" },
		{ "OS package URL", "" }, { DO_IT, "" }, { "run dhcp -H st7.example.org", "1!" },
		{ NULL } };
	static const struct turn odd[] = { { MODE, "" }, { "host name", LEAVE }, { NULL } };
	const char *text;

	world.host = NULL;
	tap_eq_int(play(none, &text), CLI_EXIT_FAILED);
	expect_line(text, "a host name is needed, like web01\n");
	world.host = "st7.example.org";
	tap_eq_int(play(leased, &text), CLI_EXIT_FAILED);
	expect_line(text, "  a lease is proposed\n");
	/* Text that is not a host name is not proposed. */
	world.host = "a..b";
	tap_eq_int(play(odd, &text), CLI_EXIT_FAILED);
	world.host = "st";
}

static void replacing_is_a_question_of_its_own(void)
{
	static const struct turn turns[] = { { MODE, "" }, { "host name", "" },
		{ "OS package URL", "" }, { REPLACE, "r" }, { DO_IT, "b" }, { REPLACE, "r" },
		{ DO_IT, "" },
		/* Then it is this guide's own. */
		{ "run dhcp -h st", "0" }, { LAPTOP, "b" }, { DO_IT, "" },
		{ "run dhcp -h st", "0" }, { LAPTOP, "no" }, { NULL } };
	const char *text;

	world.replaced = "web01.example.net (static)";
	tap_eq_int(play(turns, &text), CLI_EXIT_OK);
	expect_line(text, "this machine is set up already: web01.example.net (static)\n");
	world.replaced = NULL;
}

/* Enter does not lead round. */
static void what_is_not_to_be_replaced_ends_the_guide(void)
{
	static const struct turn turns[] = { { MODE, "" }, { "host name", "" },
		{ "OS package URL", "" }, { REPLACE, "", "no" }, { NULL } };
	const char *text;

	world.replaced = "web01.example.net (static)";
	tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
	expect_line(text, "left: nothing was changed\n");
	tap_ok(!strstr(text, "wait for the laptop"));
	world.network = "10.0.2.0/24";
	tap_eq_int(play(turns, &text), CLI_EXIT_FAILED);
	expect_line(text,
		"what is set up can wait for the laptop: `stprov remote run -a 10.0.2.0/24`\n"
		"left: nothing was changed\n");
	world.network = world.replaced = NULL;
}

static void without_a_link_it_looks_again_until_there_is_one(void)
{
	static const struct turn there[] = { { "look again", "", "again" }, { "look again", "" },
		{ MODE, LEAVE }, { NULL } };
	static const struct turn left[] = { { "look again", "leave" }, { NULL } };
	const char *text;

	world.links_after = 2;
	tap_eq_int(play(there, &text), CLI_EXIT_FAILED);
	world.links_after = 2;
	tap_eq_int(play(left, &text), CLI_EXIT_FAILED);
	expect_line(text, "this machine has no link that could be used");
	expect_line(text, "left: nothing was changed\n");
	world.links_after = 0;
}

/* The build's default lets in 127.0.0.1 alone. */
static void the_network_that_was_set_up_is_proposed_where_the_default_is_of_no_use(void)
{
	static const struct {
		const char *network, *proposed, *command, *line;
	} rows[] = {
		{ NULL, "127.0.0.1/32", "run run", "" },
		{ "10.0.2.0/24", "10.0.2.0/24", "run run -a 10.0.2.0/24",
			"by default only 127.0.0.1/32 may connect" },
		{ "10.0.2.7/32", "0.0.0.0/0", "run run -a 0.0.0.0/0",
			"that network has room for no other machine; proposing any address" },
	};
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct turn turns[] = { DHCP_DEFAULTS, { "run dhcp -h st", "0" },
			{ LAPTOP, "" }, { ALLOW, "", rows[i].proposed }, { rows[i].command, "0" },
			{ NULL } };
		world.network = rows[i].network;
		tap_eq_int(play(turns, &text), CLI_EXIT_OK);
		expect_line(text, rows[i].line);
	}
	world.network = NULL;
}

int main(void)
{
	world.host = "st";
	static const struct tap_test tests[] = {
		TAP_TEST(empty_answers_are_the_defaults_from_dhcp_to_run),
		TAP_TEST(where_there_is_a_tpm_the_host_key_may_be_sealed),
		TAP_TEST(a_static_network_has_two_questions_more),
		TAP_TEST(an_answer_that_is_wrong_is_asked_for_again),
		TAP_TEST(back_and_no_lead_to_the_first_question_and_keep_the_answers),
		TAP_TEST(a_command_that_failed_can_be_tried_again_changed_or_left),
		TAP_TEST(a_run_that_failed_asks_for_the_networks_again),
		TAP_TEST(a_signal_during_a_command_leaves_without_a_question),
		TAP_TEST(the_operator_can_leave_at_every_question),
		TAP_TEST(a_url_that_fails_can_be_stored_anyway),
		TAP_TEST(more_asks_for_what_few_need_and_keeps_it),
		TAP_TEST(a_link_that_is_not_there_is_asked_for_again),
		TAP_TEST(b_leads_to_the_question_before),
		TAP_TEST(the_keyboard_can_be_set_at_every_question),
		TAP_TEST(the_bare_domain_is_never_what_enter_means),
		TAP_TEST(replacing_is_a_question_of_its_own),
		TAP_TEST(what_is_not_to_be_replaced_ends_the_guide),
		TAP_TEST(without_a_link_it_looks_again_until_there_is_one),
		TAP_TEST(the_network_that_was_set_up_is_proposed_where_the_default_is_of_no_use),
		{ 0 },
	};
	return tap_run(tests);
}
