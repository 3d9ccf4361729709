/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection of `stprov local run`, with two or three requests: see run.h. */
#include "local/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/tls.h"
#include "local/waiting.h"
#include "opening/client.h"

#define CONNECT_MS (10 * 1000)
/* For the opening, the TLS handshake, and each answer except v1's answer to commit. */
#define ANSWER_MS (30 * 1000)
/* While the platform is busy: how long this tries again, and the pause between two tries. */
#define BUSY_MS (20 * 1000)
#define BUSY_PAUSE_MS 500

static void show_entropy(const struct api_add_data *request)
{
	_cleanup_free_ char *dump = text_format_dump(request->entropy, sizeof(request->entropy));

	fprintf(stderr, "added entropy\n\n%s\n", dump ? dump : "");
	if (dump)
		secret_wipe_bytes(dump, strlen(dump));
}

/* Sends entropy. v0.0.1 shows it, so that the operator can compare it with the platform's. */
static int add_entropy(struct api_client *client, struct error *error)
{
	struct api_add_data request = { .timestamp = clock_calendar_s() };

	int r = random_bytes(request.entropy, sizeof(request.entropy), error);
	if (r == 0)
		r = api_client_add_data(client, &request, error);
	if (r == API_E_STATUS && client->status == 403) {
		struct error answer = *error;
		r = error_set(error, r,
			"%s (is this machine's address in one of its allowed networks, -a?)",
			answer.text);
	}
	if (r == 0 && client->protocol == API_V0)
		show_entropy(&request);
	secret_wipe_bytes(&request, sizeof(request));
	return r;
}

static int add_keys(const struct run *run, struct api_client *client, struct error *error)
{
	int r = run->has_keys ? api_client_add_secure_boot(client, &run->keys, error) : 0;

	if (r != 0)
		return error_prefix(error, r, "Secure Boot keys");
	if (run->has_keys)
		log_line("the platform accepted the Secure Boot keys%s",
			run->compat ? "" : "; it writes them after Enter");
	return 0;
}

static int commit_platform(const struct run *run, struct api_client *client, struct run_result *ret,
	struct error *error)
{
	struct api_commit answer;
	int r = api_client_commit(client, &answer, error);

	if (r != 0)
		return error_prefix(error, r, "commit");
	return result_take(run, &answer, ret, error);
}

/* -- v0.0.1 ---------------------------------------------------------------------------------- */

static int provision_v0(
	const struct run *run, struct stream *stream, struct run_result *ret, struct error *error)
{
	_cleanup_api_client_ struct api_client client;

	int r = api_client_init(&client, stream, run->endpoint, &run->password, ANSWER_MS, error);
	if (r == 0)
		r = add_entropy(&client, error);
	if (r == 0)
		r = add_keys(run, &client, error);
	if (r == 0)
		r = commit_platform(run, &client, ret, error);
	return r;
}

static int connect_v0(const struct run *run, struct run_result *ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	_cleanup_close_ int fd = -1;

	int r = waiting_connect(&run->address, run->port, clock_now_ms() + CONNECT_MS, &fd, error);
	if (r == 0)
		r = tls_context_new_client(run->seed.bytes, &context, error);
	if (r == 0)
		r = tls_conn_new(context, fd, &conn, error);
	if (r != 0)
		return r;
	r = tls_handshake(conn, clock_now_ms() + ANSWER_MS, error);
	if (r == TLS_E_CERTIFICATE)
		return error_set(error, r,
			"the platform shows another certificate. "
			"The one-time password may be incorrect.");
	if (r == TLS_E_CLOSED || r == -ECONNRESET)
		return error_set(error, r,
			"the platform closed the connection before TLS: this machine's "
			"address may not be in one of its allowed networks (-a), or it was "
			"started without --compat");
	if (r != 0)
		return r;
	r = provision_v0(run, tls_conn_stream(conn), ret, error);
	tls_close(conn);
	return r;
}

/* -- v1 -------------------------------------------------------------------------------------- */

/* Waits for the operator's decision on the platform's console, and shows that it waits. */
static int provision_v1(const struct run *run, struct stream *stream, const char *words,
	struct run_result *ret, struct error *error)
{
	_cleanup_api_client_ struct api_client client;
	struct waiting_stream waiting;

