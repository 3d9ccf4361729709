/* SPDX-License-Identifier: BSD-2-Clause */
/* A request and its answer: see client.h. */
#include "http/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

void http_response_deinit(struct http_response *response)
{
	free(response->body);
	response->body = NULL;
}

/* Head and body in one write, so that a small request is one TLS record in one segment. */
static int send_request(struct http_conn *conn, const struct http_request *request,
	int64_t deadline_ms, struct error *error)
{
	size_t cap = HTTP_REQUEST_HEAD_MAX + request->len;
	_cleanup_free_ char *text = malloc(cap);
	char length[48] = "";

	if (!text)
		return error_set_errno(error, -ENOMEM, "request");
	if (request->body)
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n", request->len);
	int n = snprintf(text, HTTP_REQUEST_HEAD_MAX,
		"%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: stprov\r\n%s%s%s%s\r\n", request->method,
		request->target, request->host, length,
		request->authorization ? "Authorization: " : "",
		request->authorization ? request->authorization : "",
		request->authorization ? "\r\n" : "");
	if (n >= HTTP_REQUEST_HEAD_MAX)
		return error_set(error, -E2BIG, "request head is too large");
	if (request->body)
		memcpy(text + n, request->body, request->len);
	int r = conn->stream->write(
		conn->stream, text, (size_t)n + request->len, deadline_ms, error);
	secret_wipe_bytes(text, cap);
	return r;
}

static int read_head(
	struct http_conn *conn, int64_t deadline_ms, struct http_head *ret, struct error *error)
{
	size_t len = 0;
	int r = http_read_head(conn, HTTP_RESPONSE, deadline_ms, &len, error);

	if (r == HTTP_E_END)
		return error_set(error, -ECONNRESET, "connection closed without an answer");
	if (r > 0)
		return -EPROTO;
	if (r < 0)
		return r;
	r = http_response_parse(conn->buffer, len, ret, error);
	if (r < 0)
		return r;
	http_consume(conn, len);
	return 0;
}

int http_call(struct http_conn *conn, const struct http_request *request, size_t limit,
	int64_t deadline_ms, struct http_response *ret, struct error *error)
{
	/* What came before the request is not its answer. */
	if (conn->have > 0)
		return error_set(error, -EPROTO, "more came than an answer");
	int r = send_request(conn, request, deadline_ms, error);
	/* A server that refuses early may answer and close while the body is still being sent. */
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return r;
	struct error write_error = *error;
	int write_result = r;

	r = read_head(conn, deadline_ms, &ret->head, error);
	if (r < 0 && write_result < 0) {
		*error = write_error;
		return write_result;
	}
	if (r < 0)
		return r;
	if (ret->head.length > limit)
		return error_set(error, -EFBIG, "the answer is larger than %zu bytes", limit);
	ret->len = (size_t)ret->head.length;
	return http_read_body(conn, ret->len, deadline_ms, &ret->body, error);
}

/* Reads and parses the head of an answer without a body. */
static int read_bodyless(
	struct http_conn *conn, int64_t deadline_ms, struct http_head *ret, struct error *error)
{
	size_t len;
	int r = http_read_head(conn, HTTP_RESPONSE, deadline_ms, &len, error);

	if (r == HTTP_E_END)
		return error_set(error, -ECONNRESET, "connection closed without an answer");
	if (r > 0)
		return error_prefix(error, r == 431 ? -EFBIG : -EPROTO, "the answer");
	if (r < 0)
		return r;
	r = http_bodyless_parse(conn->buffer, len, ret, error);
	if (r < 0)
		return error_prefix(error, r, "the answer");
	http_consume(conn, len);
	return 0;
}

int http_call_head(struct http_conn *conn, const struct http_request *request, int64_t deadline_ms,
	struct http_head *ret, struct error *error)
{
	int r = send_request(conn, request, deadline_ms, error);

	for (int i = 0; r == 0 && i <= HTTP_INTERIM_MAX; i++) {
		r = read_bodyless(conn, deadline_ms, ret, error);
		if (r == 0 && ret->status >= 200)
			return 0;
	}
	return r < 0 ? r
		     : error_set(error, -EPROTO, "more than %d interim answers", HTTP_INTERIM_MAX);
}

const char *http_redirect_location(const struct http_head *head)
{
	switch (head->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return http_header(head, "location");
	default:
		return NULL;
	}
}
