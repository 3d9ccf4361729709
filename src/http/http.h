/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/1.1 (RFC 9112), the strict and bounded subset that stprov speaks: one message after the
 * other on one connection, bodies with Content-Length only.
 *
 * Why not a library: Debian's C HTTP servers own their listening socket or their TLS (libevent's
 * evhttp, libmicrohttpd) or are no longer maintained (http_parser). Here the monitor accepts, and a
 * process in a sandbox has one connection with TLS already set up.
 *
 * Refused in a request: obsolete line folding, bare CR or LF, white space before a colon, more
 * than one Content-Length, Transfer-Encoding (411), other versions (505), a missing Host.
 * In a response a user agent accepts more (RFC 9112 sections 2.2, 5.2, RFC 9110 section 8.6):
 * folded lines, which become blanks; lines that end in LF alone; the same Content-Length twice.
 */
#pragma once

#include <stdbool.h>

#include "base/stream.h"

/* Bytes of a head with its empty line, and header lines in it. */
#define HTTP_REQUEST_HEAD_MAX 8192
#define HTTP_REQUEST_HEADERS_MAX 64
#define HTTP_RESPONSE_HEAD_MAX 65536
#define HTTP_RESPONSE_HEADERS_MAX 512

/* Which of the two a head is: they have limits and rules of their own. */
enum http_kind {
	HTTP_REQUEST,
	HTTP_RESPONSE,
};

struct http_header {
	const char *name; /* lower case */
	const char *value;
};

/* A parsed head. Its texts point into `text`. */
struct http_head {
	/* Of a request. */
	const char *method, *target;
	/* Of a response. */
	int status;
	const char *reason;

	struct http_header headers[HTTP_RESPONSE_HEADERS_MAX];
	size_t n;
	bool has_length;
	uint64_t length; /* Content-Length; 0 without one */
	bool close;      /* Connection: close */
	size_t len;      /* of the text, without its NUL */
	char text[HTTP_RESPONSE_HEAD_MAX + 1];
};

/* The value of a header by its lower-case name, or NULL. The first, if there are several. */
const char *http_header(const struct http_head *head, const char *name);

/*
 * Parses a whole head, from its first line to its empty line. Pure.
 * 0, or a positive HTTP status to answer with: 400, 411, 431, 505; with its text.
 */
int http_request_parse(
	const void *bytes, size_t len, struct http_head *ret, struct error *error) MUST_CHECK;
/* The same for a response: 0 or -EPROTO with its text. */
int http_response_parse(
	const void *bytes, size_t len, struct http_head *ret, struct error *error) MUST_CHECK;

/*
 * The same for a response that has no body whatever its head says: Transfer-Encoding is allowed,
 * and Content-Length then ignored. -EFBIG for more than HTTP_RESPONSE_HEADERS_MAX lines.
 */
int http_bodyless_parse(
	const void *bytes, size_t len, struct http_head *ret, struct error *error) MUST_CHECK;

/* Wipes what was read into it, and touches no more of its memory. */
void http_head_wipe(struct http_head *head);

/* The text of a status: `Not Found`. */
const char *http_reason(int status);

/* One side of a connection: the stream, and bytes that were read after the last message. */
struct http_conn {
	struct stream *stream; /* borrowed */
	size_t have;
	size_t most; /* the most bytes that the buffer ever had: what is to be wiped */
	uint8_t buffer[HTTP_RESPONSE_HEAD_MAX];
};

void http_conn_init(struct http_conn *conn, struct stream *stream);
/* Wipes the bytes that were read. */
void http_conn_deinit(struct http_conn *conn);

/* Positive result of http_read_head(). */
enum {
	HTTP_E_END = 1, /* the peer closed the connection between messages */
};

/*
 * Waits for the first byte of the next request. 0; HTTP_E_END: the peer closed the connection; a
 * negative errno with its text (-ETIMEDOUT).
 */
int http_wait(struct http_conn *conn, int64_t deadline_ms, struct error *error) MUST_CHECK;

/*
 * Reads up to and with the empty line of a head; @ret_len bytes of it are at conn->buffer until
 * http_consume(). HTTP_E_END; 400 as soon as it cannot be one of this kind any more; 431 if it is
 * longer than the kind's limit; or a negative errno.
 */
int http_read_head(struct http_conn *conn, enum http_kind kind, int64_t deadline_ms,
	size_t *ret_len, struct error *error) MUST_CHECK;
void http_consume(struct http_conn *conn, size_t len);

/*
 * Reads a body of exactly @len bytes. The caller has checked @len against its limit, frees
 * @ret_body (which is followed by a NUL) and wipes it if it is secret.
 */
int http_read_body(struct http_conn *conn, size_t len, int64_t deadline_ms, uint8_t **ret_body,
	struct error *error) MUST_CHECK;
