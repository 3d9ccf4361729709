/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tpm/ without a TPM: texts of sealed keys that are refused, malformed answers, and the parent's
 * side of the TPM role with a role that lies. test_tpm_vectors.c has good values, the integration
 * test a TPM.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "tpm/client.h"
#include "tpm/statement.h"

static struct error error;

/* -- texts ------------------------------------------------------------------------------------ */

/* A seed of the fuzz target. */
static char *read_seed(const char *name)
{
	uint8_t *data = NULL;
	char path[512];
	size_t len = 0;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/tpm_sealed/%s", getenv("STPROV_SOURCE"),
		name);
	tap_eq_int(file_read(AT_FDCWD, path, TPM_SEALED_TEXT_MAX, &data, &len, &error), 0);
	return (char *)data;
}

static int read_text(const char *text, struct tpm_sealed_key *key)
{
	error = ERROR_INIT;
	return tpm_sealed_read(text, strlen(text), key, &error);
}

static void every_kind_is_read_and_written_again(void)
{
	static const struct {
		const char *name;
		enum tpm_kind kind;
		uint32_t pcrs;
		size_t approvals;
	} rows[] = {
		{ "tpm", TPM_KIND_TPM, 0, 0 },
		{ "pcr", TPM_KIND_PCR, 1u << 7, 0 },
		{ "signed-rsa", TPM_KIND_SIGNED, 1u << 7 | 1u << 11, 2 },
		{ "signed-p256", TPM_KIND_SIGNED, 1u << 7 | 1u << 11, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = read_seed(rows[i].name);
		char again[TPM_SEALED_TEXT_MAX + 1];
		struct tpm_sealed_key key;
		size_t len = 0;
		tap_eq_int(read_text(text, &key), 0);
		tap_eq_text(error.text, "");
		tap_eq_int(key.sealed.kind, rows[i].kind);
		tap_eq_int(key.sealed.pcrs, rows[i].pcrs);
		tap_eq_int(key.sealed.n_approvals, rows[i].approvals);
		tap_eq_int(tpm_sealed_write(&key, again, &len, &error), 0);
		tap_eq_text(again, text);
	}
}

static void more_approvals_than_fit_are_not_written(void)
{
	_cleanup_free_ char *text = read_seed("signed-rsa");
	char again[TPM_SEALED_TEXT_MAX + 1];
	struct tpm_sealed_key key;
	size_t len = 0;

	tap_eq_int(read_text(text, &key), 0);
	while (key.sealed.n_approvals < TPM_APPROVALS_MAX) {
		key.sealed.approvals[key.sealed.n_approvals] = key.sealed.approvals[0];
		key.sealed.n_approvals++;
	}
	tap_eq_int(tpm_sealed_write(&key, again, &len, &error), -E2BIG);
	tap_eq_text(error.text, "the sealed host key is longer than 4096 bytes");
}

/* Replaces the first @old by @new in a text that the caller frees. */
static char *replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *out = NULL;

	tap_ok(at != NULL);
	if (at)
		tap_ok(asprintf(&out, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old)) >
			0);
	return out;
}

static void a_text_that_differs_is_refused_with_its_line(void)
{
	static const struct {
		const char *old, *new, *want;
	} rows[] = {
		{ "key 1\n", "key 2\n", "the first line is not `stprov sealed host key 1`" },
		{ "key 1\n", "key 1\r\n", "the first line is not `stprov sealed host key 1`" },
		{ "ssh-ed25519 ", "ssh-rsa ", "`parent`" },
		{ " AAAAC3", " AAAAC4", "`ssh-ed25519`" },
		{ " AAAAC3", "  AAAAC3", "`ssh-ed25519`" },
		{ "ospkg@system-transparency", "root@host", "`ssh-ed25519`" },
		{ "transparency\n", "transparency \n", "`ssh-ed25519`" },
		{ "parent 81535450", "parent 81535452", "its parts do not fit together" },
		{ "parent 81535450", "parent 8153545", "`parent`" },
		{ "parent 81535450 000b", "parent 81535450 000B", "`parent`" },
		{ "parent 81535450 000b", "parent 81535450 0b", "`parent`" },
		{ "parent", "parents", "`policy`" },
		{ "policy pcr sha256 7", "policy tpm", "its parts do not fit together" },
		{ "policy pcr", "policy signed", "the line `signer` is missing" },
		{ "policy pcr sha256 7", "policy pcr sha256", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha256 ", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha1 7", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha256 24", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha256 07", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha256 7,", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha256 7,7", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha256 7,4", "`policy`" },
		{ "policy pcr sha256 7", "policy pcr sha256 7 4", "`policy`" },
		{ "policy pcr sha256 7\n", "policy pcr sha256 7\npolicy pcr sha256 7\n",
			"`policy`" },
		{ "public AE4", "public AE8", "`public`" },
		{ "AE4ACAALAAAEEgAg", "AE4ACAALAAAEUgAg", "its parts do not fit together" },
		{ "public ", "private ", "`private`" },
		{ "private AKI", "private AKM", "`private`" },
		{ "private ", "later ", "the line `private` is missing" },
		{ "gnw=\n", "gnw=", "the last line is truncated" },
		{ "gnw=\n", "gnw\n", "`private`" },
		{ "gnw=\n", "gnw=\nsigner AAAA\n", "its parts do not fit together" },
		{ "gnw=\n", "gnw=\napproved AAAA AAAA\n", "`approved`" },
	};
	_cleanup_free_ char *text = read_seed("pcr");
	struct tpm_sealed_key key;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *other = replaced(text, rows[i].old, rows[i].new);
		tap_eq_int(read_text(other, &key), -EINVAL);
		if (!strstr(error.text, rows[i].want))
			tap_fail(__FILE__, __LINE__, "%s -> %s: got \"%s\", want \"%s\"",
				rows[i].old, rows[i].new, error.text, rows[i].want);
	}
	tap_eq_int(tpm_sealed_read("", 0, &key, &error), -EINVAL);
	static char large[TPM_SEALED_TEXT_MAX + 1];
	tap_eq_int(tpm_sealed_read(large, sizeof(large), &key, &error), -EINVAL);
	tap_eq_text(error.text, "longer than 4096 bytes");
}

