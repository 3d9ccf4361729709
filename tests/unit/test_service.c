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
	struct ipc_start start = { .compat = true }, got;
	uint8_t out[IPC_SMALL_MAX];

	memset(start.seed, 0xab, sizeof(start.seed));
	memset(&start.verifier, 0xcd, sizeof(start.verifier));
	size_t len = session_ipc_encode_start(&start, out);
	set_frame(IPC_START, out, len);
	tap_ok(session_ipc_decode_start(&frame, &got));
	tap_eq_bytes(got.seed, 32, start.seed, 32);
	tap_eq_bytes(&got.verifier, sizeof(got.verifier), &start.verifier, sizeof(got.verifier));
	tap_ok(got.compat);
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
	set_frame(IPC_ANSWER, "\x07", 1);
	tap_ok(!session_ipc_decode_answer(&frame, &got));
	frame.len = 0;
	tap_ok(!session_ipc_decode_answer(&frame, &got));
}

static void what_a_client_believes_goes_round_and_only_whole(void)
{
	struct api_believed believed = { .files_n = 2, .keep_files = true, .sealed = true }, got;
	uint8_t out[IPC_SMALL_MAX];

	memset(believed.files[1].name, 'a', HOSTFILE_NAME_MAX - 1);
	strcpy(believed.files[0].mac, "0a1b2c3d");
	strcpy(believed.certificate, "89abcdef");
	memset(believed.keys[EFI_SB_DBX], 'f', API_SHA256_HEX_MAX - 1);
	size_t len = session_ipc_encode_commit(&believed, out);
	set_frame(IPC_COMMIT, out, len);
	tap_ok(session_ipc_decode_commit(&frame, &got));
	tap_eq_bytes(&got, sizeof(got), &believed, sizeof(believed));
	for (frame.len = 0; frame.len < len; frame.len++)
		tap_ok(!session_ipc_decode_commit(&frame, &got));
	frame.len = len + 1;
	tap_ok(!session_ipc_decode_commit(&frame, &got));
	/* A field without end, and bytes after the end of one. */
	frame.len = len;
	frame.payload[len - 1] = 'f';
	tap_ok(!session_ipc_decode_commit(&frame, &got));
	frame.payload[len - 1] = '\0';
	frame.payload[3 + 1] = 'x';
	tap_ok(!session_ipc_decode_commit(&frame, &got));
}

static void a_file_goes_round_and_only_whole(void)
{
	static uint8_t out[IPC_SMALL_MAX + HOSTFILE_DATA_MAX];
	static const uint8_t data[HOSTFILE_DATA_MAX + 1];
	struct ipc_file file = { .name = HOSTFILE_ROOT_KEYS, .mac = "0a1b2c3d", .keys_n = 9 }, got;
	const uint8_t *got_data = NULL;
	size_t got_len = 0;

	for (int i = 0; i < IPC_FINGERPRINTS_MAX; i++)
		strcpy(file.fingerprints[i], "SHA256:x");
	size_t len = session_ipc_encode_file(&file, data, HOSTFILE_DATA_MAX, out);
	set_frame(IPC_FILE, out, len);
	tap_ok(session_ipc_decode_file(&frame, &got, &got_data, &got_len));
	tap_eq_bytes(&got, sizeof(got), &file, sizeof(file));
	tap_eq_int(got_len, HOSTFILE_DATA_MAX);
	for (frame.len = 0; frame.len <= len - HOSTFILE_DATA_MAX; frame.len++)
		tap_ok(!session_ipc_decode_file(&frame, &got, &got_data, &got_len));
	frame.len = len + 1;
	tap_ok(!session_ipc_decode_file(&frame, &got, &got_data, &got_len));
	/* Of another file there are no logins, and of this one each that is shown. */
	strcpy(file.name, "app.conf");
	set_frame(IPC_FILE, out, session_ipc_encode_file(&file, data, 1, out));
	tap_ok(!session_ipc_decode_file(&frame, &got, &got_data, &got_len));
	strcpy(file.name, HOSTFILE_ROOT_KEYS);
	file.fingerprints[2][0] = '\0';
	memset(file.fingerprints[2], 0, sizeof(file.fingerprints[2]));
	set_frame(IPC_FILE, out, session_ipc_encode_file(&file, data, 1, out));
	tap_ok(!session_ipc_decode_file(&frame, &got, &got_data, &got_len));
}

