/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading messages from a stream: see http.h. */
#include "http/http.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"

void http_conn_init(struct http_conn *conn, struct stream *stream)
{
	conn->stream = stream;
	conn->have = conn->most = 0;
}

void http_conn_deinit(struct http_conn *conn)
{
	secret_wipe_bytes(conn->buffer, conn->most);
	conn->have = conn->most = 0;
}

#define HEAD_BAD ((size_t)-1)

/*
 * Looks for the empty line. Returns the head's length with it, 0 if more must be read, and
 * HEAD_BAD if it is none of this kind: no need to wait for the rest then.
 */
static size_t head_length(enum http_kind kind, const uint8_t *bytes, size_t len)
{
	static const char response[] = "HTTP/";
	size_t line = 0; /* where the current line begins */

	if (kind == HTTP_RESPONSE && memcmp(bytes, response, MIN(len, sizeof(response) - 1)) != 0)
		return HEAD_BAD;
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n')
			continue;
		bool has_cr = i > line && bytes[i - 1] == '\r';
		if (!has_cr && kind == HTTP_REQUEST)
			return HEAD_BAD;
		if (i - line == (has_cr ? 1 : 0))
			return i + 1;
		line = i + 1;
	}
	return 0;
}

/* Reads at least a byte more, up to @limit in all. HTTP_E_END: the peer closed between messages. */
static int read_more(struct http_conn *conn, size_t limit, int64_t deadline_ms, struct error *error)
{
	size_t n = 0;
	int r = conn->stream->read(conn->stream, conn->buffer + conn->have, limit - conn->have,
		deadline_ms, &n, error);

	if (r < 0)
		return r;
	if (n == 0 && conn->have == 0)
		return error_set(error, HTTP_E_END, "connection closed");
	if (n == 0)
		return error_set(error, -ECONNRESET, "connection closed inside a message");
	conn->have += n;
	conn->most = MAX(conn->most, conn->have);
	return 0;
}

int http_wait(struct http_conn *conn, int64_t deadline_ms, struct error *error)
{
	return conn->have > 0 ? 0 : read_more(conn, HTTP_REQUEST_HEAD_MAX, deadline_ms, error);
}

int http_read_head(struct http_conn *conn, enum http_kind kind, int64_t deadline_ms,
	size_t *ret_len, struct error *error)
{
	size_t limit = kind == HTTP_REQUEST ? HTTP_REQUEST_HEAD_MAX : HTTP_RESPONSE_HEAD_MAX;

	for (;;) {
		size_t n = head_length(kind, conn->buffer, conn->have);
		if (n == HEAD_BAD)
			return error_set(error, 400,
				kind == HTTP_REQUEST ? "lines must end in CRLF" : "not HTTP/1.1");
		if (n > 0) {
			*ret_len = n;
			return 0;
		}
		if (conn->have >= limit)
			return error_set(error, 431, "head larger than %zu bytes", limit);
		int r = read_more(conn, limit, deadline_ms, error);
		if (r != 0)
			return r;
	}
}

void http_consume(struct http_conn *conn, size_t len)
{
	memmove(conn->buffer, conn->buffer + len, conn->have - len);
	conn->have -= len;
	/* The old place of moved bytes may contain a password or entropy. */
	secret_wipe_bytes(conn->buffer + conn->have, len);
}

int http_read_body(struct http_conn *conn, size_t len, int64_t deadline_ms, uint8_t **ret_body,
	struct error *error)
{
	uint8_t *body = malloc(len + 1);
	size_t have = MIN(len, conn->have);

	if (!body)
		return error_set_errno(error, -ENOMEM, "body");
	memcpy(body, conn->buffer, have);
	http_consume(conn, have);
	while (have < len) {
		size_t n = 0;
		int r = conn->stream->read(
			conn->stream, body + have, len - have, deadline_ms, &n, error);
		if (r == 0 && n == 0)
			r = error_set(error, -ECONNRESET, "connection closed inside a message");
		if (r < 0) {
			secret_wipe_bytes(body, have);
			free(body);
			return r;
		}
		have += n;
	}
	body[len] = '\0';
	*ret_body = body;
	return 0;
}
