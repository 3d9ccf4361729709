/* SPDX-License-Identifier: BSD-2-Clause */
/* service/ and console/: frames between monitor and session, the derivations of a commit, the
 * operator's answer. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "api/server.h"
#include "console/journal.h"
#include "console/question.h"
#include "service/provision.h"
#include "service/session_ipc.h"

static struct frame frame;

static void set_frame(uint8_t type, const void *payload, size_t len)
{
	frame.type = type;
	frame.len = len;
	memcpy(frame.payload, payload, len);
}

static void a_start_goes_round_and_only_whole(void)
{
	struct ipc_start start = { .deadline_ms = INT64_C(1) << 40, .compat = true, .trial = true },
			 got;
	uint8_t out[IPC_SMALL_MAX];

	memset(start.seed, 0xab, sizeof(start.seed));
	memset(&start.verifier, 0xcd, sizeof(start.verifier));
	size_t len = session_ipc_encode_start(&start, out);
	set_frame(IPC_START, out, len);
	tap_ok(session_ipc_decode_start(&frame, &got));
	tap_eq_bytes(got.seed, 32, start.seed, 32);
	tap_eq_bytes(&got.verifier, sizeof(got.verifier), &start.verifier, sizeof(got.verifier));
	tap_ok(got.deadline_ms == start.deadline_ms && got.compat && got.trial);
	for (frame.len = 0; frame.len < len; frame.len++)
		tap_ok(!session_ipc_decode_start(&frame, &got));
	frame.len = len + 1;
	tap_ok(!session_ipc_decode_start(&frame, &got));
	set_frame(IPC_ANSWER, out, len);
	tap_ok(!session_ipc_decode_start(&frame, &got));
}

static void an_answer_goes_round_with_the_longest_text(void)
{
	struct ipc_answer answer = { .result = API_E_CONFLICT }, got;
	uint8_t out[IPC_SMALL_MAX];

	memset(answer.error.text, 'x', ERROR_TEXT_MAX - 1);
	set_frame(IPC_ANSWER, out, session_ipc_encode_answer(&answer, out));
	tap_ok(session_ipc_decode_answer(&frame, &got));
	tap_eq_int(got.result, API_E_CONFLICT);
	tap_eq_text(got.error.text, answer.error.text);
	frame.len++;
	tap_ok(!session_ipc_decode_answer(&frame, &got));
	set_frame(IPC_ANSWER, "\x05", 1);
	tap_ok(!session_ipc_decode_answer(&frame, &got));
	frame.len = 0;
	tap_ok(!session_ipc_decode_answer(&frame, &got));
}

static void a_commit_goes_round_with_the_longest_texts(void)
{
	struct api_commit commit, got;
	uint8_t out[IPC_SMALL_MAX];

	memset(&commit, 0, sizeof(commit));
	memset(commit.publickey, 'p', API_TEXT_MAX - 1);
	memset(commit.hostname, 'h', API_TEXT_MAX - 1);
	memset(commit.identity, 'i', API_TEXT_MAX - 1);
	size_t len = session_ipc_encode_committed(&commit, out);
	set_frame(IPC_COMMITTED, out, len);
	tap_ok(session_ipc_decode_committed(&frame, &got));
	tap_ok(memcmp(&commit, &got, sizeof(got)) == 0);
	for (frame.len = 0; frame.len < len; frame.len++)
		tap_ok(!session_ipc_decode_committed(&frame, &got));
	/* A text that claims to be longer than its place. */
	set_frame(IPC_COMMITTED, "\0\0\1\0", 4);
	frame.len = 4 + API_TEXT_MAX;
	tap_ok(!session_ipc_decode_committed(&frame, &got));
}

static void entropy_goes_round_and_its_time_is_not_negative(void)
{
	struct api_add_data data = { .timestamp = 5 }, got;
	uint8_t out[IPC_SMALL_MAX];
	size_t len = session_ipc_encode_add_data(&data, out);

	set_frame(IPC_ADD_DATA, out, len);
	tap_ok(session_ipc_decode_add_data(&frame, &got));
	tap_eq_int(got.timestamp, 5);
	frame.payload[32] = 0x80;
	tap_ok(!session_ipc_decode_add_data(&frame, &got));
}

