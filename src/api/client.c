/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's calls: see client.h. */
#include "api/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/client.h"
#include "secrets/otp.h"

/* How much of a server's reason is shown. */
#define REASON_MAX 160

void api_client_init_v1(
	struct api_client *client, struct stream *stream, const char *host, int64_t timeout_ms)
{
	memset(client, 0, sizeof(*client));
	client->protocol = API_V1;
	snprintf(client->host, sizeof(client->host), "%s", host);
	client->timeout_ms = timeout_ms;
	http_conn_init(&client->conn, stream);
}

int api_client_init(struct api_client *client, struct stream *stream, const char *host,
	const struct secret *password, int64_t timeout_ms, struct error *error)
{
	static const char user[] = OTP_BASIC_USER ":";
	_cleanup_secret_ struct secret plain = SECRET_INIT;
	size_t user_len = strlen(user);

	memset(client, 0, sizeof(*client));
	if (user_len + password->len > SECRET_MAX / 2)
		return error_set(error, -E2BIG, "password is too long");
	memcpy(plain.bytes, user, user_len);
	memcpy(plain.bytes + user_len, password->bytes, password->len);
	plain.len = user_len + password->len;
	memcpy(client->authorization.bytes, "Basic ", 6);
	client->authorization.len = 6 + text_format_base64(plain.bytes, plain.len,
						(char *)client->authorization.bytes + 6);
	snprintf(client->host, sizeof(client->host), "%s", host);
	client->timeout_ms = timeout_ms;
	http_conn_init(&client->conn, stream);
	return 0;
}

void api_client_deinit(struct api_client *client)
{
	secret_wipe_bytes(client, sizeof(*client));
}

/* v0.0.1: the server's reason as one printable line. */
static int refused_text(const struct http_response *response, struct error *error)
{
	char reason[REASON_MAX * TEXT_PRINTABLE_GROWTH];
	char status[REASON_MAX];
	size_t len = MIN(response->len, (size_t)REASON_MAX);

	while (len > 0 && (response->body[len - 1] == '\n' || response->body[len - 1] == '\r'))
		len--;
	text_printable(response->body, len, reason, sizeof(reason));
	text_printable(
		response->head.reason, strlen(response->head.reason), status, sizeof(status));
	return error_set(error, API_E_STATUS, "the platform answered %d %s%s%s",
		response->head.status, status, len > 0 ? ": " : "", reason);
}

/* v1: the sentence, which is the one on the platform's console; log_line() makes it printable. */
static int refused_json(const struct http_response *response, struct error *error)
{
	char sentence[ERROR_TEXT_MAX];
	struct error why;

	if (api_error_decode(response->body, response->len, sentence, &why) < 0)
		return refused_text(response, error);
	return error_set(error, API_E_STATUS, "%s", sentence);
}

/* @max: of the answer's body, in bytes. */
static int call_limited(struct api_client *client, const char *method, const char *name,
	const char *body, size_t max, int64_t deadline_ms, struct http_response *ret,
	struct error *error)
{
	bool v1 = client->protocol == API_V1;
	char path[64];
	struct http_request request = {
		.method = method,
		.target = path,
		.host = client->host,
		.authorization = v1 ? NULL : (const char *)client->authorization.bytes,
		.body = body,
		.len = body ? strlen(body) : 0,
	};

	snprintf(path, sizeof(path), "%s%s", v1 ? API_PREFIX_V1 : API_PREFIX_V0, name);
	int r = http_call(&client->conn, &request, max, deadline_ms, ret, error);
	if (r < 0)
		return r;
	client->status = ret->head.status;
	if (ret->head.status == 200)
		return 0;
	return v1 ? refused_json(ret, error) : refused_text(ret, error);
}

static int call_server(struct api_client *client, const char *method, const char *name,
	const char *body, int64_t deadline_ms, struct http_response *ret, struct error *error)
{
	return call_limited(client, method, name, body, API_ANSWER_MAX, deadline_ms, ret, error);
}

/* @json is wiped and freed. */
static int post_request(struct api_client *client, const char *name, char *json,
	struct http_response *ret, struct error *error)
{
	int64_t deadline_ms = clock_now_ms() + client->timeout_ms;
	int r = call_server(client, "POST", name, json, deadline_ms, ret, error);

	secret_wipe_bytes(json, strlen(json));
	free(json);
	return r;
}

int api_client_add_data(
	struct api_client *client, const struct api_add_data *request, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	char *json = NULL;
	int r = api_add_data_encode(request, &json, error);

	return r < 0 ? r : post_request(client, API_ADD_DATA, json, &response, error);
}

