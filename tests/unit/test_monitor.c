/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's decisions without a process: who may try, what is asked, what is written. */
#include "tap.h"

#include <poll.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "monitor_rig.h"

#include "net/tcp.h"
#include "service/places.h"
#include "service/spare.h"

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

/* The place must be the next free one. */
static void commit_v0_in(struct rig *rig, unsigned place)
{
	tap_ok(rig_connect(rig, 1));
	rig_send(rig, place, IPC_READY, NULL, 0);
	rig_send_byte(rig, place, IPC_SPEAKS, API_V0);
	rig_send(rig, place, IPC_AUTHENTICATE, RIG_PASSWORD, strlen(RIG_PASSWORD));
	rig_add_data(rig, place);
	rig_send(rig, place, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig->last_type, IPC_COMMITTED);
}

static void commit_v0(struct rig *rig)
{
	commit_v0_in(rig, 0);
}

static void v0_is_answered_at_once_and_written_after_enter(void)
{
	struct rig rig;

	rig_init(&rig, true);
	commit_v0(&rig);
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
		for (int k = 0; i == 2 && k <= QUESTION_AGAIN_MAX; k++)
			rig_type(&rig, "x\n");
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

static void after_a_client_that_left_only_the_words_of_the_next_one_confirm(void)
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
		tap_ok(!rig_has_variable(&rig, &efi_host_key));
		rig_type(&rig, RIG_WORDS "\n");
		tap_ok(rig_has_variable(&rig, &efi_host_key));
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
		IPC_ADD_DATA, IPC_SETUP_MODE, IPC_BLOB, IPC_SECURE_BOOT, IPC_PREPARE, IPC_COMMIT,
		IPC_AUTHENTICATE, IPC_FILE, IPC_CERTIFICATE };

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

/* Up to its question. */
static void ask_to_commit(struct rig *rig, unsigned place)
{
	open_session(rig, place);
	rig_add_data(rig, place);
	rig_send(rig, place, IPC_COMMIT, NULL, 0);
	tap_ok(rig->monitor->asked);
}

