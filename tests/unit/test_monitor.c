/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's decisions without a process: who may try, what is asked, what is written. */
#include "tap.h"

#include "monitor_rig.h"

#include "service/places.h"

#define RUNS 1000
#define STEPS 80

static void rig_end_test(struct rig *rig)
{
	rig_deinit(rig);
	tap_eq_text(rig->broken ? rig->broken : "", "");
}

/* Connects and goes on until the peer has shown the code; the place must be the next free one. */
static void open_session(struct rig *rig, unsigned place)
{
	static const uint8_t words[CODE_SIZE];

	tap_ok(rig_connect(rig, (uint8_t)(place + 1)));
	rig_send(rig, place, IPC_READY, NULL, 0);
	rig_send_byte(rig, place, IPC_SPEAKS, API_V1);
	rig_send(rig, place, IPC_ATTEMPT, NULL, 0);
	rig_send(rig, place, IPC_OPENED, words, sizeof(words));
	tap_eq_int(rig->monitor->sessions[place].phase, PHASE_OPENED);
}

static void begin_attempt(struct rig *rig, unsigned place)
{
	tap_ok(rig_connect(rig, (uint8_t)(place + 1)));
	rig_send(rig, place, IPC_READY, NULL, 0);
	rig_send_byte(rig, place, IPC_SPEAKS, API_V1);
	rig_send(rig, place, IPC_ATTEMPT, NULL, 0);
}

static void send_keys(struct rig *rig, unsigned place)
{
	for (int i = 0; i < EFI_SB_N; i++)
		rig_send_key(rig, place, (enum efi_sb)i);
	rig_send_findings(rig, place, true);
}

static bool log_has(struct rig *rig, const char *text)
{
	char log[16384];
	ssize_t n = pread(rig->log_fd, log, sizeof(log) - 1, 0);

	log[n > 0 ? n : 0] = '\0';
	return strstr(log, text) != NULL;
}

/* -- the commit ------------------------------------------------------------------------------ */

