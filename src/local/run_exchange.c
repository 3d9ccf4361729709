/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection of `stprov local run`, with its requests: see run.h. */
#include "local/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/tls.h"
#include "local/limits.h"
#include "local/reach.h"
#include "local/trust.h"
#include "local/waiting.h"
#include "net/tcp.h"

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

/* v1. The console shows the same name, size and digits. */
static int add_files(struct run *run, struct api_client *client,
	const uint8_t binding[HOSTFILE_BINDING_SIZE], struct error *error)
{
	struct run_files *files = &run->files;
	int r = 0;

	for (size_t i = 0; r == 0 && i < files->n; i++) {
		const struct api_file *file = &files->items[i];
		r = hostfile_mac(binding, file->name, file->data, file->len, files->macs[i], error);
		if (r == 0)
			r = api_client_add_file(client, file, error);
		if (r != 0)
			return error_prefix(error, r, "file %s", file->name);
		log_line("file %s, %zu byte%s, %s", file->name, file->len,
			text_plural(file->len, "", "s"), files->macs[i]);
	}
	return r;
}

/* What is staged for this connection, by what was sent. @certificate: its MAC. */
static int believe(const struct run *run, const char certificate[HOSTFILE_MAC_MAX],
	struct api_believed *ret, struct error *error)
{
	struct api_believed believed = { .files_n = run->files.n,
		.keep_files = run->keep_files,
		.sealed = run->attestation.seal != SEAL_NONE };
	struct api_staged staged = { .n = 0 };
	int r = run->has_keys ? api_staged_of(&run->keys, &staged, error) : 0;

	for (size_t i = 0; i < run->files.n; i++) {
		memcpy(believed.files[i].name, run->files.items[i].name,
			sizeof(believed.files[i].name));
		memcpy(believed.files[i].mac, run->files.macs[i], sizeof(believed.files[i].mac));
	}
	memcpy(believed.certificate, certificate, sizeof(believed.certificate));
	for (size_t i = 0; i < staged.n; i++)
		for (size_t k = 0; k < EFI_SB_N; k++)
			if (strcmp(efi_sb_variables[k].name->name, staged.items[i].name) == 0)
				memcpy(believed.keys[k], staged.items[i].sha256,
					sizeof(believed.keys[k]));
	*ret = believed;
	return r;
}

/* @believed: NULL in v0.0.1. */
static int commit_platform(const struct run *run, struct api_client *client,
	const struct api_believed *believed, struct api_commit *ret_answer, struct run_result *ret,
	struct error *error)
{
	int r = api_client_commit(client, believed, ret_answer, error);

	if (r != 0)
		return error_prefix(error, r, "commit");
	return result_take(run, ret_answer, ret, error);
}

/* -- v0.0.1 ---------------------------------------------------------------------------------- */

static int provision_v0(
	const struct run *run, struct stream *stream, struct run_result *ret, struct error *error)
{
	_cleanup_api_client_ struct api_client client;
	struct api_commit answer;

	int r = api_client_init(&client, stream, run->endpoint, &run->password, ANSWER_MS, error);
	if (r == 0)
		r = add_entropy(&client, error);
	if (r == 0)
		r = add_keys(run, &client, error);
	if (r == 0)
		r = commit_platform(run, &client, NULL, &answer, ret, error);
	return r;
}