static void from_a_pipe_v1_is_confirmed_by_its_words_alone(void)
{
	struct rig rig;

	rig_init(&rig, false);
	rig_pipe_console(&rig);
	/* What was written before is read when the question comes. */
	rig_type(&rig, "\n");
	open_session(&rig, 0);
	rig_add_data(&rig, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	rig_turn(&rig);
	tap_eq_int(rig.monitor->console.asked_again, 1);
	rig_type(&rig, "yes\n");
	rig_type(&rig, "bebeb-bebec\n");
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	tap_ok(!rig_has_variable(&rig, &efi_host_key));
	rig_type(&rig, RIG_WORDS "\n");
	tap_ok(rig_has_variable(&rig, &efi_host_key));
	rig_end_test(&rig);
}

/* An attacker may have read the code: a habit must not confirm his commit. */
static void once_another_connection_has_shown_the_code_only_the_words_confirm(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_die(&rig, 0, false);
	ask_to_commit(&rig, 0);
	tap_ok(log_has(&rig, "1 other connection has shown the code in this run"));
	rig_type(&rig, "\n");
	rig_type(&rig, "yes\n");
	rig_type(&rig, "bebeb-bebec\n");
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	tap_ok(!rig_has_variable(&rig, &efi_host_key));
	rig_type(&rig, RIG_WORDS "\n");
	tap_ok(rig_has_variable(&rig, &efi_host_key));
	rig_end_test(&rig);
}

static void the_words_are_on_the_console_as_soon_as_the_code_was_shown(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	tap_ok(log_has(&rig, "comparison words: bebeb bebeb"));
	rig_end_test(&rig);
}

/* -- prepare ---------------------------------------------------------------------------------- */

static void what_prepare_told_is_what_the_commit_stores(void)
{
	struct rig rig;
	char key[HOSTKEY_FINGERPRINT_MAX];

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	rig_add_data(&rig, 0);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	tap_eq_int(rig.last_type, IPC_PREPARED);
	memcpy(key, rig.monitor->sessions[0].offer.key.fingerprint, sizeof(key));
	/* Once for a connection. */
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	tap_eq_text(rig.monitor->sessions[0].offer.key.fingerprint, key);
	rig_add_data(&rig, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(!rig.monitor->provision.committed && !rig_has_variable(&rig, &efi_host_key));
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_ok(log_has(&rig, key));
	rig_type(&rig, "\n");
	tap_eq_text(rig.monitor->provision.key.fingerprint, key);
	tap_eq_text(rig.monitor->commit.fingerprint, key);
	rig_end_test(&rig);
}

static void prepare_is_refused_under_the_question_of_another(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_add_data(&rig, 0);
	ask_to_commit(&rig, 1);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(!rig.monitor->sessions[0].offer.made);
	rig_end_test(&rig);
}

/* The laptop has checked its known_hosts for the name that it was told. */
static void a_commit_is_refused_when_the_name_is_no_longer_the_one_that_was_told(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_add_data(&rig, 0);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	snprintf(rig.hostname, sizeof(rig.hostname), "other.example.org");
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_eq_int(rig.monitor->stage, STAGE_SERVING);
	rig_end_test(&rig);
}

static void a_line_that_is_no_answer_is_asked_again(void)
{
	struct rig rig;

	rig_init(&rig, false);
	ask_to_commit(&rig, 0);
	for (int k = 0; k < QUESTION_AGAIN_MAX; k++)
		rig_type(&rig, "x\n");
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	rig_type(&rig, "\n");
	tap_ok(rig_has_variable(&rig, &efi_host_key));
	rig_end_test(&rig);
}

/* -- what the review named ------------------------------------------------------------------- */

static void v1_is_asked_anew_when_the_host_name_changed_and_answers_with_the_new_one(void)
{
	struct rig rig;

	rig_init(&rig, false);
	strcpy(rig.hostname, "early.example.org");
	ask_to_commit(&rig, 0);
	tap_ok(log_has(&rig, "host name: early.example.org"));
	strcpy(rig.hostname, "late.example.org");
	rig_type(&rig, "\n");
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	tap_ok(rig.monitor->asked && !rig_has_variable(&rig, &efi_host_key));
	tap_ok(log_has(&rig, "host name: late.example.org"));
	rig_type(&rig, "\n");
	tap_ok(rig_has_variable(&rig, &efi_host_key));
	tap_eq_int(rig.last_type, IPC_COMMITTED);
	tap_eq_text(rig.monitor->commit.hostname, "late.example.org");
	rig_end_test(&rig);
}

static void v1_fails_when_the_host_name_is_gone(void)
{
	struct rig rig;

	rig_init(&rig, false);
	ask_to_commit(&rig, 0);
	rig.hostname[0] = '\0';
	rig_type(&rig, "\n");
	tap_ok(!rig_has_variable(&rig, &efi_host_key));
	tap_eq_int(rig.last.result, API_E_FAILED);
	tap_ok(strstr(rig.last.error.text, "nothing was written") != NULL);
	rig_end_test(&rig);
}

static void write_other_key(struct rig *rig, char byte)
{
	char file[EFI_FILE_NAME_MAX], data[] = { 7, 0, 0, 0, byte };

	efi_file_name(&rig->efi, &efi_host_key, file);
	int fd = openat(rig->efi.fd, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	tap_eq_int(write(fd, data, sizeof(data)), sizeof(data));
	close(fd);
}

static void a_host_key_that_came_meanwhile_is_asked_about(void)
{
	for (int compat = 0; compat < 2; compat++) {
		struct rig rig;
		rig_init(&rig, compat);
		/* It is there before the operator confirms, and not by the service. */
		rig.confirmed = true;
		if (compat)
			commit_v0(&rig);
		else
			ask_to_commit(&rig, 0);
		tap_ok(!log_has(&rig, "will replace STHostKey"));
		write_other_key(&rig, 'a');
		rig_type(&rig, "\n");
		tap_eq_int(rig.monitor->stage, STAGE_ASKING);
		tap_ok(log_has(&rig, "will replace STHostKey"));
		write_other_key(&rig, 'b');
		rig_type(&rig, "\n");
		tap_eq_int(rig.monitor->stage, STAGE_ASKING);
		rig_type(&rig, "\n");
		tap_eq_int(rig.monitor->result, 0);
		tap_ok(log_has(&rig, "stored in STHostKey"));
		rig_end_test(&rig);
	}
}

static void v0_which_was_answered_aborts_when_the_host_name_changed(void)
{
	struct rig rig;

	rig_init(&rig, true);
	commit_v0(&rig);
	strcpy(rig.hostname, "late.example.org");
	rig_type(&rig, "\n");
	tap_ok(!rig_has_variable(&rig, &efi_host_key));
	tap_eq_int(rig.monitor->result, -ECANCELED);
	tap_ok(strstr(rig.monitor->text.text, "late.example.org") != NULL);
	tap_ok(strstr(rig.monitor->text.text, "nothing was written") != NULL);
	rig_end_test(&rig);
}

/* -- the console ----------------------------------------------------------------------------- */

static void a_console_that_cannot_be_written_ends_the_service(void)
{
	for (int asking = 0; asking < 2; asking++) {
		struct rig rig;
		rig_init(&rig, false);
		open_session(&rig, 0);
		rig_add_data(&rig, 0);
		if (asking)
			rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
		close(rig.log_fd);
		rig.log_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
		rig_connect(&rig, 9);
		rig_die(&rig, 1, true);
		/* While the question is open, nothing is printed about a stranger. */
		if (asking)
			rig_send_byte(&rig, 1, IPC_NOT_OPENED, 1);
		if (asking)
			rig_type(&rig, "no\n");
		rig_turn(&rig);
		tap_eq_int(rig.monitor->result, -ECANCELED);
		if (!asking)
			tap_ok(strstr(rig.monitor->text.text, "the console cannot be written") !=
				NULL);
		tap_ok(!rig_has_variable(&rig, &efi_host_key));
		rig_end_test(&rig);
	}
}

static void a_review_that_cannot_be_written_is_not_asked_about(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_add_data(&rig, 0);
	close(rig.log_fd);
	rig.log_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_ok(!rig.monitor->asked);
	tap_eq_int(rig.monitor->result, -ECANCELED);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	rig_type(&rig, "\n");
	tap_ok(!rig_has_variable(&rig, &efi_host_key));
	rig_end_test(&rig);
}

static void nothing_about_strangers_is_printed_under_the_question(void)
{
	struct rig rig;

	rig_init(&rig, false);
	ask_to_commit(&rig, 0);
	rig_connect(&rig, 2);
	rig_send(&rig, 1, IPC_FAILED, "SECRET LINE", 11);
	rig_die(&rig, 1, true);
	rig_connect(&rig, 3);
	rig_make_late(&rig, 1);
	rig_connect(&rig, 4);
	rig_send(&rig, 1, IPC_COMMIT, NULL, 0);
	rig.cannot_start = true;
	rig_connect(&rig, 5);
	tap_ok(!log_has(&rig, "SECRET") && !log_has(&rig, "killed") && !log_has(&rig, "timed out"));
	tap_ok(!log_has(&rig, "not permitted") && !log_has(&rig, "turned away"));
	tap_eq_int(rig.monitor->unshown, 5);
	rig_end_test(&rig);
}

/* -- the spare session ------------------------------------------------------------------------ */

static struct rig_end *begin_with_spare(struct rig *rig)
{
	rig_init(rig, false);
	rig->monitor->keeps_spare = true;
	rig_turn(rig);
	return rig_end_of(rig, rig->monitor->spare.pid);
}

/* The spare sends a frame without a payload. */
static void spare_sends(struct rig *rig, struct rig_end *spare, uint8_t type)
{
	struct error error;

	spare->ready |= type == IPC_READY;
	tap_eq_int(frame_send(spare->fd, type, NULL, 0, &error), 0);
	rig_turn(rig);
}

static void a_spare_session_serves_the_next_connection_at_once(void)
{
	struct rig rig;
	struct rig_end *spare = begin_with_spare(&rig);

	tap_ok(spare && spare->started);
	spare_sends(&rig, spare, IPC_READY);
	rig_connect(&rig, 2);
	const struct monitor_session *session = &rig.monitor->sessions[0];
	tap_eq_int(session->phase, PHASE_READY);
	tap_ok(session->role.pid == spare->pid && spare->connected && session->connection_fd < 0);
	/* And is followed by another process: none serves two. */
	rig_turn(&rig);
	tap_ok(rig.monitor->spare.pid != 0 && rig.monitor->spare.pid != session->role.pid);
	tap_ok(!rig.monitor->spare_ready);
	rig_end_test(&rig);
}

static void a_spare_session_that_is_not_ready_gets_the_connection_when_it_is(void)
{
	struct rig rig;
	struct rig_end *spare = begin_with_spare(&rig);

	rig_connect(&rig, 2);
	tap_eq_int(rig.monitor->sessions[0].phase, PHASE_STARTING);
	tap_ok(rig.monitor->sessions[0].role.pid == spare->pid && !spare->connected);
	rig_send(&rig, 0, IPC_READY, NULL, 0);
	tap_eq_int(rig.monitor->sessions[0].phase, PHASE_READY);
	tap_ok(spare->connected);
	rig_end_test(&rig);
}

static void a_spare_session_that_ends_or_says_something_else_goes_unnoticed(void)
{
	for (int how = 0; how < 4; how++) {
		struct rig rig;
		struct rig_end *spare = begin_with_spare(&rig);
		pid_t pid = spare->pid;
		if (how == 0)
			spare_sends(&rig, spare, IPC_FAILED);
		else if (how == 1)
			spare_sends(&rig, spare, IPC_OPENED);
		else if (how == 2)
			spare_sends(&rig, spare, IPC_READY), spare_sends(&rig, spare, IPC_READY);
		else
			cleanup_close(&spare->fd), spare->fd = -1, rig_turn(&rig);
		/* The next one comes later: one that always fails does not keep the machine busy.
		 */
		tap_eq_int(rig.monitor->spare.pid, 0);
		tap_ok(rig.monitor->spare_after_ms > clock_now_ms());
		tap_ok(rig_end_of(&rig, pid) == NULL && !log_has(&rig, "session"));
		/* A connection does not wait for that. */
		rig_connect(&rig, 2);
		rig_send(&rig, 0, IPC_READY, NULL, 0);
		tap_eq_int(rig.monitor->sessions[0].phase, PHASE_READY);
		rig_end_test(&rig);
	}
}

static void there_is_no_spare_session_once_nothing_is_accepted(void)
{
	struct rig rig;

	rig_init(&rig, false);
	monitor_stop_listening(rig.monitor);
	rig.monitor->keeps_spare = true;
	rig_turn(&rig);
	tap_eq_int(rig.monitor->spare.pid, 0);
	rig_end_test(&rig);
}

/* What the first session says at once; 0: it breaks the rules of its sandbox. */
static uint8_t first_words;

static int start_first(struct monitor *monitor, struct role *ret, struct error *error)
{
	int r = rig_start_role(monitor, ret, error);
	struct rig_end *end = r == 0 ? rig_end_of(rig_of_ops, ret->pid) : NULL;

	if (end && first_words)
		return frame_send(end->fd, first_words, "why", 3, error);
	if (end) {
		/* Its start frame is there before it ends, so that only its end is missed. */
		end->crashed = true;
		shutdown(end->fd, SHUT_WR);
	}
	return r;
}

static struct role_end stop_first(struct role *role)
{
	struct rig_end *end = rig_end_of(rig_of_ops, role->pid);

	if (end && end->crashed) {
		cleanup_close(&end->fd);
		end->fd = -1;
	}
	return rig_stop_role(role);
}

static void the_service_needs_a_first_session_that_entered_its_sandbox(void)
{
	static const struct monitor_roles roles = { .start = start_first, .stop = stop_first };
	static const struct {
		uint8_t words;
		const char *text; /* NULL: the service may start */
	} rows[] = {
		{ IPC_READY, NULL },
		{ IPC_FAILED, "sandbox: why" },
		{ IPC_LOG, "sandbox: why" },
		{ 0, "sandbox: the first session broke the rules of its sandbox and was killed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error error = ERROR_INIT;
		struct rig rig;
		rig_init(&rig, false);
		rig.monitor->roles = &roles;
		first_words = rows[i].words;
		tap_eq_int(spare_try(rig.monitor, &error), rows[i].text ? -EPERM : 0);
		tap_eq_text(error.text, rows[i].text ? rows[i].text : "");
		tap_eq_int(rig.monitor->spare_ready, !rows[i].text);
		tap_eq_int(rig.monitor->spare.pid != 0, !rows[i].text);
		rig_end_test(&rig);
	}
}

static void before_its_sandbox_a_session_may_only_report(void)
{
	for (unsigned type = 0; type < 40; type++) {
		struct rig rig;
		if (type == IPC_READY || type == IPC_FAILED)
			continue;
		rig_init(&rig, true);
		rig_connect(&rig, 2);
		struct error error;
		tap_eq_int(frame_send(rig_end_at(&rig, 0)->fd, type, NULL, 0, &error), 0);
		rig_turn(&rig);
		tap_eq_int(rig.monitor->sessions[0].role.pid, 0);
		tap_ok(log_has(&rig, "made a request that is not permitted"));
		rig_end_test(&rig);
	}
}

static void v0_writes_no_keys_under_the_question_of_another(void)
{
	struct rig rig;

	rig_init(&rig, true);
	tap_ok(rig_connect(&rig, 1));
	rig_send(&rig, 0, IPC_READY, NULL, 0);
	rig_send_byte(&rig, 0, IPC_SPEAKS, API_V0);
	rig_send(&rig, 0, IPC_AUTHENTICATE, RIG_PASSWORD, strlen(RIG_PASSWORD));
	ask_to_commit(&rig, 1);
	send_keys(&rig, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(!rig_has_variable(&rig, &efi_pk) && !log_has(&rig, "Secure Boot"));
	rig_end_test(&rig);
}

/* Every recvmsg(2) of this process fails. For good: it is to be a child. */
static bool take_memory_away(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	return ctx && seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOMEM), SCMP_SYS(recvmsg), 0) == 0 &&
	       seccomp_load(ctx) == 0;
}

static void a_frame_that_finds_no_memory_is_a_line_and_not_the_session_s_end(void)
{
	int status = -1;
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		struct rig rig;
		rig_init(&rig, false);
		open_session(&rig, 0);
		if (!take_memory_away())
			_exit(2);
		rig_send(&rig, 0, IPC_SETUP_MODE, NULL, 0);
		bool good = rig.monitor->sessions[0].phase == PHASE_OPENED &&
			    log_has(&rig, "Cannot allocate memory; trying again") &&
			    rig.monitor->frames_after_ms > clock_now_ms() - 60000;
		_exit(good ? 0 : 1);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_eq_int(status, 0);
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

static void there_is_no_failed_attempt_11_of_10(void)
{
	struct rig rig;

	rig_init(&rig, true);
	begin_attempt(&rig, 0);
	tap_ok(rig_connect(&rig, 2));
	rig_send(&rig, 1, IPC_READY, NULL, 0);
	rig_send_byte(&rig, 1, IPC_SPEAKS, API_V0);
	for (int i = 0; i < FAILED_ATTEMPTS_MAX; i++)
		rig_send(&rig, 1, IPC_AUTHENTICATE, "wrong", 5);
	tap_ok(log_has(&rig, "failed attempt 10 of 10"));
	rig_send_byte(&rig, 0, IPC_NOT_OPENED, 1);
	tap_ok(log_has(&rig, "wrong code, after the last attempt"));
	tap_ok(!log_has(&rig, "11 of 10"));
	rig_end_test(&rig);
}

/*
 * After v0.0.1's commit the other sessions are not ended at once. Place 0 may say hello, place 1
 * tries, place 2 waits for that, and place 3 has committed.
 */
static void begin_farewell(struct rig *rig)
{
	rig_init(rig, true);
	tap_ok(rig_connect(rig, 2));
	rig_send(rig, 0, IPC_READY, NULL, 0);
	rig_send_byte(rig, 0, IPC_SPEAKS, API_V1);
	begin_attempt(rig, 1);
	begin_attempt(rig, 2);
	commit_v0_in(rig, 3);
	rig_type(rig, "yes\n");
	tap_eq_int(rig->monitor->stage, STAGE_FAREWELL);
	tap_eq_int(rig->monitor->sessions[1].phase, PHASE_ATTEMPT);
	tap_eq_int(rig->monitor->sessions[2].phase, PHASE_QUEUED);
	tap_eq_int(rig->granted, 1);
}

static void once_the_result_is_known_clients_are_told_and_may_not_try(void)
{
	struct rig rig;

	begin_farewell(&rig);
	rig_send(&rig, 0, IPC_HELLO, NULL, 0);
	tap_eq_int(rig.last_type, IPC_STATUS);
	tap_eq_int(rig.last_status, OPENING_COMMITTED);
	rig_send(&rig, 0, IPC_ATTEMPT, NULL, 0);
	tap_eq_int(rig.last.result, API_E_DENIED);
	tap_eq_int(rig.monitor->sessions[0].phase, PHASE_OPENING);
	tap_eq_int(rig.granted, 1);
	rig_end_test(&rig);
}

static void once_the_result_is_known_the_end_of_an_attempt_is_no_failure(void)
{
	struct rig rig;

	begin_farewell(&rig);
	rig_die(&rig, 1, false);
	tap_eq_int(rig.monitor->sessions[1].role.pid, 0);
	tap_eq_int(rig.monitor->failed_attempts, 0);
	tap_eq_int(rig.granted, 1);
	rig_end_test(&rig);
}

static void once_the_result_is_known_nobody_follows_the_attempt_that_is_under_way(void)
{
	for (int opens = 0; opens < 2; opens++) {
		static const uint8_t words[CODE_SIZE];
		struct rig rig;
		begin_farewell(&rig);
		if (opens)
			rig_send(&rig, 1, IPC_OPENED, words, sizeof(words));
		else
			rig_send_byte(&rig, 1, IPC_NOT_OPENED, 1);
		tap_eq_int(rig.granted, 1);
		tap_eq_int(rig.monitor->sessions[2].phase, PHASE_OPENING);
		rig_end_test(&rig);
	}
}

static void after_the_last_opening_nobody_follows(void)
{
	static const uint8_t words[CODE_SIZE];
	struct rig rig;

	rig_init(&rig, false);
	begin_attempt(&rig, 0);
	begin_attempt(&rig, 1);
	rig.monitor->openings = OPENINGS_MAX - 1;
	rig_send(&rig, 0, IPC_OPENED, words, sizeof(words));
	tap_eq_int(rig.monitor->sessions[0].phase, PHASE_OPENED);
	tap_eq_int(rig.monitor->sessions[1].phase, PHASE_OPENING);
	tap_eq_int(rig.granted, 1);
	rig_end_test(&rig);
}

/* -- secrets --------------------------------------------------------------------------------- */

static bool is_frame_wiped(const struct rig *rig)
{
	static const uint8_t nothing[FRAME_PAYLOAD_MAX];

	return memcmp(rig->monitor->frame.payload, nothing, sizeof(nothing)) == 0;
}

static void no_password_is_left_in_the_frame_right_or_wrong(void)
{
	static const char *const passwords[] = { RIG_PASSWORD, "mistyped" };

	for (unsigned i = 0; i < ARRAY_SIZE(passwords); i++) {
		struct rig rig;
		rig_init(&rig, true);
		tap_ok(rig_connect(&rig, 1));
		rig_send(&rig, 0, IPC_READY, NULL, 0);
		rig_send_byte(&rig, 0, IPC_SPEAKS, API_V0);
		rig_send(&rig, 0, IPC_AUTHENTICATE, passwords[i], strlen(passwords[i]));
		tap_eq_int(rig.monitor->failed_attempts, i);
		tap_ok(is_frame_wiped(&rig));
		rig_end_test(&rig);
	}
}

static void no_entropy_is_left_in_the_frame(void)
{
	struct api_add_data data = { .timestamp = 1 };
	uint8_t payload[IPC_SMALL_MAX];
	struct rig rig;

	memset(data.entropy, 0x5a, sizeof(data.entropy));
	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send(&rig, 0, IPC_ADD_DATA, payload, session_ipc_encode_add_data(&data, payload));
	tap_eq_int(rig.last.result, 0);
	tap_ok(is_frame_wiped(&rig));
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

/* A full table in which place i has the source @sources[i] and is @ages[i] older than the newest.
 */
static void fill_places(struct rig *rig, const uint8_t *sources, const uint8_t *ages)
{
	int64_t now = clock_now_ms();

	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		tap_ok(rig_connect(rig, sources[i]));
		rig->monitor->sessions[i].started_ms = now - ages[i];
	}
}

/* Which place the next connection gets. */
static unsigned next_place(struct rig *rig)
{
	pid_t before[SESSIONS_MAX];
	unsigned i = 0;

	for (unsigned k = 0; k < SESSIONS_MAX; k++)
		before[k] = rig->monitor->sessions[k].role.pid;
	tap_ok(rig_connect(rig, 250));
	while (i < SESSIONS_MAX && rig->monitor->sessions[i].role.pid == before[i])
		i++;
	return i;
}

static void the_oldest_of_the_source_with_the_most_connections_gives_way(void)
{
	/* The flood has all places but the first and the last ones, or each place another source.
	 */
	for (int flood = 0; flood < 2; flood++) {
		uint8_t sources[SESSIONS_MAX], ages[SESSIONS_MAX];
		struct rig rig;
		for (unsigned i = 0; i < SESSIONS_MAX; i++) {
			bool outside = i < 2 || i >= SESSIONS_MAX - 2;
			sources[i] = (uint8_t)(flood && !outside ? 100 : i + 1);
			ages[i] = flood && outside ? 200 : 50;
		}
		ages[SESSIONS_MAX / 2] = 100;
		ages[SESSIONS_MAX / 2 + 1] = 20;
		rig_init(&rig, false);
		fill_places(&rig, sources, ages);
		tap_eq_int(next_place(&rig), SESSIONS_MAX / 2);
		rig_end_test(&rig);
	}
}

static struct net_addr addr_of(uint8_t network, uint8_t host)
{
	return (struct net_addr){ .family = 6,
		.bytes = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host } };
}

static void a_network_of_64_bits_is_one_source(void)
{
	struct net_addr client = addr_of(1, 1);
	struct rig rig;

	rig_init(&rig, false);
	tap_ok(rig_connect_from(&rig, &client));
	pid_t legitimate = rig.monitor->sessions[0].role.pid;
	for (int i = 0; i < 4 * SESSIONS_MAX; i++) {
		struct net_addr flood = addr_of(2, (uint8_t)i);
		rig_connect_from(&rig, &flood);
	}
	tap_eq_int(rig.monitor->sessions[0].role.pid, legitimate);
	rig_end_test(&rig);
}

/* Whatever came before it: its place is taken by nobody. */
static void a_session_that_sent_message_3_keeps_its_place(void)
{
	struct rig rig;

	rig_init(&rig, false);
	begin_attempt(&rig, 0);
	begin_attempt(&rig, 1);
	tap_eq_int(rig.monitor->sessions[1].phase, PHASE_QUEUED);
	pid_t queued = rig.monitor->sessions[1].role.pid;
	for (unsigned i = 0; i < 8 * SESSIONS_MAX; i++)
		rig_connect(&rig, (uint8_t)(i % 16 + 10));
	tap_eq_int(rig.monitor->sessions[1].role.pid, queued);
	tap_ok(log_has(&rig, "closed to make room"));
	rig_end_test(&rig);
}

static void a_client_without_a_session_is_told_busy_in_its_protocol(void)
{
	for (int v0 = 0; v0 < 2; v0++) {
		struct rig rig;
		uint8_t got[16] = { 0xff };
		int pair[2];
		rig_init(&rig, true);
		rig.cannot_start = true;
		tap_eq_int(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		tap_eq_int(write(pair[1], v0 ? "\x16\3\1" : "STPROV/1\n", v0 ? 3 : 9), v0 ? 3 : 9);
		rig.connection_fd = pair[0];
		rig_connect(&rig, 2);
		close(pair[0]);
		tap_eq_int(read(pair[1], got, sizeof(got)), v0 ? 7 : 1);
		tap_eq_int(got[0], v0 ? 0x15 : OPENING_BUSY);
		close(pair[1]);
		tap_ok(log_has(&rig, "192.0.2.2:1024: turned away: cannot start a session: "));
		rig.connection_fd = -1;
		rig.cannot_start = false;
		tap_ok(rig_connect(&rig, 3) && rig.monitor->sessions[0].role.pid != 0);
		rig_end_test(&rig);
	}
}

/* Takes all descriptors below @limit, and allows no more. */
static bool use_up_descriptors(int limit)
{
	const struct rlimit r = { (rlim_t)limit, (rlim_t)limit };
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd < limit);
	close(fd);
	return setrlimit(RLIMIT_NOFILE, &r) == 0;
}

static int without_descriptors(void)
{
	const struct net_addr loopback = { .family = 4, .bytes = { 127, 0, 0, 1 } };
	struct error error;
	struct rig rig;
	uint16_t port;
	uint8_t got = 0xff;
	int fd;

	rig_init(&rig, false);
	close(rig.monitor->listen_fd);
	if (net_allow_add(&rig.config.allow, "127.0.0.1", &error) < 0 ||
		net_listen(&loopback, 0, 8, &rig.monitor->listen_fd, &port, &error) < 0 ||
		net_connect(&loopback, port, CLOCK_NEVER, &fd, &error) < 0 ||
		loop_take_reserve(rig.monitor, &error) < 0)
		return 2;
	rig_swap_console(&rig);
	rig.log_fd = STDERR_FILENO;
	if (!use_up_descriptors(64) || loop_turn(rig.monitor, 0, &error) < 0)
		return 2;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	if (poll(&p, 1, 10000) != 1 || read(fd, &got, 1) != 1 || got != OPENING_BUSY)
		return 3;
	return log_has(&rig, "cannot accept a connection") && log_has(&rig, "turned away") &&
			       rig.monitor->reserve_fd >= 0
		       ? 0
		       : 4;
}

static void a_client_for_whom_no_descriptor_is_left_is_told_busy(void)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(without_descriptors());
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_eq_int(status, 0);
}

static void a_client_whose_session_dies_before_its_sandbox_is_told_busy_and_no_other(void)
{
	for (int ready = 0; ready < 2; ready++) {
		struct rig rig;
		uint8_t got[16] = { 0xff };
		int pair[2];
		rig_init(&rig, false);
		tap_eq_int(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		rig.connection_fd = pair[0];
		rig_connect(&rig, 2);
		close(pair[0]);
		rig.connection_fd = -1;
		if (ready)
			rig_send(&rig, 0, IPC_READY, NULL, 0);
		rig_die(&rig, 0, true);
		tap_eq_int(rig.monitor->sessions[0].role.pid, 0);
		tap_eq_int(read(pair[1], got, sizeof(got)), ready ? 0 : 1);
		tap_eq_int(got[0], ready ? 0xff : OPENING_BUSY);
		close(pair[1]);
		rig_end_test(&rig);
	}
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
	const unsigned runs = tap_rounds(RUNS);
	unsigned granted = 0, opened = 0, stored = 0, failed = 0, withdrawn = 0;

	for (uint32_t seed = 1; seed <= runs; seed++) {
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
	tap_ok(granted > runs / 2 && opened > runs / 4 && failed > runs / 4);
	tap_ok(withdrawn > runs / 50 && stored > runs / 50);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(v1_is_written_and_answered_after_enter_and_not_before),
		TAP_TEST(v0_is_answered_at_once_and_written_after_enter),
		TAP_TEST(no_text_but_yes_no_end_and_no_signal_confirms),
		TAP_TEST(what_was_typed_before_the_question_does_not_confirm),
		TAP_TEST(after_a_client_that_left_only_the_words_of_the_next_one_confirm),
		TAP_TEST(a_commit_without_entropy_or_beside_another_is_refused),
		TAP_TEST(while_the_question_is_open_its_session_may_ask_for_nothing),
		TAP_TEST(an_attempt_counts_however_it_ends),
		TAP_TEST(attempts_come_one_after_the_other_in_order),
		TAP_TEST(the_tenth_failure_ends_the_service_and_refuses_the_queue),
		TAP_TEST(failures_while_the_question_is_open_do_not_end_it),
		TAP_TEST(once_the_result_is_known_clients_are_told_and_may_not_try),
		TAP_TEST(once_the_result_is_known_the_end_of_an_attempt_is_no_failure),
		TAP_TEST(once_the_result_is_known_nobody_follows_the_attempt_that_is_under_way),
		TAP_TEST(after_the_last_opening_nobody_follows),
		TAP_TEST(no_password_is_left_in_the_frame_right_or_wrong),
		TAP_TEST(no_entropy_is_left_in_the_frame),
		TAP_TEST(a_flood_takes_places_from_itself),
		TAP_TEST(the_oldest_of_the_source_with_the_most_connections_gives_way),
		TAP_TEST(an_attempt_does_not_give_way_though_it_is_the_oldest),
		TAP_TEST(without_a_stranger_the_next_connection_waits),
		TAP_TEST(from_a_pipe_v1_is_confirmed_by_its_words_alone),
		TAP_TEST(once_another_connection_has_shown_the_code_only_the_words_confirm),
		TAP_TEST(the_words_are_on_the_console_as_soon_as_the_code_was_shown),
		TAP_TEST(what_prepare_told_is_what_the_commit_stores),
		TAP_TEST(prepare_is_refused_under_the_question_of_another),
		TAP_TEST(a_commit_is_refused_when_the_name_is_no_longer_the_one_that_was_told),
		TAP_TEST(a_line_that_is_no_answer_is_asked_again),
		TAP_TEST(v1_is_asked_anew_when_the_host_name_changed_and_answers_with_the_new_one),
		TAP_TEST(v1_fails_when_the_host_name_is_gone),
		TAP_TEST(a_host_key_that_came_meanwhile_is_asked_about),
		TAP_TEST(v0_which_was_answered_aborts_when_the_host_name_changed),
		TAP_TEST(a_console_that_cannot_be_written_ends_the_service),
		TAP_TEST(a_review_that_cannot_be_written_is_not_asked_about),
		TAP_TEST(nothing_about_strangers_is_printed_under_the_question),
		TAP_TEST(v0_writes_no_keys_under_the_question_of_another),
		TAP_TEST(a_frame_that_finds_no_memory_is_a_line_and_not_the_session_s_end),
		TAP_TEST(there_is_no_failed_attempt_11_of_10),
		TAP_TEST(a_network_of_64_bits_is_one_source),
		TAP_TEST(a_session_that_sent_message_3_keeps_its_place),
		TAP_TEST(a_client_without_a_session_is_told_busy_in_its_protocol),
		TAP_TEST(a_client_for_whom_no_descriptor_is_left_is_told_busy),
		TAP_TEST(a_client_whose_session_dies_before_its_sandbox_is_told_busy_and_no_other),
		TAP_TEST(a_spare_session_serves_the_next_connection_at_once),
		TAP_TEST(a_spare_session_that_is_not_ready_gets_the_connection_when_it_is),
		TAP_TEST(a_spare_session_that_ends_or_says_something_else_goes_unnoticed),
		TAP_TEST(there_is_no_spare_session_once_nothing_is_accepted),
		TAP_TEST(the_service_needs_a_first_session_that_entered_its_sandbox),
		TAP_TEST(before_its_sandbox_a_session_may_only_report),
		TAP_TEST(the_rules_hold_whatever_comes_in_whatever_order),
		{ 0 },
	};
	return tap_run(tests);
}
