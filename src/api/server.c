/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's endpoints: see server.h. The order of the checks is the protocol's. */
#include "api/server.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "base/text.h"
#include "http/server.h"

/* `user:password` as sent, at most. */
#define CREDENTIALS_MAX 512

struct api_session {
	const struct api_server_ops *ops;
	void *context;
	enum api_protocol protocol;
	struct error said; /* the last refusal, as a sentence */
};

/* What every endpoint has in common; the body comes decoded from JSON or not at all. */
struct endpoint {
	const char *name;
	const char *method[API_PROTOCOLS]; /* NULL: the protocol does not have it */
	size_t body_limit[API_PROTOCOLS];
	void (*handle)(struct api_session *session, const uint8_t *body, size_t len,
		struct http_answer *answer);
};

/* In v0.0.1 the content type of JSON is text, as in the released server. */
static void answer_json(
	const struct api_session *session, struct http_answer *answer, int status, const char *json)
{
	/* The largest is a commit: texts of less than API_TEXT_MAX bytes, at most 6 each, and what
	 * a TPM says in base64. */
	static_assert(API_COMMIT_TEXTS * (API_TEXT_MAX * 6 + 32) +
				      API_SEALED_PARTS * (TEXT_BASE64_SIZE(API_TPM_MAX) + 32) <=
			      HTTP_ANSWER_MAX,
		"room");
	answer->status = status;
	answer->json = session->protocol == API_V1;
	answer->len = MIN(strlen(json), sizeof(answer->body));
	memcpy(answer->body, json, answer->len);
}

static void refuse_request(void *context, struct http_answer *answer, int status, const char *text)
{
	struct api_session *session = context;
	_cleanup_free_ char *json = NULL;
	struct error ignored;

	(void)error_set(&session->said, 0, "%s", text);
	if (session->protocol == API_V0)
		http_answer_text(answer, status, text);
	else if (api_error_encode(text, &json, &ignored) == 0)
		answer_json(session, answer, status, json);
	else
		answer_json(session, answer, status, "{}");
}

/* Refuses by the result of an operation. True: it succeeded, and the caller answers 200. */
static bool is_success(
	struct api_session *session, int r, const struct error *error, struct http_answer *answer)
{
	switch (r) {
	case 0:
		return true;
	case API_E_DENIED:
		refuse_request(session, answer, 403, error->text);
		return false;
	case API_E_REFUSED:
		refuse_request(session, answer, 400, error->text);
		return false;
	case API_E_CONFLICT:
		refuse_request(session, answer, 409, error->text);
		return false;
	case API_E_TOO_MUCH:
		refuse_request(session, answer, 413, error->text);
		return false;
	case API_E_UNABLE:
		refuse_request(session, answer, 503, error->text);
		return false;
	default:
		refuse_request(session, answer, 500, error->text);
		return false;
	}
}

/* A success without content. */
static void answer_done(const struct api_session *session, struct http_answer *answer)
{
	answer_json(session, answer, 200, session->protocol == API_V1 ? "{}" : "");
}

