/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side: a request and its answer on a kept-alive connection. */
#pragma once

#include "http/http.h"

struct http_request {
	const char *method, *target;
	const char *host;          /* value of Host */
	const char *authorization; /* value of Authorization; NULL: none */
	const void *body;          /* NULL: none, and no Content-Length */
	size_t len;
};

struct http_response {
	struct http_head head;
	uint8_t *body; /* owned; followed by a NUL; never NULL after success */
	size_t len;
};

void http_response_deinit(struct http_response *response);
#define _cleanup_http_response_ _cleanup_(http_response_deinit)

/*
 * Sends one request and reads its answer, of any status. @limit: maximum length of the body in
 * bytes (-EFBIG beyond). -ETIMEDOUT, -ECONNRESET (the peer closed without an answer), -EPROTO
 * (malformed or unsupported HTTP), with their text.
 */
int http_call(struct http_conn *conn, const struct http_request *request, size_t limit,
	int64_t deadline_ms, struct http_response *ret, struct error *error) MUST_CHECK;

/* Maximum number of interim answers (1xx) before the final one. */
#define HTTP_INTERIM_MAX 8

/*
 * Sends a request whose answer has no body whatever its head says (HEAD: RFC 9110 section
 * 9.3.2), and reads that head. @request->method is "HEAD". Also answers with Transfer-Encoding are
 * understood here. -ETIMEDOUT, -ECONNRESET, -EFBIG (a head larger than
 * HTTP_RESPONSE_HEAD_MAX, or of more than HTTP_RESPONSE_HEADERS_MAX lines), -EPROTO, with their
 * text. Nothing may be asked behind it.
 */
int http_call_head(struct http_conn *conn, const struct http_request *request, int64_t deadline_ms,
	struct http_head *ret, struct error *error) MUST_CHECK;

/*
 * The target of a redirect: the value of Location if the status is 301, 302, 303, 307 or 308, NULL
 * otherwise or without that header. It belongs to @head.
 */
const char *http_redirect_location(const struct http_head *head);