static void a_certificate_goes_round_and_only_whole(void)
{
	static uint8_t out[IPC_SMALL_MAX + HOSTKEY_CERTIFICATE_MAX];
	struct ipc_certificate about = { .mac = "0a1b2c3d",
		.ca = "SHA256:x",
		.publickey = "ssh-ed25519 x",
		.valid_before = UINT64_MAX },
			       got;
	const uint8_t *line = NULL;
	size_t line_len = 0;

	memset(about.key_id, 'k', API_KEY_ID_MAX - 1);
	memset(about.principals, 'p', API_PRINCIPALS_MAX - 1);
	size_t len = session_ipc_encode_certificate(&about, "line\n", out);
	set_frame(IPC_CERTIFICATE, out, len);
	tap_ok(session_ipc_decode_certificate(&frame, &got, &line, &line_len));
	tap_eq_bytes(&got, sizeof(got), &about, sizeof(about));
	tap_eq_bytes(line, line_len, "line\n", 5);
	for (frame.len = 0; frame.len <= len - 5; frame.len++)
		tap_ok(!session_ipc_decode_certificate(&frame, &got, &line, &line_len));
	frame.len = len + HOSTKEY_CERTIFICATE_MAX;
	tap_ok(!session_ipc_decode_certificate(&frame, &got, &line, &line_len));
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
	tap_ok(session_ipc_decode_committed(&frame, IPC_COMMITTED, &got));
	tap_ok(memcmp(&commit, &got, sizeof(got)) == 0);
	for (frame.len = 0; frame.len < len; frame.len++)
		tap_ok(!session_ipc_decode_committed(&frame, IPC_COMMITTED, &got));
	/* With the largest of what a TPM says. */
	struct api_sealed_part parts[API_SEALED_PARTS];
	api_sealed_parts(&commit.sealed, parts);
	commit.sealed.given = true;
	for (size_t i = 0; i < API_SEALED_PARTS; i++) {
		memset(parts[i].part->bytes, (int)i, API_TPM_MAX);
		parts[i].part->len = API_TPM_MAX;
	}
	len = session_ipc_encode_committed(&commit, out);
	set_frame(IPC_COMMITTED, out, len);
	tap_ok(session_ipc_decode_committed(&frame, IPC_COMMITTED, &got));
	tap_ok(memcmp(&commit, &got, sizeof(got)) == 0);
	frame.payload[len - API_TPM_MAX - 4 + 2]++;
	tap_ok(!session_ipc_decode_committed(&frame, IPC_COMMITTED, &got));
	/* A text that claims to be longer than its place. */
	set_frame(IPC_COMMITTED, "\0\0\1\0", 4);
	frame.len = 4 + API_TEXT_MAX;
	tap_ok(!session_ipc_decode_committed(&frame, IPC_COMMITTED, &got));
}

static void what_is_asked_of_a_tpm_goes_round(void)
{
	struct ipc_seal seal = { .pcrs = 1 << 23 }, got_seal;
	struct ipc_prove prove = { .credential_len = API_CREDENTIAL_MAX,
		.secret_len = API_SECRET_MAX },
			 got;
	uint8_t out[IPC_SMALL_MAX];

	memset(seal.policy, 1, sizeof(seal.policy));
	memset(seal.purpose.nonce, 2, sizeof(seal.purpose.nonce));
	memset(seal.purpose.binding, 3, sizeof(seal.purpose.binding));
	size_t len = session_ipc_encode_seal(&seal, out);
	set_frame(IPC_SEAL, out, len);
	tap_ok(session_ipc_decode_seal(&frame, &got_seal));
	tap_eq_bytes(&got_seal, sizeof(got_seal), &seal, sizeof(seal));
	frame.payload[0] = 1;
	tap_ok(!session_ipc_decode_seal(&frame, &got_seal));
	memset(prove.credential, 4, sizeof(prove.credential));
	memset(prove.secret, 5, sizeof(prove.secret));
	prove.purpose = seal.purpose;
	len = session_ipc_encode_prove(&prove, out);
	set_frame(IPC_PROVE, out, len);
	tap_ok(session_ipc_decode_prove(&frame, &got));
	tap_eq_bytes(&got, sizeof(got), &prove, sizeof(prove));
	for (frame.len = 0; frame.len < len; frame.len++)
		tap_ok(!session_ipc_decode_prove(&frame, &got));
	/* Shorter, but with something after its end. */
	set_frame(IPC_PROVE, out, len);
	frame.payload[3]--;
	tap_ok(!session_ipc_decode_prove(&frame, &got));
	frame.payload[4 + API_CREDENTIAL_MAX - 1] = 0;
	tap_ok(session_ipc_decode_prove(&frame, &got));
	frame.payload[3] = API_CREDENTIAL_MIN - 1;
	tap_ok(!session_ipc_decode_prove(&frame, &got));
}

