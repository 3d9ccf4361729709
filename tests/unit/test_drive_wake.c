/* SPDX-License-Identifier: BSD-2-Clause */
/* --cr of `local console`: what is typed at a shell's prompt, and when. */
#include <string.h>

#include "base/clock.h"
#include "local/drive_wake.h"
#include "tap.h"

#define COMMAND "stprov remote console"

/* A wake, the time, and all that was written. */
struct rig {
	struct drive_wake wake;
	int64_t now_ms;
	char written[1024];
};

static struct rig rig_new(void)
{
	struct rig rig = { .now_ms = 1000 };

	drive_wake_init(&rig.wake, rig.now_ms);
	return rig;
}

static void show(struct rig *rig, const char *text)
{
	for (; *text; text++)
		drive_wake_take(&rig->wake, (uint8_t)*text, rig->now_ms);
}

/* What is written at this time; the same text on, again and again, is one that the loop would see.
 */
static const char *turn(struct rig *rig)
{
	int64_t next_ms;
	const char *text;

	rig->written[0] = '\0';
	while ((text = drive_wake_turn(&rig->wake, rig->now_ms, &next_ms)))
		strncat(rig->written, text, sizeof(rig->written) - strlen(rig->written) - 1);
	/* The loop sleeps until then. */
	tap_ok(next_ms > rig->now_ms || drive_wake_failure(&rig->wake) != DRIVE_WAKE_FINE);
	return rig->written;
}

/* The same @ms later. */
static const char *later(struct rig *rig, int64_t ms)
{
	rig->now_ms += ms;
	return turn(rig);
}

/* Up to a typed command. */
static struct rig rig_typed(void)
{
	struct rig rig = rig_new();

	tap_eq_text(later(&rig, DRIVE_WAKE_FIRST_MS), "\r");
	show(&rig, "\r\nroot@host:~# ");
	tap_eq_text(later(&rig, 1000), COMMAND);
	return rig;
}

static void nothing_is_written_before_the_calls_had_their_time(void)
{
	struct rig rig = rig_new();

	/* A prompt that is there already changes nothing. */
	show(&rig, "# ");
	tap_eq_text(turn(&rig), "");
	tap_eq_text(later(&rig, DRIVE_WAKE_FIRST_MS - 1), "");
	tap_eq_text(later(&rig, 1), "\r");
}

static void without_a_prompt_only_returns_are_sent(void)
{
	static const char *const lines[] = { "login: ", "Password: ", "100% ", "#", "# x", "$x ",
		"> ", "Press Enter to commit changes, ctrl+c to abort\n" };
	struct rig rig = rig_new();

	tap_eq_text(later(&rig, DRIVE_WAKE_FIRST_MS), "\r");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		show(&rig, "\r\n");
		show(&rig, lines[i]);
		tap_eq_text(later(&rig, DRIVE_WAKE_EACH_MS - 1), "");
		tap_eq_text(later(&rig, 1), "\r");
	}
	tap_eq_int(drive_wake_failure(&rig.wake), DRIVE_WAKE_FINE);
}

static void at_a_prompt_the_command_is_typed_without_its_end(void)
{
	static const char *const prompts[] = { "# ", "$ ", "root@host:/# ",
		"\x1b[01;32mme\x1b[0m$ ", "anything\x1b[6n" };

	for (size_t i = 0; i < ARRAY_SIZE(prompts); i++) {
		struct rig rig = rig_new();
		tap_eq_text(later(&rig, DRIVE_WAKE_FIRST_MS), "\r");
		show(&rig, "\r\n");
		show(&rig, prompts[i]);
		tap_eq_text(later(&rig, 300), COMMAND);
		tap_eq_int(rig.wake.state, DRIVE_TYPED);
	}
}

/* A text may have a prompt's characters in its middle. */
static void a_prompt_counts_only_once_nothing_follows_it(void)
{
	struct rig rig = rig_new();

	tap_eq_text(later(&rig, DRIVE_WAKE_FIRST_MS), "\r");
	show(&rig, "item # ");
	tap_eq_text(later(&rig, 100), "");
	show(&rig, "3 of 7\r\n");
	tap_eq_text(later(&rig, 300), "");
	tap_eq_int(later(&rig, DRIVE_WAKE_EACH_MS)[0], '\r');
}

static void the_command_is_ended_once_its_echo_is_whole(void)
{
	struct rig rig = rig_typed();

	show(&rig, "stprov remote ");
	tap_eq_text(later(&rig, 10), "");
	show(&rig, "console");
	tap_eq_text(turn(&rig), "\r");
	tap_eq_int(rig.wake.state, DRIVE_STARTED);
	/* It says nothing: perhaps it starts slowly. */
	tap_eq_text(later(&rig, DRIVE_WAKE_EACH_MS - 1), "");
	tap_eq_text(later(&rig, 1), "\r");
	show(&rig, "\r\n# ");
	tap_eq_text(later(&rig, 300), COMMAND);
}