static int connect_v0(struct run *run, struct run_result *ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	_cleanup_close_ int fd = -1;

	int r = reach_v0(run, &fd, error);
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

/*
 * Which host key and name a commit would store, and whether this machine may trust them, before
 * anything is decided.
 */
static int prepare_platform(const struct run *run, struct api_client *client,
	struct run_result *ret, struct error *error)
{
	struct api_commit answer;
	int r = api_client_prepare(client, &answer, error);

	if (r == API_E_STATUS && client->status == 404)
		return error_set(error, r,
			"the platform does not know the request prepare: it has an older stprov");
	if (r != 0)
		return error_prefix(error, r, "prepare");
	r = result_take(run, &answer, ret, error);
	if (r == 0)
		r = trust_check(run, ret, error);
	return r == 0 && run->watch ? run->watch->prepared(run->watch->context, ret, error) : r;
}

/* First of all: without a TPM that can do it nothing else is sent. */
static int ask_to_seal(struct run *run, struct api_client *client, struct waiting_stream *waiting,
	struct error *error)
{
	if (run->attestation.seal == SEAL_NONE)
		return 0;
	int r = attestation_order(&run->attestation, error);
	if (r < 0)
		return r;
	waiting_for(waiting, "waiting for the platform's TPM", clock_now_ms() + TPM_MS);
	r = api_client_seal(client, &run->attestation.order, TPM_MS, error);
	waiting_end(waiting);
	if (r == API_E_STATUS && client->status == 404)
		return error_set(error, r,
			"the platform's stprov knows nothing of TPMs; nothing was written");
	if (r == API_E_STATUS) {
		struct error why = *error;
		return error_set(error, r, "%s; nothing was written", why.text);
	}
	return r;
}

/* Neither way is there a silent fallback. */
static int check_sealed(const struct run *run, const struct run_result *stored, struct error *error)
{
	const bool wanted = run->attestation.seal != SEAL_NONE;

	if (wanted == stored->sealed)
		return 0;
	return error_set(error, -EPROTO, "the host key was stored, but not as asked: %s",
		wanted ? "it is not sealed" : "it is sealed");
}

/* What was committed must be what was announced. */
static int check_prepared(
	const struct run_result *prepared, const struct run_result *stored, struct error *error)
{
	bool same_key = strcmp(prepared->publickey, stored->publickey) == 0;

	if (same_key && strcmp(prepared->hostname, stored->hostname) == 0)
		return 0;
	return error_set(error, -EPROTO,
		"the platform stored %s for %s, and had announced %s for %s: do not trust it",
		stored->fingerprint, stored->hostname, prepared->fingerprint, prepared->hostname);
}

/* One connection of v1 whose words were compared. */
struct established {
	struct api_client client;
	struct waiting_stream waiting;
	uint8_t binding[TLS_EXPORTER_SIZE];
	const char *words;
};

/* Waits for the operator's decision on the platform's console, and shows that it waits. */
static int commit_v1(struct run *run, struct established *with, const struct api_believed *believed,
	const struct run_result *prepared, struct run_result *ret, struct error *error)
{
	struct api_commit answer;

	if (!run->watch)
		log_line("if the platform's console shows the same words, press Enter there; "
			 "waiting");
	waiting_for(&with->waiting, "waiting for the platform's operator", CLOCK_NEVER);
	int r = commit_platform(run, &with->client, believed, &answer, ret, error);
	waiting_end(&with->waiting);
	if (r < 0) {
		struct error lost = *error;
		return error_set(error, r, "%s; the platform's console says whether it was stored",
			lost.text);
	}
	if (r == 0)
		r = check_prepared(prepared, ret, error);
	if (r == 0)
		r = check_sealed(run, ret, error);
	return r == 0 ? attestation_finish(run, with->binding, with->words, &answer, error) : r;
}

/* Of the prepared key. The console shows the same CA, principals, end and digits. */
static int certify(const struct run *run, struct api_client *client,
	const uint8_t binding[HOSTFILE_BINDING_SIZE], const struct run_result *prepared,
	struct host_ca_signed *ret, char ret_mac[HOSTFILE_MAC_MAX], struct error *error)
{
	const char *line = ret->certificate.line;
	char end[CLOCK_TEXT_MAX];

	log_line("signing the host key %s with %s", prepared->fingerprint, run->ca.key);
	int r = host_ca_sign(&run->ca, prepared->publickey, prepared->hostname, ret, error);
	if (r < 0) {
		struct error why = *error;
		return error_set(error, r, "--host-ca: %s; nothing was committed", why.text);
	}
	r = hostfile_mac(binding, efi_host_certificate.name, line, strlen(line), ret_mac, error);
	if (r == 0)
		r = api_client_add_certificate(client, &ret->certificate, error);
	if (r != 0)
		return error_prefix(error, r, "host certificate");
	hostkey_certificate_format_end(ret->content.valid_before, end);
	log_line("host certificate, %s, by CA %s", ret_mac, ret->content.ca_fingerprint);
	log_line("  principals %s", ret->content.principals);
	log_line("  serial %llu, ends %s", (unsigned long long)ret->content.serial, end);
	return 0;
}

/* Entropy, keys and files. */
static int send_all(struct run *run, struct api_client *client,
	const uint8_t binding[HOSTFILE_BINDING_SIZE], struct error *error)
{
	int r = add_entropy(client, error);

	if (r == 0)
		r = add_keys(run, client, error);
	return r == 0 ? add_files(run, client, binding, error) : r;
}

static int provision_v1(
	struct run *run, struct established *with, struct run_result *ret, struct error *error)
{
	static_assert(TLS_EXPORTER_SIZE == HOSTFILE_BINDING_SIZE, "the same");
	char mac[HOSTFILE_MAC_MAX] = "";
	struct api_client *client = &with->client;
	struct run_result prepared;
	struct host_ca_signed certificate;
	struct api_believed believed;

	int r = ask_to_seal(run, client, &with->waiting, error);
	if (r == 0)
		r = send_all(run, client, with->binding, error);
	if (r == 0)
		r = prepare_platform(run, client, &prepared, error);
	if (r == 0 && run->ca.key)
		r = certify(run, client, with->binding, &prepared, &certificate, mac, error);
	if (r == 0)
		r = believe(run, mac, &believed, error);
	if (r == 0)
		r = commit_v1(run, with, &believed, &prepared, ret, error);
	if (r == 0 && run->ca.key) {
		ret->has_certificate = true;
		ret->certificate = certificate;
	}
	return r;
}

/* Before anything else is sent. Only then are the words shown, for the review on the console. */
static int compare_connection(const struct run *run, int fd, const char *words,
	const uint8_t bytes[CODE_SIZE], struct error *error)
{
	char ours[NET_ENDPOINT_TEXT_MAX];
	int r;

	net_local_endpoint(fd, ours);
	r = run->watch ? run->watch->opened(run->watch->context, words, ours, fd, error)
		       : compare_words(bytes, run->compare, fd, error);
	if (r != 0)
		return r;
	if (run->watch)
		return 0;
	if (run->compare == COMPARE_NOTHING)
		log_line("warning: the comparison words were not compared (--no-compare)");
	log_line("comparison words: %s", words);
	log_line("  of the connection from %s", ours);
	return 0;
}

/* @fd: of the connection, after its handshake. @bytes: of the words. */
static int use_connection(struct run *run, struct tls_conn *conn, int fd, const char *words,
	const uint8_t bytes[CODE_SIZE], struct run_result *ret, struct error *error)
{
	struct established with = { .words = words };

	waiting_stream_init(&with.waiting, tls_conn_stream(conn));
	api_client_init_v1(&with.client, &with.waiting.stream, run->endpoint, ANSWER_MS);
	int r = tls_export_binding(conn, with.binding, error);
	/* A machine in between is found before its words are looked at. */
	if (r == 0)
		r = attestation_run(run, &with.client, &with.waiting, with.binding, error);
	if (r == 0)
		r = compare_connection(run, fd, words, bytes, error);
	if (r == 0)
		r = provision_v1(run, &with, ret, error);
	if (r == 0)
		snprintf(ret->words, sizeof(ret->words), "%s", words);
	api_client_deinit(&with.client);
	return r;
}

static int connect_v1(struct run *run, struct run_result *ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	_cleanup_close_ int fd = -1;
	struct opening_result result;
	uint8_t bytes[CODE_SIZE];
	char words[CODE_TEXT_MAX];

	int r = reach_v1(run, &fd, &result, error);
	if (r == 0)
		r = tls_context_new_psk(false, &context, error);
	if (r == 0)
		r = tls_conn_new(context, fd, &conn, error);
	if (r != 0)
		return r;
	tls_conn_set_psk(conn, result.psk);
	memcpy(bytes, result.words, sizeof(bytes));
	code_format(bytes, ' ', words);
	secret_wipe_bytes(&result, sizeof(result));
	r = tls_handshake(conn, clock_now_ms() + ANSWER_MS, error);
	if (r == 0)
		r = use_connection(run, conn, fd, words, bytes, ret, error);
	tls_close(conn);
	return r;
}

int exchange_run(struct run *run, struct run_result *ret, struct error *error)
{
	int r = run->compat ? connect_v0(run, ret, error) : connect_v1(run, ret, error);

	/* A name that could not be looked up has no endpoint, and is in the text. */
	return r == 0 || !run->endpoint[0] ? r : error_prefix(error, r, "%s", run->endpoint);
}