static void check_attested(const struct api_attest *attest, bool good)
{
	static struct api_attest got;
	uint8_t out[IPC_SMALL_MAX];
	size_t len = session_ipc_encode_attested(attest, out);

	set_frame(IPC_ATTESTED, out, len);
	tap_ok(session_ipc_decode_attested(&frame, &got) == good);
	if (!good)
		return;
	tap_eq_bytes(&got, sizeof(got), attest, sizeof(*attest));
	for (frame.len = 0; frame.len < len; frame.len++)
		tap_ok(!session_ipc_decode_attested(&frame, &got));
}

static void what_a_tpm_shows_goes_round_in_its_bounds(void)
{
	static struct api_attest attest, bad;
	static struct api_proof proof, got;
	uint8_t out[IPC_SMALL_MAX];

	attest = (struct api_attest){ .banks_n = API_BANKS_MAX,
		.in_lockout = true,
		.ek.len = API_TPM_MAX,
		.ak.len = 1,
		.certificate_len = API_CERTIFICATE_MAX,
		.chain_n = API_CHAIN_PARTS_MAX,
		.log_len = API_LOG_MAX };
	memset(attest.vendor, 'v', sizeof(attest.vendor) - 1);
	for (size_t i = 0; i < API_CHAIN_PARTS_MAX; i++)
		attest.chain_len[i] = API_CHAIN_MAX / API_CHAIN_PARTS_MAX;
	check_attested(&attest, true);
	bad = attest, bad.chain_len[3]++;
	check_attested(&bad, false);
	bad = attest, bad.chain_len[3] = 0;
	check_attested(&bad, false);
	bad = attest, bad.chain_n--;
	check_attested(&bad, false);
	bad = attest, bad.certificate_len++;
	check_attested(&bad, false);
	bad = attest, bad.log_len++;
	check_attested(&bad, false);
	bad = attest, bad.banks_n++;
	check_attested(&bad, false);
	bad = attest, bad.ak.len = 0;
	check_attested(&bad, false);
	bad = attest, memset(bad.vendor, 'v', sizeof(bad.vendor));
	check_attested(&bad, false);
	memset(&proof, 6, sizeof(proof));
	proof.quote.len = proof.signature.len = API_TPM_MAX;
	size_t len = session_ipc_encode_proved(&proof, out);
	set_frame(IPC_PROVED, out, len);
	tap_ok(session_ipc_decode_proved(&frame, &got));
	tap_eq_bytes(&got, sizeof(got), &proof, sizeof(proof));
	for (frame.len = 0; frame.len < len; frame.len++)
		tap_ok(!session_ipc_decode_proved(&frame, &got));
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
	struct provision_offer offer = { .made = false }, other = { .made = false };
	struct api_commit commit;
	struct error error = ERROR_INIT;

	provision_init(&p, NULL, "host.example.org", NULL);
	tap_eq_int(provision_check_open(&p, &error), 0);
	tap_eq_int(provision_make_offer(&p, &entropy, &offer, &error), API_E_CONFLICT);
	tap_ok(!offer.made);
	entropy.given = true;
	tap_eq_int(provision_make_offer(&p, &entropy, &offer, &error), 0);
	tap_eq_int(provision_make_offer(&p, &entropy, &other, &error), 0);
	/* Nothing is committed by it. */
	tap_eq_int(provision_check_open(&p, &error), 0);
	commit = offer.answer;
	tap_eq_int(provision_commit(&p, &offer, &error), 0);
	/* The key has one owner. */
	tap_ok(!offer.made && offer.key.pem.len == 0 && offer.material.len == 0);
	tap_eq_int(p.material.len, 36);
	tap_eq_text(commit.hostname, "host.example.org");
	tap_eq_text(commit.fingerprint, p.key.fingerprint);
	tap_eq_text(commit.publickey, p.key.public);
	tap_eq_int(strlen(commit.identity), 64);
	tap_eq_int(strlen(commit.authentication), 64);
	tap_eq_int(provision_commit(&p, &other, &error), API_E_CONFLICT);
	tap_ok(other.made);
	tap_eq_int(provision_check_open(&p, &error), API_E_CONFLICT);
	provision_withdraw(&p);
	tap_eq_int(p.material.len, 0);
	tap_eq_int(provision_check_open(&p, &error), 0);
	/* The laptop was told another name: its known_hosts would have it. */
	snprintf(p.facts.hostname, sizeof(p.facts.hostname), "other.example.org");
	tap_eq_int(provision_commit(&p, &other, &error), API_E_CONFLICT);
	tap_ok(strstr(error.text, "was changed to other.example.org") != NULL);
	provision_offer_deinit(&other);
	provision_deinit(&p);
}