static void handle_add_data(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	struct api_add_data request;

	if (api_add_data_decode(body, len, &request, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->add_data(session->context, &request, &error);
	if (is_success(session, r, &error, answer))
		answer_done(session, answer);
	secret_wipe_bytes(&request, sizeof(request));
}

/* In v1 nothing was written yet: the client compares what is staged with what it sent. */
static void answer_staged(struct api_session *session, const struct api_secure_boot *request,
	struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	struct api_staged staged;
	_cleanup_free_ char *json = NULL;

	int r = api_staged_of(request, &staged, &error);
	if (r == 0)
		r = api_staged_encode(&staged, &json, &error);
	if (r < 0)
		refuse_request(session, answer, 500, error.text);
	else
		answer_json(session, answer, 200, json);
}

static void handle_add_secure_boot(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	_cleanup_api_secure_boot_ struct api_secure_boot request = { .reboot_into_uefi_menu =
									     false };

	if (api_secure_boot_decode(body, len, &request, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->secure_boot(session->context, &request, &error);
	if (!is_success(session, r, &error, answer))
		return;
	if (session->protocol == API_V1)
		answer_staged(session, &request, answer);
	else
		answer_done(session, answer);
}

static void handle_add_file(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	_cleanup_api_file_ struct api_file file = { .data = NULL };
	struct error error = ERROR_INIT;

	if (api_file_decode(body, len, &file, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->add_file(session->context, &file, &error);
	if (is_success(session, r, &error, answer))
		answer_done(session, answer);
}

static void handle_add_certificate(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	struct api_certificate certificate;

	if (api_certificate_decode(body, len, &certificate, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->add_certificate(session->context, &certificate, &error);
	if (is_success(session, r, &error, answer))
		answer_done(session, answer);
}

static void answer_stored(struct api_session *session, int r, const struct api_commit *response,
	int (*encode)(const struct api_commit *response, char **ret_json, struct error *error),
	struct error *error, struct http_answer *answer)
{
	_cleanup_free_ char *json = NULL;

	if (!is_success(session, r, error, answer))
		return;
	if (encode(response, &json, error) < 0)
		refuse_request(session, answer, 500, error->text);
	else
		answer_json(session, answer, 200, json);
}

static void handle_prepare(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	struct api_commit response;

	if (api_empty_decode(body, len, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->prepare(session->context, &response, &error);
	answer_stored(session, r, &response, api_prepared_encode, &error, answer);
}

static void handle_seal(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	struct api_seal request;

	if (api_seal_decode(body, len, &request, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->seal(session->context, &request, &error);
	if (is_success(session, r, &error, answer))
		answer_done(session, answer);
}

/* The only answer that may be long: it has the boot log. */
static void answer_attest(
	struct api_session *session, const struct api_attest *attest, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	char *json = NULL;

	static_assert(
		TEXT_BASE64_SIZE(API_ATTEST_BYTES_MAX) + HTTP_ANSWER_MAX <= API_ATTEST_ANSWER_MAX &&
			API_ATTEST_ANSWER_MAX <= HTTP_LONG_ANSWER_MAX,
		"room");
	if (api_attest_encode(attest, &json, &error) < 0) {
		refuse_request(session, answer, 500, error.text);
		return;
	}
	answer_json(session, answer, 200, "");
	answer->len = strlen(json);
	answer->long_body = json;
}

static void handle_attest(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	_cleanup_api_attest_ struct api_attest attest = { .bytes = NULL };
	struct error error = ERROR_INIT;

	if (api_empty_decode(body, len, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->attest(session->context, &attest, &error);
	if (is_success(session, r, &error, answer))
		answer_attest(session, &attest, answer);
}

static void handle_prove(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	_cleanup_free_ char *json = NULL;
	struct api_prove request;
	struct api_proof proof;

	if (api_prove_decode(body, len, &request, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->prove(session->context, &request, &proof, &error);
	if (!is_success(session, r, &error, answer))
		return;
	if (api_proof_encode(&proof, &json, &error) < 0)
		refuse_request(session, answer, 500, error.text);
	else
		answer_json(session, answer, 200, json);
}

static void handle_commit(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	bool v1 = session->protocol == API_V1;
	struct error error = ERROR_INIT;
	struct api_believed believed;
	struct api_commit response;

	if (v1 && api_believed_decode(body, len, &believed, &error) < 0) {
		refuse_request(session, answer, 400, error.text);
		return;
	}
	int r = session->ops->commit(session->context, v1 ? &believed : NULL, &response, &error);
	answer_stored(session, r, &response, api_commit_encode, &error, answer);
}

static const struct endpoint endpoints[] = {
	{ API_ADD_DATA, { "POST", "POST" }, { API_ADD_DATA_MAX, API_ADD_DATA_MAX },
		handle_add_data },
	{ API_ADD_SECURE_BOOT, { "POST", "POST" },
		{ API_ADD_SECURE_BOOT_MAX, API_ADD_SECURE_BOOT_MAX }, handle_add_secure_boot },
	{ API_ADD_FILE, { NULL, "POST" }, { 0, API_ADD_FILE_MAX }, handle_add_file },
	{ API_ADD_CERTIFICATE, { NULL, "POST" }, { 0, API_ADD_CERTIFICATE_MAX },
		handle_add_certificate },
	{ API_PREPARE, { NULL, "POST" }, { 0, API_PREPARE_MAX }, handle_prepare },
	{ API_SEAL, { NULL, "POST" }, { 0, API_SEAL_MAX }, handle_seal },
	{ API_ATTEST, { NULL, "POST" }, { 0, API_ATTEST_MAX }, handle_attest },
	{ API_PROVE, { NULL, "POST" }, { 0, API_PROVE_MAX }, handle_prove },
	{ API_COMMIT, { "GET", "POST" }, { 0, API_COMMIT_MAX }, handle_commit },
};

/* By path; a query after `?` is ignored, as in the released server. */
static const struct endpoint *find_endpoint(enum api_protocol protocol, const char *target)
{
	const char *prefix = protocol == API_V1 ? API_PREFIX_V1 : API_PREFIX_V0;
	size_t len = strcspn(target, "?"), prefix_len = strlen(prefix);

	if (len < prefix_len || memcmp(target, prefix, prefix_len) != 0)
		return NULL;
	target += prefix_len;
	len -= prefix_len;
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (endpoints[i].method[protocol] && strlen(endpoints[i].name) == len &&
			memcmp(endpoints[i].name, target, len) == 0)
			return &endpoints[i];
	return NULL;
}

/* RFC 7617: `Basic` and base64 of `user:password`. Anything else is no authentication. */
static bool is_authenticated(struct api_session *session, const struct http_head *head)
{
	const char *value = http_header(head, "authorization");
	uint8_t credentials[CREDENTIALS_MAX];
	struct error error = ERROR_INIT;
	size_t len = 0;

	if (!value || strncasecmp(value, "Basic ", 6) != 0 ||
		text_parse_base64(
			value + 6, strlen(value + 6), credentials, sizeof(credentials), &len) < 0)
		len = 0;
	int r = session->ops->authenticate(session->context, credentials, len, &error);
	secret_wipe_bytes(credentials, sizeof(credentials));
	return r == 0;
}

static bool on_head(
	void *context, const struct http_head *head, size_t *ret_limit, struct http_answer *answer)
{
	struct api_session *session = context;
	const struct endpoint *endpoint = find_endpoint(session->protocol, head->target);

	if (!endpoint) {
		refuse_request(session, answer, 404, "no such endpoint");
		return false;
	}
	const char *method = endpoint->method[session->protocol];
	if (strcmp(head->method, method) != 0) {
		bool other = strcmp(head->method, "GET") == 0 || strcmp(head->method, "POST") == 0;
		if (other)
			answer->allow = method;
		refuse_request(session, answer, other ? 405 : 400, "method not allowed");
		return false;
	}
	if (session->protocol == API_V0 && !is_authenticated(session, head)) {
		refuse_request(session, answer, 403, "authentication failed");
		return false;
	}
	*ret_limit = endpoint->body_limit[session->protocol];
	return true;
}

static void on_request(void *context, const struct http_head *head, const uint8_t *body, size_t len,
	struct http_answer *answer)
{
	struct api_session *session = context;

	find_endpoint(session->protocol, head->target)->handle(session, body, len, answer);
}

/* Logs refusals; a success is logged by the monitor, which carried it out. */
static void on_answered(
	void *context, const struct http_answer *answer, int result, const struct error *error)
{
	struct api_session *session = context;
	char line[ERROR_TEXT_MAX + 64];

	if (result < 0) {
		snprintf(line, sizeof(line), "the answer could not be delivered: %s", error->text);
	} else if (answer->status != 200 &&
		   (session->protocol == API_V1 || answer->status != 403)) {
		snprintf(line, sizeof(line), "answered %d: %s", answer->status, session->said.text);
	} else {
		return;
	}
	session->ops->log(session->context, line);
}

int api_serve(struct stream *stream, enum api_protocol protocol, const struct api_server_ops *ops,
	void *context, int64_t first_deadline_ms, const struct http_limits *limits,
	struct error *error)
{
	static const struct http_handler handler = {
		.head = on_head,
		.refuse = refuse_request,
		.request = on_request,
		.answered = on_answered,
	};
	struct api_session session = { .ops = ops, .context = context, .protocol = protocol };

	assert(ops->add_data && ops->secure_boot && ops->commit && ops->log);
	assert(protocol == API_V1 ? ops->prepare && ops->add_file && ops->add_certificate &&
					    ops->seal && ops->attest && ops->prove
				  : ops->authenticate != NULL);
	return http_serve(stream, &handler, &session, first_deadline_ms, limits, error);
}