static void lines_of_a_later_version_are_passed_over(void)
{
	_cleanup_free_ char *text = read_seed("pcr");
	_cleanup_free_ char *later = replaced(text, "parent", "later 1 2\n\nparent");
	struct tpm_sealed_key key;

	tap_eq_int(read_text(later, &key), 0);
	tap_eq_int(key.sealed.pcrs, 1u << 7);
}

/* -- messages --------------------------------------------------------------------------------- */

/* PolicyPCR without expected digest, by Part 3, section 23.7. */
static void a_command_is_these_bytes(void)
{
	static const uint8_t want[] = { 0x80, 0x01, 0, 0, 0, 26, 0, 0, 1, 0x7f, /* header */
		3, 0, 0, 0,                                                     /* session */
		0, 0, 0, 0, 0, 1, 0, 0x0b, 3, 0x80, 0, 0 };
	uint8_t out[TPM_MESSAGE_MAX];
	struct tpm_request request;

	tpm_encode_policy_pcr(&request, 0x03000000, 1u << 7);
	size_t len = tpm_message_write(&request, NULL, 0, out);
	tap_eq_bytes(out, len, want, sizeof(want));
}

static void an_answer_of_another_form_is_refused(void)
{
	static const struct {
		size_t len;
		uint8_t bytes[32];
		bool is_good;
	} rows[] = {
		{ 10, { 0x80, 1, 0, 0, 0, 10 }, true },
		{ 10, { 0x80, 2, 0, 0, 0, 10 }, false },             /* sessions */
		{ 10, { 0x80, 1, 0, 0, 0, 11 }, false },             /* longer */
		{ 10, { 0x80, 1, 0, 0, 0, 9 }, false },              /* shorter */
		{ 9, { 0x80, 1, 0, 0, 0, 9 }, false },               /* no header */
		{ 10, { 0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1 }, true },  /* a refusal */
		{ 11, { 0x80, 1, 0, 0, 0, 11, 0, 0, 1, 1 }, false }, /* and more */
	};
	struct tpm_authorization got[TPM_AUTHS_MAX];
	static struct tpm_answer answer;
	struct tpm_request request;
	uint32_t code;

	tpm_encode_flush_context(&request, 0x80000000);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (tpm_message_read(rows[i].bytes, rows[i].len, &request, 0, &code, &answer,
			    got) != rows[i].is_good)
			tap_fail(__FILE__, __LINE__, "row %zu", i);
}

/* -- the role's parent ------------------------------------------------------------------------ */

/* A client, and the other end of its socket, where this test is the role. */
static struct tpm_client client;
static int role_fd = -1;