static void two_commits_of_the_same_entropy_differ(void)
{
	struct provision a, b;
	struct provision_offer oa, ob;
	struct error error = ERROR_INIT;
	static const struct provision_entropy entropy = { .given = true };

	provision_init(&a, NULL, "h", NULL);
	provision_init(&b, NULL, "h", NULL);
	tap_eq_int(provision_make_offer(&a, &entropy, &oa, &error), 0);
	tap_eq_int(provision_make_offer(&b, &entropy, &ob, &error), 0);
	tap_ok(strcmp(oa.key.fingerprint, ob.key.fingerprint) != 0);
	provision_offer_deinit(&oa);
	provision_offer_deinit(&ob);
	provision_deinit(&a);
	provision_deinit(&b);
}

/*
 * What the console answers to @keys on a pipe, and @shown: what it printed. @change: of the
 * question, NULL for none.
 */
static enum question_answer answer_with(const char *keys, size_t len,
	void (*change)(struct console *console), char shown[QUESTION_TEXT_MAX * 8])
{
	struct console console;
	enum question_answer answer = QUESTION_WAITING;
	int typed[2], printed[2];
	int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);

	if (pipe(typed) < 0 || pipe(printed) < 0 || write(typed[1], keys, len) != (ssize_t)len)
		return QUESTION_WAITING;
	close(typed[1]);
	fflush(stdout);
	dup2(typed[0], STDIN_FILENO);
	dup2(printed[1], STDOUT_FILENO);
	close(printed[1]);
	question_ask(&console, "Sure?");
	if (change)
		change(&console);
	while (answer == QUESTION_WAITING && question_put(&console) == 0)
		answer = question_read(&console);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	ssize_t n = read(printed[0], shown, QUESTION_TEXT_MAX * 8 - 1);
	shown[MAX(n, 0)] = '\0';
	close(typed[0]);
	close(printed[0]);
	close(in);
	close(out);
	return answer;
}

static enum question_answer answer_to_text(const char *keys,
	void (*change)(struct console *console), char shown[QUESTION_TEXT_MAX * 8])
{
	return answer_with(keys, strlen(keys), change, shown);
}

static enum question_answer answer_to(const char *keys)
{
	char shown[QUESTION_TEXT_MAX * 8];

	return answer_to_text(keys, NULL, shown);
}

static unsigned count_questions(const char *shown)
{
	unsigned n = 0;

	for (; (shown = strstr(shown, "Sure?\n")); shown++)
		n++;
	return n;
}

