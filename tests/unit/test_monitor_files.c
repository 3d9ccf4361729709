/* SPDX-License-Identifier: BSD-2-Clause */
/* service/files.h, certificate.h, write.h: what a commit does to files and the host certificate. */
#include "monitor_rig.h"
#include "tap.h"

#define NAME_MAC "01234567"
#define ROOT_MAC "89abcdef"

static void rig_end_test(struct rig *rig)
{
	rig_deinit(rig);
	tap_eq_text(rig->broken ? rig->broken : "", "");
}

static bool log_has(struct rig *rig, const char *text)
{
	static char log[65536];
	ssize_t n = pread(rig->log_fd, log, sizeof(log) - 1, 0);

	log[n > 0 ? n : 0] = '\0';
	return strstr(log, text) != NULL;
}

/* The place must be the next free one. */
static void open_session(struct rig *rig, unsigned place)
{
	static const uint8_t words[CODE_SIZE];

	tap_ok(rig_connect(rig, (uint8_t)(place + 1)));
	rig_send(rig, place, IPC_READY, NULL, 0);
	rig_send_byte(rig, place, IPC_SPEAKS, API_V1);
	rig_send(rig, place, IPC_ATTEMPT, NULL, 0);
	rig_send(rig, place, IPC_OPENED, words, sizeof(words));
	rig_add_data(rig, place);
	tap_eq_int(rig->last.result, 0);
}

static struct efi_name name_of(const char *variable)
{
	return (struct efi_name){ variable, EFI_GUID_STPROV, EFI_ATTRIBUTES_PLAIN, false };
}

static void put(struct rig *rig, const char *variable, const void *data, size_t len)
{
	const struct efi_name name = name_of(variable);

	rig_put_part(rig, &name, data, len);
}

static bool has(const struct rig *rig, const char *variable)
{
	const struct efi_name name = name_of(variable);

	return rig_has_variable(rig, &name);
}

static void tap_holds(const struct rig *rig, const char *variable, const char *data, size_t len)
{
	const struct efi_name name = name_of(variable);
	_cleanup_free_ uint8_t *got = NULL;
	size_t got_len = 0;
	struct error e = ERROR_INIT;

	tap_eq_int(efi_read(&rig->efi, &name, &got, &got_len, &e), 0);
	tap_eq_bytes(got, got_len, data, len);
}

/* Of an older run: two files, one of which is encrypted, a certificate, a sealed key. */
static void put_old_parts(struct rig *rig)
{
	put(rig, "STFile-old", "\0old", 4);
	put(rig, "STFile-secret", "\1cipher", 7);
	put(rig, "STHostCert", "cert\n", 5);
	put(rig, "STHostKeySealed", "sealed", 6);
}

static void commit(struct rig *rig, const struct api_believed *believed)
{
	uint8_t payload[IPC_SMALL_MAX];

	rig_send(rig, 0, IPC_COMMIT, payload, session_ipc_encode_commit(believed, payload));
}