static void v1_is_written_and_answered_after_enter_and_not_before(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_add_data(&rig, 0);
	send_keys(&rig, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	tap_ok(rig.monitor->asked && rig.last_type == IPC_ANSWER);
	tap_ok(!rig_has_variable(&rig, &efi_host_key) && !rig_has_variable(&rig, &efi_pk));
	rig_type(&rig, "\n");
	tap_eq_int(rig.last_type, IPC_COMMITTED);
	tap_eq_int(rig.monitor->result, 0);
	tap_ok(rig_has_variable(&rig, &efi_host_key) && rig_has_variable(&rig, &efi_dbx) &&
		rig_has_variable(&rig, &efi_os_indications));
	rig_end_test(&rig);
}

static void v0_is_answered_at_once_and_written_after_enter(void)
{
	struct rig rig;

	rig_init(&rig, true);
	tap_ok(rig_connect(&rig, 1));
	rig_send(&rig, 0, IPC_READY, NULL, 0);
	rig_send_byte(&rig, 0, IPC_SPEAKS, API_V0);
	rig_send(&rig, 0, IPC_AUTHENTICATE, RIG_PASSWORD, strlen(RIG_PASSWORD));
	rig_add_data(&rig, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.last_type, IPC_COMMITTED);
	tap_ok(!rig_has_variable(&rig, &efi_host_key));
	rig_type(&rig, "\n");
	tap_ok(rig_has_variable(&rig, &efi_host_key));
	rig_end_test(&rig);
}

static void no_text_but_yes_no_end_and_no_signal_confirms(void)
{
	for (int i = 0; i < 4; i++) {
		struct rig rig;
		rig_init(&rig, false);
		open_session(&rig, 0);
		rig_add_data(&rig, 0);
		send_keys(&rig, 0);
		rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
		if (i == 0)
			rig_type(&rig, "no\n");
		if (i == 1)
			rig_signal(&rig);
		if (i == 2)
			rig_type(&rig, "x");
		if (i == 2)
			rig_type(&rig, "\n");
		if (i == 3) {
			close(rig.console_fd);
			rig.console_fd = -1;
			rig_turn(&rig);
		}
		tap_eq_int(rig.monitor->result, -ECANCELED);
		tap_eq_int(rig.last.result, API_E_CONFLICT);
		tap_ok(!rig_has_variable(&rig, &efi_host_key) && !rig_has_variable(&rig, &efi_pk));
		rig_end_test(&rig);
	}
}

static void what_was_typed_before_the_question_does_not_confirm(void)
{
	struct rig rig;

	rig_init(&rig, false);
	rig_type(&rig, "\n");
	open_session(&rig, 0);
	rig_add_data(&rig, 0);
	rig_type(&rig, "yes\n");
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	rig_turn(&rig);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	rig_type(&rig, "\n");
	tap_ok(rig_has_variable(&rig, &efi_host_key));
	rig_end_test(&rig);
}

static void after_a_client_that_left_enter_aborts_and_yes_confirms(void)
{
	for (int yes = 0; yes < 2; yes++) {
		struct rig rig;
		rig_init(&rig, false);
		open_session(&rig, 0);
		rig_add_data(&rig, 0);
		rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
		rig_die(&rig, 0, false);
		tap_eq_int(rig.monitor->stage, STAGE_SERVING);
		tap_ok(log_has(&rig, "nothing was written"));
		open_session(&rig, 0);
		rig_add_data(&rig, 0);
		rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
		rig_type(&rig, yes ? "yes\n" : "\n");
		tap_eq_int(rig_has_variable(&rig, &efi_host_key), yes);
		rig_end_test(&rig);
	}
}

static void a_commit_without_entropy_or_beside_another_is_refused(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	open_session(&rig, 1);
	/* Entropy belongs to its connection. */
	rig_add_data(&rig, 1);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_eq_int(rig.monitor->stage, STAGE_SERVING);
	rig_add_data(&rig, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	rig_send(&rig, 1, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_eq_text(
		rig.last.error.text, "the operator is asked about another client: try again later");
	tap_eq_int(rig.monitor->sessions[0].phase, PHASE_WAITING);
	rig_end_test(&rig);
}

static void while_the_question_is_open_its_session_may_ask_for_nothing(void)
{
	static const uint8_t refused[] = { IPC_READY, IPC_HELLO, IPC_ATTEMPT, IPC_OPENED,
		IPC_ADD_DATA, IPC_SETUP_MODE, IPC_BLOB, IPC_SECURE_BOOT, IPC_COMMIT,
		IPC_AUTHENTICATE };

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct rig rig;
		rig_init(&rig, false);
		open_session(&rig, 0);
		rig_add_data(&rig, 0);
		rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
		rig_send(&rig, 0, refused[i], "\0kk", 3);
		tap_eq_int(rig.monitor->sessions[0].role.pid, 0);
		tap_eq_int(rig.monitor->stage, STAGE_SERVING);
		tap_ok(log_has(&rig, "not permitted"));
		rig_end_test(&rig);
	}
}

/* -- attempts -------------------------------------------------------------------------------- */

static void an_attempt_counts_however_it_ends(void)
{
	for (int i = 0; i < 6; i++) {
		struct rig rig;
		rig_init(&rig, false);
		begin_attempt(&rig, 0);
		tap_eq_int(rig.granted, 1);
		if (i < 2)
			rig_send_byte(&rig, 0, IPC_NOT_OPENED, (uint8_t)i);
		if (i == 2 || i == 3)
			rig_die(&rig, 0, i == 3);
		if (i == 4)
			rig_make_late(&rig, 0);
		if (i == 5)
			rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
		tap_eq_int(rig.monitor->failed_attempts, 1);
		tap_ok(log_has(&rig, "failed attempt 1 of 10"));
		rig_end_test(&rig);
	}
}

static void attempts_come_one_after_the_other_in_order(void)
{
	struct rig rig;

	rig_init(&rig, false);
	for (unsigned i = 0; i < 3; i++)
		begin_attempt(&rig, i);
	tap_eq_int(rig.granted, 1);
	tap_eq_int(rig.monitor->sessions[1].phase, PHASE_QUEUED);
	rig_send_byte(&rig, 0, IPC_NOT_OPENED, 1);
	tap_eq_int(rig.granted, 2);
	tap_eq_int(rig.monitor->sessions[1].phase, PHASE_ATTEMPT);
	tap_eq_int(rig.monitor->sessions[2].phase, PHASE_QUEUED);
	rig_die(&rig, 1, true);
	tap_eq_int(rig.monitor->sessions[2].phase, PHASE_ATTEMPT);
	rig_end_test(&rig);
}

static void the_tenth_failure_ends_the_service_and_refuses_the_queue(void)
{
	struct rig rig;

	rig_init(&rig, false);
	begin_attempt(&rig, 0);
	for (int i = 0; i < FAILED_ATTEMPTS_MAX - 1; i++) {
		rig_send_byte(&rig, 0, IPC_NOT_OPENED, 1);
		rig_send(&rig, 0, IPC_ATTEMPT, NULL, 0);
	}
	tap_eq_int(rig.monitor->stage, STAGE_SERVING);
	begin_attempt(&rig, 1);
	rig_send_byte(&rig, 0, IPC_NOT_OPENED, 1);
	tap_eq_int(rig.monitor->stage, STAGE_FAREWELL);
	tap_eq_int(rig.monitor->result, -EACCES);
	tap_eq_int(rig.last.result, API_E_DENIED);
	tap_eq_int(rig.granted, FAILED_ATTEMPTS_MAX);
	rig_send(&rig, 1, IPC_ATTEMPT, NULL, 0);
	tap_eq_int(rig.granted, FAILED_ATTEMPTS_MAX);
	rig_end_test(&rig);
}

static void failures_while_the_question_is_open_do_not_end_it(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_add_data(&rig, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	begin_attempt(&rig, 1);
	for (int i = 0; i < FAILED_ATTEMPTS_MAX; i++) {
		rig_send_byte(&rig, 1, IPC_NOT_OPENED, 1);
		rig_send(&rig, 1, IPC_ATTEMPT, NULL, 0);
	}
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	/* They count once the client has left. */
	rig_send(&rig, 0, IPC_LEFT, NULL, 0);
	tap_eq_int(rig.monitor->stage, STAGE_FAREWELL);
	tap_eq_int(rig.monitor->result, -EACCES);
	rig_end_test(&rig);
}

/* -- places ---------------------------------------------------------------------------------- */

static void a_flood_takes_places_from_itself(void)
{
	struct rig rig;

	rig_init(&rig, false);
	begin_attempt(&rig, 0);
	rig_connect(&rig, 200);
	pid_t legitimate = rig.monitor->sessions[1].role.pid;
	for (int i = 0; i < 4 * SESSIONS_MAX; i++)
		rig_connect(&rig, 201);
	tap_eq_int(rig.monitor->sessions[0].phase, PHASE_ATTEMPT);
	tap_eq_int(rig.monitor->sessions[1].role.pid, legitimate);
	tap_eq_int(rig.monitor->failed_attempts, 0);
	rig_end_test(&rig);
}

static void an_attempt_does_not_give_way_though_it_is_the_oldest(void)
{
	struct rig rig;

	rig_init(&rig, false);
	begin_attempt(&rig, 0);
	for (unsigned i = 1; i < SESSIONS_MAX + 2; i++)
		rig_connect(&rig, (uint8_t)(i + 1));
	tap_eq_int(rig.monitor->sessions[0].phase, PHASE_ATTEMPT);
	tap_eq_int(rig.monitor->failed_attempts, 0);
	tap_ok(log_has(&rig, "closed to make room"));
	rig_end_test(&rig);
}

static void without_a_stranger_the_next_connection_waits(void)
{
	struct rig rig;

	rig_init(&rig, false);
	for (unsigned i = 0; i < SESSIONS_MAX; i++)
		open_session(&rig, i);
	tap_ok(places_next_accept_ms(rig.monitor) == CLOCK_NEVER);
	rig_connect(&rig, 200);
	tap_ok(log_has(&rig, "too many connections"));
	rig_die(&rig, 3, false);
	tap_ok(places_next_accept_ms(rig.monitor) <= clock_now_ms());
	rig_end_test(&rig);
}

/* -- any order ------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
	/* Marsaglia, Xorshift RNGs, 2003. */
	*state ^= *state << 13;
	*state ^= *state >> 17;
	return *state ^= *state << 5;
}

/* Steps that a session in this phase, or the operator, may well make: they lead somewhere. */
static const char *likely_steps(const struct rig *rig, const struct monitor_session *s)
{
	if (rig->monitor->asked)
		return "\x1f\x17\x18\x19\x11\x1c\x1d\x14";
	if (s->role.pid == 0)
		return "\x1f";
	switch (s->phase) {
	case PHASE_STARTING:
		return "\x01";
	case PHASE_READY:
		return "\x02\x02\x02\x03";
	case PHASE_GUESSING:
		return "\x12\x13";
	case PHASE_OPENING:
		return "\x04\x05\x05";
	case PHASE_ATTEMPT:
		return "\x06\x06\x06\x07\x1c\x1d\x1e";
	case PHASE_QUEUED:
		return "\x1f\x14\x1c";
	default:
		return "\x08\x08\x09\x0a\x0b\x0c\x0d\x0e\x10\x10\x1c";
	}
}

/* Mostly a likely step, now and then any; 0 connects. */
static uint8_t random_step(const struct rig *rig, uint32_t *state)
{
	unsigned place = next_random(state) % 4;
	const char *likely = likely_steps(rig, &rig->monitor->sessions[place]);
	uint8_t step = next_random(state) % 24 == 0
			       ? (uint8_t)(next_random(state) & 0x1f)
			       : (uint8_t)likely[next_random(state) % strlen(likely)];

	if (rig->monitor->sessions[place].role.pid == 0 && !rig->monitor->asked)
		step = 0;
	return (uint8_t)(step | place << 5);
}

static void the_rules_hold_whatever_comes_in_whatever_order(void)
{
	unsigned granted = 0, opened = 0, stored = 0, failed = 0, withdrawn = 0;

	for (uint32_t seed = 1; seed <= RUNS; seed++) {
		struct rig rig;
		uint32_t state = seed * 2654435761U;
		rig_init(&rig, seed % 4 == 0);
		for (int i = 0; i < STEPS && !rig.broken; i++) {
			uint8_t step = random_step(&rig, &state);
			rig_play(&rig, &step, 1);
		}
		rig_end_sessions(&rig);
		granted += rig.granted;
		opened += rig.opened;
		failed += rig.monitor->failed_attempts;
		withdrawn += rig.withdrawn;
		stored += rig_has_variable(&rig, &efi_host_key);
		rig_deinit(&rig);
		if (rig.broken) {
			tap_fail(__FILE__, __LINE__, "seed %u: %s", seed, rig.broken);
			return;
		}
	}
	/* That the runs came to where the rules say something. */
	printf("# granted %u, opened %u, failed %u, withdrawn %u, stored %u\n", granted, opened,
		failed, withdrawn, stored);
	tap_ok(granted > RUNS / 2 && opened > RUNS / 4 && failed > RUNS / 4);
	tap_ok(withdrawn > RUNS / 50 && stored > RUNS / 50);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(v1_is_written_and_answered_after_enter_and_not_before),
		TAP_TEST(v0_is_answered_at_once_and_written_after_enter),
		TAP_TEST(no_text_but_yes_no_end_and_no_signal_confirms),
		TAP_TEST(what_was_typed_before_the_question_does_not_confirm),
		TAP_TEST(after_a_client_that_left_enter_aborts_and_yes_confirms),
		TAP_TEST(a_commit_without_entropy_or_beside_another_is_refused),
		TAP_TEST(while_the_question_is_open_its_session_may_ask_for_nothing),
		TAP_TEST(an_attempt_counts_however_it_ends),
		TAP_TEST(attempts_come_one_after_the_other_in_order),
		TAP_TEST(the_tenth_failure_ends_the_service_and_refuses_the_queue),
		TAP_TEST(failures_while_the_question_is_open_do_not_end_it),
		TAP_TEST(a_flood_takes_places_from_itself),
		TAP_TEST(an_attempt_does_not_give_way_though_it_is_the_oldest),
		TAP_TEST(without_a_stranger_the_next_connection_waits),
		TAP_TEST(the_rules_hold_whatever_comes_in_whatever_order),
		{ 0 },
	};
	return tap_run(tests);
}