static void an_empty_line_y_or_yes_confirms_and_n_or_no_aborts(void)
{
	static const char *const good[] = { "\n", "y\n", "Y\n", "yes\n", "YES\n", "\r", "\nrest",
		" \n", "  yes \t\n", "\ty\n" };
	static const char *const bad[] = { "n\n", "no\n", "N\n", " No \n", "no\r\n" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		tap_eq_int(answer_to(good[i]), QUESTION_CONFIRMED);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_eq_int(answer_to(bad[i]), QUESTION_ABORTED);
}

static void another_line_is_asked_again_five_times(void)
{
	static const char *const others[] = { "no, abort!", "yes!", "yy", "y n", "0", "\033[A" };
	char keys[4096], shown[QUESTION_TEXT_MAX * 8];

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(keys, sizeof(keys), "%s\n%s\nyes\n", others[i], others[i]);
		tap_eq_int(answer_to(keys), QUESTION_CONFIRMED);
		snprintf(keys, sizeof(keys), "%s\nno\n", others[i]);
		tap_eq_int(answer_to(keys), QUESTION_ABORTED);
	}
	tap_eq_int(answer_to_text("1\n2\n3\n4\n5\n\n", NULL, shown), QUESTION_CONFIRMED);
	tap_eq_int(count_questions(shown), 6);
	tap_ok(strstr(shown, "type y or yes") != NULL);
	tap_eq_int(answer_to_text("1\n2\n3\n4\n5\n6\n\n", NULL, shown), QUESTION_ABORTED);
	tap_eq_int(count_questions(shown), 6);
	/* Its rest is not another line. */
	memset(keys, 'y', sizeof(keys));
	memcpy(keys + QUESTION_LINE_MAX * 3, "\nno\n", 5);
	keys[QUESTION_LINE_MAX * 3 + 4] = '\0';
	tap_eq_int(answer_with(keys, QUESTION_LINE_MAX * 3 + 4, NULL, shown), QUESTION_ABORTED);
	tap_eq_int(count_questions(shown), 2);
}

/* Else the newline of any other line would confirm. */
static void a_newline_after_a_carriage_return_is_no_line(void)
{
	tap_eq_int(answer_to("x\r\n"), QUESTION_ENDED);
	tap_eq_int(answer_to("x\r\nno\r\n"), QUESTION_ABORTED);
	tap_eq_int(answer_to("x\r\n\r\n"), QUESTION_CONFIRMED);
}

static void a_typed_nul_does_not_cut_the_line_short(void)
{
	char shown[QUESTION_TEXT_MAX * 8];
	static const char keys[] = "\0\nyes\0\nno\n";

	tap_eq_int(answer_with(keys, sizeof(keys) - 1, NULL, shown), QUESTION_ABORTED);
	tap_eq_int(count_questions(shown), 3);
}

static void want_only_yes(struct console *console)
{
	console->only_yes = true;
}

static void a_question_may_want_yes_in_full(void)
{
	static const char *const bad[] = { "\nyes\n", "y\nyes\n", " yes\n", "yess\n", "no\n" };
	char shown[QUESTION_TEXT_MAX * 8];

	tap_eq_int(answer_to_text("YES\n", want_only_yes, shown), QUESTION_CONFIRMED);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_eq_int(answer_with(bad[i], strlen(bad[i]), want_only_yes, shown),
			QUESTION_ABORTED);
}

static bool is_magic(const void *context, const char *line)
{
	return strcmp(line, context) == 0;
}

static void want_magic(struct console *console)
{
	console->accepts = is_magic;
	console->context = "xyzzy";
	console->hint = "type the magic word";
}

static void a_question_may_want_a_text_of_its_caller(void)
{
	char shown[QUESTION_TEXT_MAX * 8];

	tap_eq_int(answer_to_text("\ny\nyes\n xyzzy \n", want_magic, shown), QUESTION_CONFIRMED);
	tap_eq_int(count_questions(shown), 4);
	tap_ok(strstr(shown, "type the magic word\nSure?\n") != NULL);
	tap_eq_int(answer_to_text("\nn\nxyzzy\n", want_magic, shown), QUESTION_ABORTED);
}

static void a_question_that_cannot_be_written_is_not_asked(void)
{
	struct console console;
	int out = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	fflush(stdout);
	dup2(full, STDOUT_FILENO);
	question_ask(&console, "Sure?");
	int r = question_put(&console);
	bool put = question_is_put(&console);
	dup2(out, STDOUT_FILENO);
	close(full);
	close(out);
	tap_eq_int(r, -ENOSPC);
	tap_ok(!put);
}