static void an_echo_with_a_fault_is_erased_and_typed_again(void)
{
	static const char *const echoes[] = { "", "stprov emote console", "stprov  remote console",
		"stprov remote consolex", "Stprov remote console", "stprov remote\r\n console" };

	for (size_t i = 0; i < ARRAY_SIZE(echoes); i++) {
		struct rig rig = rig_typed();
		show(&rig, echoes[i]);
		tap_eq_text(later(&rig, DRIVE_WAKE_ECHO_MS - 1), "");
		tap_eq_text(later(&rig, 1), "\x15");
		tap_eq_text(later(&rig, 1000), "\r");
		show(&rig, "\r\n# ");
		tap_eq_text(later(&rig, 300), COMMAND);
		show(&rig, COMMAND);
		tap_eq_text(turn(&rig), "\r");
	}
}

static void a_console_that_always_garbles_is_given_up(void)
{
	struct rig rig = rig_typed();

	for (int tries = 1; tries < DRIVE_WAKE_TRIES; tries++) {
		tap_eq_text(later(&rig, DRIVE_WAKE_ECHO_MS), "\x15");
		tap_eq_int(drive_wake_failure(&rig.wake), DRIVE_WAKE_FINE);
		tap_eq_text(later(&rig, 1000), "\r");
		show(&rig, "\r\n# ");
		tap_eq_text(later(&rig, 300), COMMAND);
	}
	tap_eq_text(later(&rig, DRIVE_WAKE_ECHO_MS), "\x15");
	tap_eq_int(drive_wake_failure(&rig.wake), DRIVE_WAKE_GARBLED);
	tap_eq_text(later(&rig, 60 * 1000), "");
}

static void a_shell_that_does_not_start_it_is_given_up(void)
{
	struct rig rig = rig_typed();

	for (int starts = 1; starts <= DRIVE_WAKE_STARTS; starts++) {
		show(&rig, COMMAND);
		tap_eq_text(turn(&rig), "\r");
		show(&rig, "\r\nsh: stprov: not found\r\n# ");
		tap_eq_text(later(&rig, 900), "");
		tap_eq_text(later(&rig, 100), "\r");
		tap_eq_int(drive_wake_failure(&rig.wake), DRIVE_WAKE_FINE);
		show(&rig, "\r\n# ");
		tap_eq_text(later(&rig, 300), starts < DRIVE_WAKE_STARTS ? COMMAND : "");
	}
	tap_eq_int(drive_wake_failure(&rig.wake), DRIVE_WAKE_REFUSED);
	tap_eq_text(later(&rig, 60 * 1000), "");
}

/* A machine that boots, and asks for a login only then. */
static void a_shell_that_is_gone_afterwards_is_waited_for(void)
{
	struct rig rig = rig_typed();

	for (int starts = 1; starts < 3 * DRIVE_WAKE_STARTS; starts++) {
		show(&rig, "\r\nlogin: ");
		rig.now_ms += DRIVE_WAKE_EACH_MS;
		(void)turn(&rig);
	}
	tap_eq_int(drive_wake_failure(&rig.wake), DRIVE_WAKE_FINE);
}

/* A line of any length, and sequences that do not end. */
static void any_bytes_are_taken(void)
{
	struct rig rig = rig_new();

	tap_eq_text(later(&rig, DRIVE_WAKE_FIRST_MS), "\r");
	for (int i = 0; i < 3 * DRIVE_WAKE_MAX; i++)
		show(&rig, "#");
	show(&rig, " ");
	tap_eq_int(rig.wake.len, DRIVE_WAKE_MAX);
	for (int i = 0; i < 100; i++)
		show(&rig, "\x1b[9999999999");
	for (int byte = 1; byte < 256; byte++)
		drive_wake_take(&rig.wake, (uint8_t)byte, rig.now_ms);
	show(&rig, "\x1b[m\r\n# ");
	tap_eq_text(later(&rig, 300), COMMAND);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(nothing_is_written_before_the_calls_had_their_time),
		TAP_TEST(without_a_prompt_only_returns_are_sent),
		TAP_TEST(at_a_prompt_the_command_is_typed_without_its_end),
		TAP_TEST(a_prompt_counts_only_once_nothing_follows_it),
		TAP_TEST(the_command_is_ended_once_its_echo_is_whole),
		TAP_TEST(an_echo_with_a_fault_is_erased_and_typed_again),
		TAP_TEST(a_console_that_always_garbles_is_given_up),
		TAP_TEST(a_shell_that_does_not_start_it_is_given_up),
		TAP_TEST(a_shell_that_is_gone_afterwards_is_waited_for),
		TAP_TEST(any_bytes_are_taken),
		{ 0 },
	};
	return tap_run(tests);
}