static void open_client(void)
{
	int fds[2];

	tap_eq_int(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	memset(&client, 0, sizeof(client));
	client.role.frame_fd = fds[0];
	client.deadline_ms = CLOCK_NEVER;
	role_fd = fds[1];
	error = ERROR_INIT;
}

static void close_client(void)
{
	close(client.role.frame_fd);
	close(role_fd);
}

static void tell(unsigned type, const void *payload, size_t len)
{
	tap_eq_int(frame_send(role_fd, type, payload, len, &error), 0);
}

static int take(int *ret_result)
{
	return tpm_client_take(&client, clock_now_ms(), ret_result, &error);
}

static struct tpm_sealed read_sealed(const char *name)
{
	_cleanup_free_ char *text = read_seed(name);
	struct tpm_sealed_key key;

	tap_eq_int(read_text(text, &key), 0);
	return key.sealed;
}

/* The order that the seed `pcr` may answer, and that answer. */
static void make_seal(struct tpm_seal_order *order, struct tpm_seal_result *result)
{
	memset(order, 0, sizeof(*order));
	memset(result, 0, sizeof(*result));
	result->sealed = read_sealed("pcr");
	result->parent_public.len = 10;
	order->kind = TPM_KIND_PCR;
	order->pcrs = 1u << 7;
	memcpy(order->policy, tpm_sealed_policy(&result->sealed), TPM_HASH_SIZE);
}

static int take_sealed(const struct tpm_seal_order *order, const struct tpm_seal_result *result)
{
	uint8_t payload[TPM_IPC_PAYLOAD_MAX];
	int outcome = -1;

	open_client();
	tap_eq_int(tpm_client_seal(&client, order, &error), 0);
	tell(TPM_IPC_SEALED, payload, tpm_ipc_encode_result(result, payload));
	int r = take(&outcome);
	tap_ok(r != 0 || outcome == 0);
	close_client();
	return r;
}

static void an_answer_is_what_was_asked_for(void)
{
	struct tpm_seal_order order;
	struct tpm_seal_result result;

	make_seal(&order, &result);
	tap_eq_int(take_sealed(&order, &result), 0);
	/* Another policy, other PCRs, another kind. */
	order.policy[0] ^= 1;
	tap_eq_int(take_sealed(&order, &result), -EPROTO);
	order.policy[0] ^= 1;
	order.pcrs = 1u << 8;
	tap_eq_int(take_sealed(&order, &result), -EPROTO);
	order.pcrs = 0;
	order.kind = TPM_KIND_TPM;
	tap_eq_int(take_sealed(&order, &result), -EPROTO);
	/* At a handle that a stored key names. */
	make_seal(&order, &result);
	order.is_named[0] = true;
	tap_eq_int(take_sealed(&order, &result), -EPROTO);
	/* Without the statement that was asked for, and with one that was not. */
	make_seal(&order, &result);
	order.certify = true;
	tap_eq_int(take_sealed(&order, &result), -EPROTO);
	result.statement.len = result.signature.len = 1;
	tap_eq_int(take_sealed(&order, &result), 0);
	order.certify = false;
	tap_eq_int(take_sealed(&order, &result), -EPROTO);
	tap_eq_text(error.text, "the process that talks to the TPM sent what it was not asked for");
}

static void an_answer_to_another_request_ends_it(void)
{
	static const uint8_t payload[TPM_SECRET_SIZE];
	int outcome = -1;

	for (unsigned type = 0; type < 40; type++) {
		struct tpm_sealed sealed = read_sealed("pcr");
		if (type == TPM_IPC_OPENED || type == TPM_IPC_READY || type == TPM_IPC_BROKEN)
			continue;
		open_client();
		tap_eq_int(tpm_client_open(&client, &sealed, &error), 0);
		tell(type, payload, sizeof(payload));
		tap_eq_int(take(&outcome), -EPROTO);
		close_client();
	}
	/* Nothing was asked for. */
	open_client();
	tell(TPM_IPC_OPENED, payload, sizeof(payload));
	tap_eq_int(take(&outcome), -EPROTO);
	close_client();
}

static void a_secret_has_its_length(void)
{
	static const uint8_t payload[TPM_SECRET_SIZE + 1] = { 1 };
	int outcome = -1;

	for (size_t len = TPM_SECRET_SIZE - 1; len <= TPM_SECRET_SIZE + 1; len++) {
		struct tpm_sealed sealed = read_sealed("tpm");
		open_client();
		tap_eq_int(tpm_client_open(&client, &sealed, &error), 0);
		tell(TPM_IPC_OPENED, payload, len);
		tap_eq_int(take(&outcome), len == TPM_SECRET_SIZE ? 0 : -EPROTO);
		if (len == TPM_SECRET_SIZE)
			tap_eq_bytes(client.answer.secret, len, payload, len);
		close_client();
	}
}

static void a_failure_is_the_requests_result(void)
{
	struct tpm_failure failure = { .code = -EACCES };
	struct tpm_sealed sealed = read_sealed("pcr");
	uint8_t payload[TPM_IPC_PAYLOAD_MAX];
	int outcome = 0;

	open_client();
	tap_eq_int(tpm_client_forget(&client, &error), 0);
	tap_eq_int(take(&outcome), TPM_CLIENT_E_AGAIN);
	tell(TPM_IPC_READY, NULL, 0);
	tap_eq_int(take(&outcome), TPM_CLIENT_E_AGAIN);
	strcpy(failure.error.text, "the TPM has \033[31m a password");
	tell(TPM_IPC_FAILED, payload, tpm_ipc_encode_failed(&failure, payload));
	tap_eq_int(take(&outcome), 0);
	tap_eq_int(outcome, -EACCES);
	tap_eq_text(error.text, "the TPM has \\x1b[31m a password");
	/* Why it does not open is a result of OPEN and MATCH only. */
	failure.code = TPM_OPEN_E_PCRS;
	tap_eq_int(tpm_client_match(&client, &sealed, &error), 0);
	tell(TPM_IPC_FAILED, payload, tpm_ipc_encode_failed(&failure, payload));
	tap_eq_int(take(&outcome), 0);
	tap_eq_int(outcome, TPM_OPEN_E_PCRS);
	tap_eq_int(tpm_client_forget(&client, &error), 0);
	tell(TPM_IPC_FAILED, payload, tpm_ipc_encode_failed(&failure, payload));
	tap_eq_int(take(&outcome), -EPROTO);
	close_client();
	/* Success is not a failure. */
	failure.code = 0;
	open_client();
	tap_eq_int(tpm_client_match(&client, &sealed, &error), 0);
	tell(TPM_IPC_FAILED, payload, tpm_ipc_encode_failed(&failure, payload));
	tap_eq_int(take(&outcome), -EPROTO);
	close_client();
}

static void certificates_have_a_limit(void)
{
	static uint8_t payload[TPM_IPC_PAYLOAD_MAX], der[TPM_CERTIFICATE_MAX + 1];
	int outcome = 0;

	open_client();
	tap_eq_int(tpm_client_attest(&client, &error), 0);
	for (size_t i = 0; i < TPM_CHAIN_MAX / TPM_CERTIFICATE_MAX; i++) {
		tell(TPM_IPC_CERTIFICATE, payload,
			tpm_ipc_encode_certificate(true, der, TPM_CERTIFICATE_MAX, payload));
		tap_eq_int(take(&outcome), TPM_CLIENT_E_AGAIN);
	}
	tap_eq_int(client.answer.attest.n_chain, 4);
	tell(TPM_IPC_CERTIFICATE, payload, tpm_ipc_encode_certificate(true, der, 1, payload));
	tap_eq_int(take(&outcome), -EPROTO);
	close_client();
	open_client();
	tap_eq_int(tpm_client_attest(&client, &error), 0);
	tell(TPM_IPC_CERTIFICATE, payload,
		tpm_ipc_encode_certificate(false, der, TPM_CERTIFICATE_MAX + 1, payload));
	tap_eq_int(take(&outcome), -EPROTO);
	close_client();
}

static void a_request_without_answer_has_a_deadline(void)
{
	int outcome = 0;

	open_client();
	tap_eq_int(tpm_client_look(&client, &error), 0);
	tap_ok(client.deadline_ms > clock_now_ms());
	tap_ok(client.deadline_ms <= clock_now_ms() + TPM_CLIENT_LIMIT_MS);
	tap_eq_int(tpm_client_take(&client, client.deadline_ms - 1, &outcome, &error),
		TPM_CLIENT_E_AGAIN);
	tap_eq_int(tpm_client_take(&client, client.deadline_ms, &outcome, &error), -ETIMEDOUT);
	tap_eq_text(error.text, "the TPM did not answer for 120 s");
	close_client();
}

static void a_role_that_was_not_locked_in_says_why(void)
{
	int outcome = 0;

	open_client();
	tap_eq_int(tpm_client_look(&client, &error), 0);
	tell(TPM_IPC_BROKEN, "setrlimit", 9);
	tap_eq_int(take(&outcome), -EPERM);
	tap_eq_text(error.text, "the process that talks to the TPM cannot be locked in: setrlimit");
	close_client();
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(every_kind_is_read_and_written_again),
		TAP_TEST(more_approvals_than_fit_are_not_written),
		TAP_TEST(a_text_that_differs_is_refused_with_its_line),
		TAP_TEST(lines_of_a_later_version_are_passed_over),
		TAP_TEST(a_command_is_these_bytes),
		TAP_TEST(an_answer_of_another_form_is_refused),
		TAP_TEST(an_answer_is_what_was_asked_for),
		TAP_TEST(an_answer_to_another_request_ends_it),
		TAP_TEST(a_secret_has_its_length),
		TAP_TEST(a_failure_is_the_requests_result),
		TAP_TEST(certificates_have_a_limit),
		TAP_TEST(a_request_without_answer_has_a_deadline),
		TAP_TEST(a_role_that_was_not_locked_in_says_why),
		{ 0 },
	};
	return tap_run(tests);
}