static void a_frame_arrives_whole_or_not_at_all(void)
{
	int pair[2];
	struct error error = ERROR_INIT;
	static uint8_t big[FRAME_PAYLOAD_MAX + 2];

	tap_eq_int(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	tap_eq_int(frame_receive(pair[1], &frame, &error), -EAGAIN);
	tap_eq_int(frame_send(pair[0], 7, big, FRAME_PAYLOAD_MAX, &error), 0);
	tap_eq_int(frame_receive(pair[1], &frame, &error), 0);
	tap_ok(frame.type == 7 && frame.len == FRAME_PAYLOAD_MAX);
	tap_eq_int(frame_send(pair[0], 7, big, FRAME_PAYLOAD_MAX + 1, &error), -E2BIG);
	/* By hand, past frame_send()'s check. */
	tap_eq_int(send(pair[0], big, sizeof(big), 0), (int)sizeof(big));
	tap_eq_int(frame_receive(pair[1], &frame, &error), -EPROTO);
	close(pair[0]);
	tap_eq_int(frame_receive(pair[1], &frame, &error), FRAME_E_END);
	tap_eq_int(frame_send(pair[1], 1, NULL, 0, &error), -EPIPE);
	close(pair[1]);
}

static void a_commit_needs_entropy_and_comes_once(void)
{
	struct provision p;
	struct provision_entropy entropy = { .given = false };
	struct api_commit commit;
	struct error error = ERROR_INIT;

	provision_init(&p, NULL, "host.example.org");
	tap_eq_int(provision_check_open(&p, &error), 0);
	tap_eq_int(provision_commit(&p, &entropy, &commit, &error), API_E_CONFLICT);
	tap_eq_int(provision_check_open(&p, &error), 0);
	entropy.given = true;
	tap_eq_int(provision_commit(&p, &entropy, &commit, &error), 0);
	tap_eq_text(commit.hostname, "host.example.org");
	tap_eq_text(commit.fingerprint, p.key.fingerprint);
	tap_eq_text(commit.publickey, p.key.public);
	tap_eq_int(strlen(commit.identity), 64);
	tap_eq_int(strlen(commit.authentication), 64);
	tap_eq_int(provision_commit(&p, &entropy, &commit, &error), API_E_CONFLICT);
	tap_eq_int(provision_check_open(&p, &error), API_E_CONFLICT);
	provision_withdraw(&p);
	tap_eq_int(provision_check_open(&p, &error), 0);
	provision_deinit(&p);
}

static void two_commits_of_the_same_entropy_differ(void)
{
	struct provision a, b;
	struct api_commit ca, cb;
	struct error error = ERROR_INIT;
	static const struct provision_entropy entropy = { .given = true };

	provision_init(&a, NULL, "h");
	provision_init(&b, NULL, "h");
	tap_eq_int(provision_commit(&a, &entropy, &ca, &error), 0);
	tap_eq_int(provision_commit(&b, &entropy, &cb, &error), 0);
	tap_ok(strcmp(ca.fingerprint, cb.fingerprint) != 0);
	provision_deinit(&a);
	provision_deinit(&b);
}

/* What the console answers to bytes that come before and after the question. */
static enum question_answer answer_to(const char *before, const char *after)
{
	struct console console;
	enum question_answer answer = QUESTION_WAITING;
	int keys[2], shown[2];
	int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);

	if (pipe(keys) < 0 || pipe(shown) < 0 || write(keys[1], before, strlen(before)) < 0)
		return QUESTION_WAITING;
	fflush(stdout);
	dup2(keys[0], STDIN_FILENO);
	dup2(shown[1], STDOUT_FILENO);
	question_ask(&console, "Sure?");
	if (write(keys[1], after, strlen(after)) < 0)
		return QUESTION_WAITING;
	close(keys[1]);
	while (answer == QUESTION_WAITING)
		answer = question_read(&console);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	close(keys[0]);
	close(shown[0]);
	close(shown[1]);
	close(in);
	close(out);
	return answer;
}

static void only_an_empty_line_y_or_yes_confirms(void)
{
	static const char *const good[] = { "\n", "y\n", "Y\n", "yes\n", "YES\n", "\r", "\nrest" };
	static const char *const bad[] = { "n\n", "no\n", "no, abort!\n", "yes!\n", " \n", "yy\n",
		"q\r" };
	char longest[QUESTION_LINE_MAX * 2];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		tap_eq_int(answer_to("", good[i]), QUESTION_CONFIRMED);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_eq_int(answer_to("", bad[i]), QUESTION_ABORTED);
	memset(longest, 'y', sizeof(longest));
	memcpy(longest + sizeof(longest) - 2, "\n", 2);
	tap_eq_int(answer_to("", longest), QUESTION_ABORTED);
}

static void a_typed_nul_does_not_cut_the_line_short(void)
{
	/* By length, since the helper above takes texts. */
	struct console console = { .enter_confirms = true };
	static const char line[] = "\0no, abort!\n";
	enum question_answer answer = QUESTION_WAITING;
	int keys[2], in = dup(STDIN_FILENO);

	tap_eq_int(pipe(keys), 0);
	dup2(keys[0], STDIN_FILENO);
	tap_eq_int(write(keys[1], line, sizeof(line) - 1), sizeof(line) - 1);
	while (answer == QUESTION_WAITING)
		answer = question_read(&console);
	tap_eq_int(answer, QUESTION_ABORTED);
	dup2(in, STDIN_FILENO);
	close(keys[0]);
	close(keys[1]);
	close(in);
}

static void a_question_may_want_more_than_enter(void)
{
	struct console console = { .enter_confirms = false };
	int keys[2], in = dup(STDIN_FILENO);

	tap_eq_int(pipe(keys), 0);
	dup2(keys[0], STDIN_FILENO);
	tap_eq_int(write(keys[1], "\n", 1), 1);
	tap_eq_int(question_read(&console), QUESTION_ABORTED);
	dup2(in, STDIN_FILENO);
	close(keys[0]);
	close(keys[1]);
	close(in);
}