static int check_staged(const struct api_secure_boot *request, const struct http_response *response,
	struct error *error)
{
	struct api_staged expected;
	int r = api_staged_of(request, &expected, error);

	if (r == 0)
		r = api_staged_check(response->body, response->len, &expected, error);
	return r < 0 ? error_prefix(error, r, "what the platform staged") : 0;
}

int api_client_add_secure_boot(
	struct api_client *client, const struct api_secure_boot *request, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	char *json = NULL;
	int r = api_secure_boot_encode(request, &json, error);

	if (r < 0)
		return r;
	r = post_request(client, API_ADD_SECURE_BOOT, json, &response, error);
	if (r == 0 && client->protocol == API_V1)
		r = check_staged(request, &response, error);
	return r;
}

int api_client_prepare(struct api_client *client, struct api_commit *ret, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	int64_t deadline_ms = clock_now_ms() + client->timeout_ms;
	int r = call_server(client, "POST", API_PREPARE, "{}", deadline_ms, &response, error);

	assert(client->protocol == API_V1);
	if (r != 0)
		return r;
	r = api_prepared_decode(response.body, response.len, ret, error);
	return r < 0 ? error_prefix(error, r, "the platform's answer to prepare") : 0;
}

int api_client_add_file(struct api_client *client, const struct api_file *file, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	char *json = NULL;
	int r = api_file_encode(file, &json, error);

	assert(client->protocol == API_V1);
	return r < 0 ? r : post_request(client, API_ADD_FILE, json, &response, error);
}

int api_client_add_certificate(
	struct api_client *client, const struct api_certificate *certificate, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	char *json = NULL;
	int r = api_certificate_encode(certificate, &json, error);

	assert(client->protocol == API_V1);
	return r < 0 ? r : post_request(client, API_ADD_CERTIFICATE, json, &response, error);
}

static int keep_answer(const struct http_response *response, char **ret, struct error *error)
{
	*ret = strndup((const char *)response->body, response->len);
	return *ret ? 0 : error_set_errno(error, -ENOMEM, "the platform's answer");
}

int api_client_attest(struct api_client *client, int64_t limit_ms, struct api_attest *ret,
	char **ret_answer, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	int r = call_limited(client, "POST", API_ATTEST, "{}", API_ATTEST_ANSWER_MAX,
		clock_now_ms() + limit_ms, &response, error);

	assert(client->protocol == API_V1);
	if (r != 0)
		return r;
	r = api_attest_decode(response.body, response.len, ret, error);
	if (r < 0)
		return error_prefix(error, r, "the platform's answer to attest");
	return keep_answer(&response, ret_answer, error);
}

int api_client_attest_prove(struct api_client *client, const struct api_prove *request,
	int64_t limit_ms, struct api_proof *ret, char **ret_answer, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	_cleanup_free_ char *json = NULL;
	int r = api_prove_encode(request, &json, error);

	assert(client->protocol == API_V1);
	if (r == 0)
		r = call_server(client, "POST", API_PROVE, json, clock_now_ms() + limit_ms,
			&response, error);
	if (r != 0)
		return r;
	r = api_proof_decode(response.body, response.len, ret, error);
	if (r < 0)
		return error_prefix(error, r, "the platform's answer to attest-prove");
	return keep_answer(&response, ret_answer, error);
}

int api_client_seal(struct api_client *client, const struct api_seal *request, int64_t limit_ms,
	struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	_cleanup_free_ char *json = NULL;
	int r = api_seal_encode(request, &json, error);

	assert(client->protocol == API_V1);
	return r < 0 ? r
		     : call_server(client, "POST", API_SEAL, json, clock_now_ms() + limit_ms,
			       &response, error);
}

int api_client_commit(struct api_client *client, const struct api_believed *believed,
	struct api_commit *ret, struct error *error)
{
	_cleanup_http_response_ struct http_response response = { .body = NULL };
	_cleanup_free_ char *json = NULL;
	bool v1 = client->protocol == API_V1;
	int64_t deadline_ms = v1 ? CLOCK_NEVER : clock_now_ms() + client->timeout_ms;
	int r = v1 ? api_believed_encode(believed, &json, error) : 0;

	if (r == 0)
		r = call_server(client, v1 ? "POST" : "GET", API_COMMIT, json, deadline_ms,
			&response, error);
	if (r != 0)
		return r;
	r = api_commit_decode(response.body, response.len, ret, error);
	return r < 0 ? error_prefix(error, r, "the platform's answer to commit") : 0;
}