	waiting_stream_init(&waiting, stream);
	api_client_init_v1(&client, &waiting.stream, run->endpoint, ANSWER_MS);
	int r = add_entropy(&client, error);
	if (r == 0)
		r = add_keys(run, &client, error);
	if (r != 0)
		return r;
	log_line("comparison words: %s", words);
	log_line("if the platform's console shows the same words, press Enter there; waiting");
	waiting_for(&waiting, "waiting for the platform's operator", CLOCK_NEVER);
	r = commit_platform(run, &client, ret, error);
	if (r < 0) {
		struct error lost = *error;
		return error_set(error, r, "%s; the platform's console says whether it was stored",
			lost.text);
	}
	if (r == 0)
		snprintf(ret->words, sizeof(ret->words), "%s", words);
	return r;
}

/* The remedy for a failed opening. */
static int explain_opening(int r, struct error *error)
{
	switch (r) {
	case OPENING_E_CODE:
		return error_set(error, r,
			"wrong code: type it again as the platform's console shows it; "
			"if it is right, another machine answers at this address");
	case OPENING_E_SILENT:
		return error_set(error, r,
			"the platform closed the connection without an answer: this machine's "
			"address "
			"may not be in one of its allowed networks (-a), or it speaks "
			"stprov/v0.0.1 "
			"only, as --compat does");
	case OPENING_E_CLOSED:
		return error_set(
			error, r, "the platform closed the connection: its console says why");
	case OPENING_E_OLD:
		return error_set(error, r,
			"the platform speaks stprov/v0.0.1 only, in which a short code is not "
			"safe: --compat speaks it too");
	default:
		return r;
	}
}

/* One try: a connection, and the opening on it. */
static int open_once(const struct run *run, int *ret_fd, struct opening_result *ret,
	enum opening_status *ret_status, struct error *error)
{
	_cleanup_close_ int fd = -1;
	struct stream_socket raw;
	int r = waiting_connect(&run->address, run->port, clock_now_ms() + CONNECT_MS, &fd, error);

	if (r != 0)
		return r;
	stream_socket_init(&raw, fd);
	r = opening_connect(
		&raw.stream, &run->prover, clock_now_ms() + ANSWER_MS, ret, ret_status, error);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r == OPENING_E_STATUS ? r : explain_opening(r, error);
}

/* Another client's attempt lasts some seconds at most. */
static int open_patiently(
	const struct run *run, int *ret_fd, struct opening_result *ret, struct error *error)
{
	int64_t until_ms = clock_now_ms() + BUSY_MS;
	enum opening_status status = OPENING_GO_ON;

	for (bool told = false;; told = true) {
		int r = open_once(run, ret_fd, ret, &status, error);
		if (r != OPENING_E_STATUS || status != OPENING_BUSY || clock_now_ms() >= until_ms)
			return r;
		if (!told)
			log_line("%s: trying again for a while", error->text);
		poll(NULL, 0, BUSY_PAUSE_MS);
	}
}

static int connect_v1(const struct run *run, struct run_result *ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	_cleanup_close_ int fd = -1;
	struct opening_result result;
	char words[CODE_TEXT_MAX];

	int r = open_patiently(run, &fd, &result, error);
	if (r == 0)
		r = tls_context_new_psk(false, &context, error);
	if (r == 0)
		r = tls_conn_new(context, fd, &conn, error);
	if (r != 0)
		return r;
	tls_conn_set_psk(conn, result.psk);
	code_format(result.words, ' ', words);
	secret_wipe_bytes(&result, sizeof(result));
	r = tls_handshake(conn, clock_now_ms() + ANSWER_MS, error);
	if (r == 0)
		r = provision_v1(run, tls_conn_stream(conn), words, ret, error);
	tls_close(conn);
	return r;
}

int exchange_run(const struct run *run, struct run_result *ret, struct error *error)
{
	int r = run->compat ? connect_v0(run, ret, error) : connect_v1(run, ret, error);

	return r == 0 ? 0 : error_prefix(error, r, "%s", run->endpoint);
}