/* stderr as a pipe of one page, like a console that is not read. */
static int open_slow_console(int *ret_old)
{
	int pair[2];

	fflush(stdout);
	tap_eq_int(pipe(pair), 0);
	tap_eq_int(fcntl(pair[0], F_SETPIPE_SZ, 4096), 4096);
	tap_eq_int(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	*ret_old = dup(STDERR_FILENO);
	dup2(pair[1], STDERR_FILENO);
	close(pair[1]);
	return pair[0];
}

static void a_slow_console_is_not_waited_for_and_what_is_lost_is_counted(void)
{
	static struct journal journal;
	static char seen[64 * 1024];
	size_t n = 0;
	ssize_t got;
	int old, fd = open_slow_console(&old);

	journal_init(&journal);
	for (int i = 0; i < 1000; i++)
		journal_line(&journal, "line %03d with a good many words in it", i);
	tap_ok(journal_is_behind(&journal));
	unsigned lost = journal.lost;
	tap_ok(lost > 500 && lost < 1000);
	for (int turn = 0; turn < 20; turn++) {
		while ((got = read(fd, seen + n, sizeof(seen) - 1 - n)) > 0)
			n += (size_t)got;
		journal_flush(&journal);
	}
	tap_ok(!journal_is_behind(&journal));
	dup2(old, STDERR_FILENO);
	close(old);
	close(fd);
	/* In order, complete, and no line is lost. */
	unsigned lines = 0, said = 0;
	for (char *line = strtok(seen, "\n"); line; line = strtok(NULL, "\n")) {
		char want[64];
		snprintf(want, sizeof(want), "line %03u with a good many words in it", lines);
		if (strcmp(line, want) == 0)
			lines++;
		else
			tap_eq_int(sscanf(line, "(%u lines were left out", &said), 1);
	}
	tap_eq_int(said, lost);
	tap_eq_int(lines + said, 1000);
}

static void what_comes_behind_lines_that_were_given_up_is_whole(void)
{
	static struct journal journal;
	static char seen[64 * 1024];
	size_t n = 0;
	ssize_t got;
	int old, fd = open_slow_console(&old);

	journal_init(&journal);
	for (int i = 0; i < 300; i++)
		journal_line(&journal, "line %03d with a good many words in it", i);
	journal_drain(&journal);
	for (int i = 0; i < 40; i++)
		journal_line(&journal, "what has to be said, %d", i);
	for (int turn = 0; turn < 20; turn++) {
		while ((got = read(fd, seen + n, sizeof(seen) - 1 - n)) > 0)
			n += (size_t)got;
		journal_flush(&journal);
	}
	dup2(old, STDERR_FILENO);
	close(old);
	close(fd);
	unsigned lines = 0, said = 0, behind = 0;
	for (char *line = strtok(seen, "\n"); line; line = strtok(NULL, "\n")) {
		char want[64], last[64];
		snprintf(want, sizeof(want), "line %03u with a good many words in it", lines);
		snprintf(last, sizeof(last), "what has to be said, %u", behind);
		if (strcmp(line, want) == 0)
			lines++;
		else if (strcmp(line, last) == 0)
			behind++;
		else
			tap_eq_int(sscanf(line, "(%u lines were left out", &said), 1);
	}
	tap_eq_int(behind, 40);
	tap_eq_int(lines + said, 300);
}

static void the_end_of_input_aborts_also_inside_a_line(void)
{
	tap_eq_int(answer_to("", ""), QUESTION_ENDED);
	tap_eq_int(answer_to("", "y"), QUESTION_ENDED);
}

static void what_was_typed_before_the_question_does_not_count(void)
{
	tap_eq_int(answer_to("\n\n\n", ""), QUESTION_ENDED);
	tap_eq_int(answer_to("y", "\n"), QUESTION_CONFIRMED);
	tap_eq_int(answer_to("\n", "n\n"), QUESTION_ABORTED);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_start_goes_round_and_only_whole),
		TAP_TEST(an_answer_goes_round_with_the_longest_text),
		TAP_TEST(a_commit_goes_round_with_the_longest_texts),
		TAP_TEST(entropy_goes_round_and_its_time_is_not_negative),
		TAP_TEST(a_frame_arrives_whole_or_not_at_all),
		TAP_TEST(a_commit_needs_entropy_and_comes_once),
		TAP_TEST(two_commits_of_the_same_entropy_differ),
		TAP_TEST(only_an_empty_line_y_or_yes_confirms),
		TAP_TEST(a_typed_nul_does_not_cut_the_line_short),
		TAP_TEST(a_question_may_want_more_than_enter),
		TAP_TEST(a_slow_console_is_not_waited_for_and_what_is_lost_is_counted),
		TAP_TEST(what_comes_behind_lines_that_were_given_up_is_whole),
		TAP_TEST(the_end_of_input_aborts_also_inside_a_line),
		TAP_TEST(what_was_typed_before_the_question_does_not_count),
		{ 0 },
	};
	return tap_run(tests);
}