static void a_question_waits_for_room_without_blocking(void)
{
	struct console console;
	char waste[8192];
	int pair[2], out = dup(STDOUT_FILENO);

	memset(waste, 'x', sizeof(waste));
	tap_eq_int(pipe(pair), 0);
	tap_eq_int(fcntl(pair[0], F_SETPIPE_SZ, 4096), 4096);
	tap_eq_int(write(pair[1], waste, 4096), 4096);
	fflush(stdout);
	dup2(pair[1], STDOUT_FILENO);
	question_ask(&console, "Sure?");
	int full = question_put(&console);
	ssize_t got = read(pair[0], waste, 4096);
	int empty = question_put(&console);
	int flags = fcntl(pair[1], F_GETFL);
	dup2(out, STDOUT_FILENO);
	close(pair[0]);
	close(pair[1]);
	close(out);
	tap_eq_int(full, -EAGAIN);
	tap_eq_int(got, 4096);
	tap_eq_int(empty, 0);
	tap_ok(!(flags & O_NONBLOCK));
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
	journal_drain(&journal, 200);
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
	tap_eq_int(answer_to(""), QUESTION_ENDED);
	tap_eq_int(answer_to("y"), QUESTION_ENDED);
	tap_eq_int(answer_to("x\n"), QUESTION_ENDED);
}

static void a_journal_that_cannot_be_written_says_so(void)
{
	static struct journal journal;
	int old = dup(STDERR_FILENO), full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	dup2(full, STDERR_FILENO);
	journal_init(&journal);
	bool before = journal_has_failed(&journal);
	journal_line(&journal, "a line");
	journal_line(&journal, "another line");
	dup2(old, STDERR_FILENO);
	close(old);
	close(full);
	tap_ok(!before && journal_has_failed(&journal));
	tap_ok(!journal_is_behind(&journal));
}

static void a_review_has_room_however_much_is_kept(void)
{
	static struct journal journal;
	char line[64];
	int old, fd = open_slow_console(&old);

	journal_init(&journal);
	for (int i = 0; i < 1000; i++)
		journal_line(&journal, "line %03d with a good many words in it", i);
	unsigned lost = journal.lost;
	for (int turn = 0; turn < 3; turn++) {
		journal_make_room(&journal);
		for (int i = 0; i < JOURNAL_REVIEW_MAX / 64; i++)
			journal_line(&journal, "%062d", i);
	}
	snprintf(line, sizeof(line), "%062d\n", JOURNAL_REVIEW_MAX / 64 - 1);
	unsigned lost_then = journal.lost;
	bool last = journal.len >= 63 && memcmp(journal.kept + journal.len - 63, line, 63) == 0;
	dup2(old, STDERR_FILENO);
	close(old);
	close(fd);
	tap_ok(lost > 500);
	tap_eq_int(lost_then, 0);
	tap_ok(last);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_start_goes_round_and_only_whole),
		TAP_TEST(an_answer_goes_round_with_the_longest_text),
		TAP_TEST(what_a_client_believes_goes_round_and_only_whole),
		TAP_TEST(a_file_goes_round_and_only_whole),
		TAP_TEST(a_certificate_goes_round_and_only_whole),
		TAP_TEST(a_commit_goes_round_with_the_longest_texts),
		TAP_TEST(what_is_asked_of_a_tpm_goes_round),
		TAP_TEST(what_a_tpm_shows_goes_round_in_its_bounds),
		TAP_TEST(entropy_goes_round_and_its_time_is_not_negative),
		TAP_TEST(a_frame_arrives_whole_or_not_at_all),
		TAP_TEST(a_commit_needs_entropy_and_comes_once),
		TAP_TEST(two_commits_of_the_same_entropy_differ),
		TAP_TEST(an_empty_line_y_or_yes_confirms_and_n_or_no_aborts),
		TAP_TEST(another_line_is_asked_again_five_times),
		TAP_TEST(a_typed_nul_does_not_cut_the_line_short),
		TAP_TEST(a_newline_after_a_carriage_return_is_no_line),
		TAP_TEST(a_question_may_want_yes_in_full),
		TAP_TEST(a_question_may_want_a_text_of_its_caller),
		TAP_TEST(a_question_that_cannot_be_written_is_not_asked),
		TAP_TEST(a_question_waits_for_room_without_blocking),
		TAP_TEST(a_slow_console_is_not_waited_for_and_what_is_lost_is_counted),
		TAP_TEST(what_comes_behind_lines_that_were_given_up_is_whole),
		TAP_TEST(the_end_of_input_aborts_also_inside_a_line),
		TAP_TEST(a_journal_that_cannot_be_written_says_so),
		TAP_TEST(a_review_has_room_however_much_is_kept),
		{ 0 },
	};
	return tap_run(tests);
}
