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
};

/* What every endpoint has in common; the body comes decoded from JSON or not at all. */
struct endpoint {
	const char *path, *method;
	size_t body_limit;
	void (*handle)(struct api_session *session, const uint8_t *body, size_t len,
		struct http_answer *answer);
};

/* Answers by the result of an operation. True: it succeeded, and 200 is left to say. */
static bool succeeded(int r, const struct error *error, struct http_answer *answer)
{
	switch (r) {
	case 0:
		return true;
	case API_E_DENIED:
		http_answer_text(answer, 403, error->text);
		return false;
	case API_E_REFUSED:
		http_answer_text(answer, 400, error->text);
		return false;
	case API_E_CONFLICT:
		http_answer_text(answer, 409, error->text);
		return false;
	default:
		http_answer_text(answer, 500, error->text);
		return false;
	}
}

static void answer_empty(struct http_answer *answer)
{
	answer->status = 200;
	answer->len = 0;
}

static void handle_add_data(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	struct api_add_data request;

	if (api_add_data_decode(body, len, &request, &error) < 0) {
		http_answer_text(answer, 400, error.text);
		return;
	}
	if (succeeded(session->ops->add_data(session->context, &request, &error), &error, answer))
		answer_empty(answer);
	secret_wipe_bytes(&request, sizeof(request));
}

static void handle_add_secure_boot(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	_cleanup_api_secure_boot_ struct api_secure_boot request = { .reboot_into_uefi_menu =
									     false };

	if (api_secure_boot_decode(body, len, &request, &error) < 0) {
		http_answer_text(answer, 400, error.text);
		return;
	}
	if (succeeded(
		    session->ops->secure_boot(session->context, &request, &error), &error, answer))
		answer_empty(answer);
}

static void handle_commit(
	struct api_session *session, const uint8_t *body, size_t len, struct http_answer *answer)
{
	struct error error = ERROR_INIT;
	struct api_commit response;
	_cleanup_free_ char *json = NULL;

	if (!succeeded(session->ops->commit(session->context, &response, &error), &error, answer))
		return;
	if (api_commit_encode(&response, &json, &error) < 0) {
		http_answer_text(answer, 500, error.text);
		return;
	}
	/* Five texts of less than API_TEXT_MAX bytes, each at most 6 in JSON, fit. */
	answer->status = 200;
	answer->len = MIN(strlen(json), sizeof(answer->body));
	memcpy(answer->body, json, answer->len);
}

static const struct endpoint endpoints[] = {
	{ API_PATH_ADD_DATA, "POST", API_ADD_DATA_MAX, handle_add_data },
	{ API_PATH_ADD_SECURE_BOOT, "POST", API_ADD_SECURE_BOOT_MAX, handle_add_secure_boot },
	{ API_PATH_COMMIT, "GET", 0, handle_commit },
};

/* By path; a query behind `?` is not looked at, as in the released server. */
static const struct endpoint *find_endpoint(const char *target)
{
	size_t len = strcspn(target, "?");

	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (strlen(endpoints[i].path) == len && memcmp(endpoints[i].path, target, len) == 0)
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
	const struct endpoint *endpoint = find_endpoint(head->target);

	if (!endpoint) {
		http_answer_text(answer, 404, "no such endpoint");
		return false;
	}
	if (strcmp(head->method, endpoint->method) != 0) {
		bool other = strcmp(head->method, "GET") == 0 || strcmp(head->method, "POST") == 0;
		if (other)
			answer->allow = endpoint->method;
		http_answer_text(answer, other ? 405 : 400, "method not allowed");
		return false;
	}
	if (!is_authenticated(session, head)) {
		http_answer_text(answer, 403, "authentication failed");
		return false;
	}
	*ret_limit = endpoint->body_limit;
	return true;
}

static void on_request(void *context, const struct http_head *head, const uint8_t *body, size_t len,
	struct http_answer *answer)
{
	find_endpoint(head->target)->handle(context, body, len, answer);
}

/* Refusals are the operator's to know; successes are said by who carried them out. */
static void on_answered(
	void *context, const struct http_answer *answer, int result, const struct error *error)
{
	struct api_session *session = context;
	char line[HTTP_ANSWER_MAX + 64];

	if (result < 0) {
		snprintf(line, sizeof(line), "the answer could not be delivered: %s", error->text);
	} else if (answer->status != 200 && answer->status != 403) {
		snprintf(line, sizeof(line), "answered %d: %.*s", answer->status,
			(int)strcspn(answer->body, "\n"), answer->body);
	} else {
		return;
	}
	session->ops->log(session->context, line);
}

int api_serve(struct stream *stream, const struct api_server_ops *ops, void *context,
	int64_t first_deadline_ms, int64_t request_ms, struct error *error)
{
	static const struct http_handler handler = {
		.head = on_head,
		.request = on_request,
		.answered = on_answered,
	};
	struct api_session session = { .ops = ops, .context = context };

	return http_serve(stream, &handler, &session, first_deadline_ms, request_ms, error);
}