static void files_and_certificate_are_written_with_the_key_and_not_before(void)
{
	struct rig rig;

	rig_init(&rig, false);
	put(&rig, "STFile-name", "\0old", 4);
	put(&rig, "STFile-gone", "\0x", 2);
	open_session(&rig, 0);
	rig_send_file(&rig, 0, "name", NAME_MAC, 3);
	rig_send_file(&rig, 0, HOSTFILE_ROOT_KEYS, ROOT_MAC, 5);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	rig_send_certificate(&rig, 0, true);
	tap_eq_int(rig.last.result, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	tap_ok(log_has(&rig, "file name, 3 bytes, " NAME_MAC ", replacing 3 bytes"));
	tap_ok(log_has(&rig, "file " HOSTFILE_ROOT_KEYS ", 5 bytes, " ROOT_MAC "\n"));
	tap_ok(log_has(&rig, "root login: 1 key, SHA256:of-a-login"));
	tap_ok(log_has(&rig, "will remove STFile-gone, 1 byte\n"));
	tap_ok(log_has(&rig, "STHostCert, the host certificate, 0a1b2c3d\n"));
	tap_ok(log_has(&rig, "CA SHA256:of-a-ca") && log_has(&rig, "key ID stprov:host") &&
		log_has(&rig, "principals host.example.org") &&
		log_has(&rig, "ends 2036-01-01T00:00:00Z"));
	tap_holds(&rig, "STFile-name", "\0old", 4);
	rig_type(&rig, "\n");
	tap_eq_int(rig.last_type, IPC_COMMITTED);
	tap_holds(&rig, "STFile-name", "\0xxx", 4);
	tap_holds(&rig, "STFile-" HOSTFILE_ROOT_KEYS, "\0xxxxx", 6);
	tap_holds(&rig, "STHostCert", "a certificate\n", 14);
	tap_ok(!has(&rig, "STFile-gone"));
	rig_end_test(&rig);
}

static void a_new_key_removes_what_is_of_the_old_one(void)
{
	struct rig rig;

	rig_init(&rig, false);
	put_old_parts(&rig);
	open_session(&rig, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_ok(log_has(&rig, "will remove STHostKeySealed, 6 bytes"));
	rig_type(&rig, "\n");
	tap_eq_int(rig.last_type, IPC_COMMITTED);
	tap_eq_int(rig_count_parts(&rig), 0);
	rig_end_test(&rig);
}

static void v0_leaves_files_that_are_not_encrypted(void)
{
	struct rig rig;

	rig_init(&rig, true);
	put_old_parts(&rig);
	tap_ok(rig_connect(&rig, 1));
	rig_send(&rig, 0, IPC_READY, NULL, 0);
	rig_send_byte(&rig, 0, IPC_SPEAKS, API_V0);
	rig_send(&rig, 0, IPC_AUTHENTICATE, RIG_PASSWORD, strlen(RIG_PASSWORD));
	rig_add_data(&rig, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.last_type, IPC_COMMITTED);
	tap_ok(log_has(&rig, "will remove STFile-secret, 6 bytes"));
	rig_type(&rig, "\n");
	tap_ok(rig_has_variable(&rig, &efi_host_key));
	tap_holds(&rig, "STFile-old", "\0old", 4);
	tap_eq_int(rig_count_parts(&rig), 1);
	rig_end_test(&rig);
}

static void what_is_kept_counts_and_may_not_be_of_a_sealed_key(void)
{
	static const struct api_believed keep = { .keep_files = true };
	struct api_believed one = {
		.keep_files = true, .files_n = 1, .files = { { "name", NAME_MAC } }
	};
	struct rig rig;
	char name[16];

	rig_init(&rig, false);
	for (int i = 0; i < HOSTFILE_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "STFile-%d", i);
		put(&rig, name, "\0x", 2);
	}
	open_session(&rig, 0);
	rig_send_file(&rig, 0, "name", NAME_MAC, 3);
	commit(&rig, &one);
	tap_eq_int(rig.last.result, API_E_TOO_MUCH);
	tap_eq_text(
		rig.last.error.text, "17 files together with those that are kept, of at most 16");
	tap_eq_int(rig.monitor->stage, STAGE_SERVING);
	rig_end_test(&rig);

	rig_init(&rig, false);
	put(&rig, "STFile-old", "\0old", 4);
	put(&rig, "STHostKeySealed", "sealed", 6);
	open_session(&rig, 0);
	commit(&rig, &keep);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(strstr(rig.last.error.text, "the present host key is sealed"));
	rig_end_test(&rig);

	rig_init(&rig, false);
	put(&rig, "STFile-old", "\0old", 4);
	open_session(&rig, 0);
	commit(&rig, &keep);
	tap_ok(log_has(&rig, "keeps STFile-old, 3 bytes"));
	rig_type(&rig, "\n");
	tap_holds(&rig, "STFile-old", "\0old", 4);
	rig_end_test(&rig);
}

static void files_have_their_limits(void)
{
	struct rig rig;
	char name[16];

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send_file(&rig, 0, "name", NAME_MAC, 3);
	rig_send_file(&rig, 0, "name", ROOT_MAC, 3);
	tap_eq_int(rig.last.result, API_E_REFUSED);
	for (int i = 1; i <= HOSTFILE_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		rig_send_file(&rig, 0, name, NAME_MAC, 1);
		tap_eq_int(rig.last.result, i < HOSTFILE_FILES_MAX ? 0 : API_E_TOO_MUCH);
	}
	rig_end_test(&rig);

	rig_init(&rig, false);
	open_session(&rig, 0);
	for (int i = 1; i <= HOSTFILE_TOTAL_MAX / HOSTFILE_DATA_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		rig_send_file(&rig, 0, name, NAME_MAC, HOSTFILE_DATA_MAX);
		tap_eq_int(rig.last.result, 0);
	}
	rig_send_file(&rig, 0, "more", NAME_MAC, 1);
	tap_eq_int(rig.last.result, API_E_TOO_MUCH);
	rig_end_test(&rig);
}

/* Each field differs from what is staged: one file, a certificate, no keys, not sealed. */
static void anything_but_what_the_client_believes_is_refused(void)
{
	static const struct api_believed staged = {
		.files_n = 1, .files = { { "name", NAME_MAC } }, .certificate = "0a1b2c3d"
	};

	for (int i = 0; i < 9; i++) {
		struct api_believed believed = staged;
		struct rig rig;
		rig_init(&rig, false);
		open_session(&rig, 0);
		rig_send_file(&rig, 0, "name", NAME_MAC, 3);
		rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
		rig_send_certificate(&rig, 0, true);
		if (i == 1)
			believed = (struct api_believed){ .certificate = "0a1b2c3d" };
		if (i == 2)
			believed.files[0].mac[0] = 'f';
		if (i == 3)
			strcpy(believed.files[0].name, "eman");
		if (i == 4) {
			believed.files_n = 2;
			believed.files[1] = believed.files[0];
		}
		if (i == 5)
			memset(believed.certificate, 0, sizeof(believed.certificate));
		if (i == 6)
			believed.certificate[0] = 'f';
		if (i == 7)
			strcpy(believed.keys[EFI_SB_DBX], "00");
		if (i == 8)
			believed.sealed = true;
		commit(&rig, &believed);
		tap_eq_int(rig.monitor->stage, i == 0 ? STAGE_ASKING : STAGE_SERVING);
		if (i > 0) {
			tap_eq_int(rig.last.result, API_E_CONFLICT);
			tap_ok(strstr(rig.last.error.text, "laptop believes"));
		}
		rig_end_test(&rig);
	}
}

static void staged_keys_that_the_client_does_not_know_are_refused(void)
{
	static const struct api_believed nothing;
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	for (int i = 0; i < EFI_SB_N; i++)
		rig_send_key(&rig, 0, (enum efi_sb)i);
	rig_send_findings(&rig, 0, false);
	commit(&rig, &nothing);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(strstr(rig.last.error.text, "the Secure Boot keys"));
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	rig_end_test(&rig);
}

static void a_certificate_is_of_the_prepared_key(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send_certificate(&rig, 0, true);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	rig_send_certificate(&rig, 0, false);
	tap_eq_int(rig.last.result, API_E_REFUSED);
	rig_end_test(&rig);
}

/* The host name changes under the question: the commit is withdrawn, and its key is gone. */
/* The longest line of the log after @text that begins with a blank; 0 without @text. */
static size_t longest_row_after(struct rig *rig, const char *text)
{
	static char log[65536];
	ssize_t n = pread(rig->log_fd, log, sizeof(log) - 1, 0);
	size_t longest = 0;

	log[n > 0 ? n : 0] = '\0';
	const char *line = strstr(log, text);
	for (; line; line = strchr(line + 1, '\n'))
		if (line[1] == ' ')
			longest = MAX(longest, strcspn(line + 1, "\n"));
	return longest;
}

/* What a client chose must not go on at the edge of the screen, as if it were the monitor's line.
 */
static void texts_of_a_certificate_are_shown_in_rows_that_fit(void)
{
	struct ipc_certificate about = { .mac = "0a1b2c3d", .valid_before = 2082758400 };
	uint8_t payload[IPC_SMALL_MAX + HOSTKEY_CERTIFICATE_MAX];
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	snprintf(about.publickey, sizeof(about.publickey), "%.*s", HOSTKEY_PUBLIC_MAX - 1,
		rig.monitor->sessions[0].offer.answer.publickey);
	memset(about.ca, '\033', sizeof(about.ca) - 1);
	memset(about.key_id, '\033', sizeof(about.key_id) - 1);
	memset(about.principals, 'x', sizeof(about.principals) - 1);
	memcpy(about.principals, "host.example.org,", strlen("host.example.org,"));
	rig_send(&rig, 0, IPC_CERTIFICATE, payload,
		session_ipc_encode_certificate(&about, "a certificate\n", payload));
	tap_eq_int(rig.last.result, 0);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	tap_ok(log_has(&rig, "    principals host.example.org,\n        xxx"));
	tap_ok(log_has(&rig, "    key ID \\x1b\\x1b"));
	size_t longest = longest_row_after(&rig, "asks to commit");
	tap_ok(longest > 0 && longest <= CONSOLE_COLUMNS);
	rig_end_test(&rig);
}

static void a_certificate_of_a_withdrawn_key_is_not_committed(void)
{
	struct api_believed believed = { .certificate = "0a1b2c3d" };
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	rig_send_certificate(&rig, 0, true);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	strcpy(rig.hostname, "other.example.org");
	rig_type(&rig, "\n");
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_eq_int(rig.monitor->stage, STAGE_SERVING);
	commit(&rig, &believed);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(strstr(rig.last.error.text, "the key of the host certificate is gone"));
	rig_send(&rig, 0, IPC_PREPARE, NULL, 0);
	commit(&rig, &believed);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	rig_send_certificate(&rig, 0, true);
	tap_eq_int(rig.last.result, 0);
	commit(&rig, &believed);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	rig_end_test(&rig);
}

/* tests/integration/test_seal.py has a TPM. */
static void without_a_tpm_no_key_is_sealed_and_none_is_stored_instead(void)
{
	struct api_believed believed = { .sealed = true };
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send_seal(&rig, 0, 0);
	rig_turn(&rig);
	tap_eq_int(rig.last.result, API_E_UNABLE);
	tap_ok(strstr(rig.last.error.text, "unless remote run has --tpm") != NULL);
	/* Values of PCRs are believed from a TPM that has quoted, on this connection. */
	rig_send_seal(&rig, 0, 1 << 7);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(strstr(rig.last.error.text, "attest-prove comes before seal") != NULL);
	commit(&rig, &believed);
	rig_turn(&rig);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(strstr(rig.last.error.text, "not going to be sealed") != NULL);
	tap_eq_int(rig.monitor->stage, STAGE_SERVING);
	/* Without it the commit is as ever. */
	believed.sealed = false;
	commit(&rig, &believed);
	rig_turn(&rig);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	rig_end_test(&rig);
}

/* tests/integration/test_attest.py has a TPM. */
static void without_a_tpm_nothing_is_attested(void)
{
	struct rig rig;

	rig_init(&rig, false);
	open_session(&rig, 0);
	rig_send_prove(&rig, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	tap_ok(strstr(rig.last.error.text, "attest comes before attest-prove") != NULL);
	rig_send(&rig, 0, IPC_ATTEST, NULL, 0);
	tap_eq_int(rig.last.result, API_E_UNABLE);
	tap_ok(strstr(rig.last.error.text, "unless remote run has --tpm") != NULL);
	rig_send_prove(&rig, 0);
	tap_eq_int(rig.last.result, API_E_CONFLICT);
	/* There is no more of what was not given. */
	rig_send(&rig, 0, IPC_ATTEST_MORE, NULL, 0);
	tap_eq_int(rig.last_type, IPC_ATTEST_PIECE);
	rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
	tap_eq_int(rig.monitor->stage, STAGE_ASKING);
	tap_ok(!log_has(&rig, "attestation"));
	rig_end_test(&rig);
}

static void files_that_change_under_the_question_are_asked_about_again(void)
{
	for (int i = 0; i < 2; i++) {
		struct rig rig;
		rig_init(&rig, false);
		put(&rig, "STFile-old", "\0old", 4);
		open_session(&rig, 0);
		rig_send_file(&rig, 0, "name", NAME_MAC, 3);
		rig_send(&rig, 0, IPC_COMMIT, NULL, 0);
		tap_ok(rig.monitor->asked);
		if (i == 0)
			put(&rig, "STFile-old", "\0new", 4);
		else
			put(&rig, "STFile-other", "\0old", 4);
		rig.confirmed = false;
		rig_type(&rig, "\n");
		tap_eq_int(rig.monitor->stage, STAGE_ASKING);
		tap_ok(log_has(&rig, "host name, host key or files were changed meanwhile"));
		tap_ok(!rig_has_variable(&rig, &efi_host_key) && has(&rig, "STFile-old"));
		rig_end_test(&rig);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(files_and_certificate_are_written_with_the_key_and_not_before),
		TAP_TEST(a_new_key_removes_what_is_of_the_old_one),
		TAP_TEST(v0_leaves_files_that_are_not_encrypted),
		TAP_TEST(what_is_kept_counts_and_may_not_be_of_a_sealed_key),
		TAP_TEST(files_have_their_limits),
		TAP_TEST(anything_but_what_the_client_believes_is_refused),
		TAP_TEST(staged_keys_that_the_client_does_not_know_are_refused),
		TAP_TEST(a_certificate_is_of_the_prepared_key),
		TAP_TEST(texts_of_a_certificate_are_shown_in_rows_that_fit),
		TAP_TEST(a_certificate_of_a_withdrawn_key_is_not_committed),
		TAP_TEST(without_a_tpm_nothing_is_attested),
		TAP_TEST(without_a_tpm_no_key_is_sealed_and_none_is_stored_instead),
		TAP_TEST(files_that_change_under_the_question_are_asked_about_again),
		{ 0 },
	};

	return tap_run(tests);
}
