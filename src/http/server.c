/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving one connection: see server.h. */
#include "http/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"

/* Longest head of an answer: a status line and five headers. */
#define ANSWER_HEAD_MAX 512
/* Bytes of an answer that have a time of their own. */
#define ANSWER_PIECE (32 * 1024)

void http_answer_text(struct http_answer *answer, int status, const char *text)
{
	int n = snprintf(answer->body, sizeof(answer->body), "%s\n", text);

	answer->status = status;
	answer->len = MIN((size_t)n, sizeof(answer->body) - 1);
}

/* RFC 9110 section 5.6.7. */
static void format_date(char out[40])
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	struct clock_date t = clock_date_utc(clock_calendar_s());

	snprintf(out, 40, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.weekday], t.day,
		months[t.month - 1], t.year, t.hour, t.minute, t.second);
}

static const char *content_type(const struct http_answer *answer)
{
	if (answer->len == 0)
		return "";
	return answer->json ? "Content-Type: application/json\r\n"
			    : "Content-Type: text/plain; charset=utf-8\r\n";
}

/* Each piece has its own time: a slow line may take long for all of it. */
static int write_pieces(
	struct stream *stream, const char *bytes, size_t len, int64_t piece_ms, struct error *error)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < len; at += ANSWER_PIECE)
		r = stream->write(stream, bytes + at, MIN(len - at, (size_t)ANSWER_PIECE),
			clock_now_ms() + piece_ms, error);
	return r;
}

/* Headers in the order in which the released server writes them (docs/protocol.md). */
static int write_answer(struct stream *stream, const struct http_answer *answer, int64_t piece_ms,
	struct error *error)
{
	char text[ANSWER_HEAD_MAX + HTTP_ANSWER_MAX], date[40];
	bool failed = answer->status >= 400;

	format_date(date);
	int n = snprintf(text, ANSWER_HEAD_MAX,
		"HTTP/1.1 %d %s\r\n%s%s%sDate: %s\r\nContent-Length: %zu\r\n%s%s%s\r\n",
		answer->status, http_reason(answer->status), answer->allow ? "Allow: " : "",
		answer->allow ? answer->allow : "", answer->allow ? "\r\n" : "", date, answer->len,
		content_type(answer), failed ? "X-Content-Type-Options: nosniff\r\n" : "",
		answer->close ? "Connection: close\r\n" : "");
	size_t short_len = answer->long_body ? 0 : answer->len;
	memcpy(text + n, answer->body, short_len);
	int r = write_pieces(stream, text, (size_t)n + short_len, piece_ms, error);
	if (r == 0 && answer->long_body)
		r = write_pieces(stream, answer->long_body, answer->len, piece_ms, error);
	return r;
}

/* No answer follows these. */
static bool is_other_method(const char *method)
{
	return strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0;
}

static void refuse(const struct http_handler *handler, void *context, struct http_answer *answer,
	int status, const char *text)
{
	if (handler->refuse)
		handler->refuse(context, answer, status, text);
	else
		http_answer_text(answer, status, text);
}

/* One request, from its first bytes to its filled-in answer; negative: no answer. */
static int take_request(struct http_conn *conn, const struct http_handler *handler, void *context,
	int64_t deadline_ms, int64_t request_ms, struct http_head *head, struct http_answer *answer,
	struct error *error)
{
	size_t head_len = 0, limit = 0;
	_cleanup_free_ uint8_t *body = NULL;
	int r = http_wait(conn, deadline_ms, error);

	/* What has begun has to go on. */
	deadline_ms = MIN(deadline_ms, clock_now_ms() + request_ms);
	if (r == 0)
		r = http_read_head(conn, HTTP_REQUEST, deadline_ms, &head_len, error);
	if (r == 0)
		r = http_request_parse(conn->buffer, head_len, head, error);
	/* HTTP_E_END is a clean end; any other positive result is a status. */
	if (r < 0 || r == HTTP_E_END)
		return r;
	/* If the body is not read, the next request cannot be read either. */
	answer->close = true;
	if (r > 0) {
		refuse(handler, context, answer, r, error->text);
		return 0;
	}
	http_consume(conn, head_len);
	if (!handler->head(context, head, &limit, answer)) {
		answer->close = head->close || head->length > 0 || is_other_method(head->method);
		/* RFC 9110 section 9.3.2: a client would take a body for the next answer. */
		if (strcmp(head->method, "HEAD") == 0)
			answer->len = 0;
		return 0;
	}
	if (head->length > limit) {
		refuse(handler, context, answer, 413, "the body is too large");
		return 0;
	}
	size_t len = (size_t)head->length;
	r = http_read_body(conn, len, deadline_ms, &body, error);
	if (r < 0)
		return r;
	answer->close = head->close;
	handler->request(context, head, body, len, answer);
	secret_wipe_bytes(body, len);
	return 0;
}

/* What one connection takes: room for the largest head, of which little is ever touched. */
struct serving {
	struct http_conn conn;
	struct http_head head;
};

static int serve_requests(struct serving *serving, const struct http_handler *handler,
	void *context, int64_t deadline_ms, const struct http_limits *limits, struct error *error)
{
	struct http_conn *conn = &serving->conn;
	struct http_head *head = &serving->head;

	for (int i = 1; i <= HTTP_REQUESTS_MAX; i++) {
		struct http_answer answer = { .status = 500 };
		head->len = 0;
		int r = take_request(conn, handler, context, deadline_ms, limits->request_ms, head,
			&answer, error);
		http_head_wipe(head);
		if (r != 0) {
			free(answer.long_body);
			return r == HTTP_E_END ? 0 : r;
		}
		if (i == HTTP_REQUESTS_MAX)
			answer.close = true;
		r = write_answer(conn->stream, &answer, limits->request_ms, error);
		free(answer.long_body);
		handler->answered(context, &answer, r, error);
		if (r < 0 || answer.close)
			return r;
		deadline_ms = clock_now_ms() + limits->idle_ms;
	}
	return 0;
}

int http_serve(struct stream *stream, const struct http_handler *handler, void *context,
	int64_t first_deadline_ms, const struct http_limits *limits, struct error *error)
{
	_cleanup_free_ struct serving *serving = malloc(sizeof(*serving));

	if (!serving)
		return error_set_errno(error, -ENOMEM, "connection");
	http_conn_init(&serving->conn, stream);
	int r = serve_requests(serving, handler, context, first_deadline_ms, limits, error);
	http_conn_deinit(&serving->conn);
	return r;
}
