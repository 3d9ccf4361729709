/* SPDX-License-Identifier: BSD-2-Clause */
/* http/: heads, messages and the two sides, against bytes as peers send them. */
#include "tap.h"

#include "http/client.h"
#include "http/server.h"
#include "memory_stream.h"

#define NOW 0
#define HOST "Host: h\r\n"

static int request(const char *text, struct http_head *head)
{
	struct error error = ERROR_INIT;

	return http_request_parse(text, strlen(text), head, &error);
}

static int response(const char *text, struct http_head *head)
{
	struct error error = ERROR_INIT;

	return http_response_parse(text, strlen(text), head, &error);
}

static void a_request_of_the_released_client_is_understood(void)
{
	struct http_head h;

	tap_eq_int(request("POST /stprov/v0.0.1/add-data HTTP/1.1\r\nHost: 127.0.0.1:2010\r\n"
			   "User-Agent: Go-http-client/1.1\r\nContent-Length: 81\r\n"
			   "Authorization: Basic ZXg6\r\nAccept-Encoding: gzip\r\n\r\n",
			   &h),
		0);
	tap_eq_text(h.method, "POST");
	tap_eq_text(h.target, "/stprov/v0.0.1/add-data");
	tap_eq_text(http_header(&h, "authorization"), "Basic ZXg6");
	tap_eq_int(h.length, 81);
	tap_ok(h.has_length && !h.close);
	tap_ok(http_header(&h, "cookie") == NULL);
}

static void malformed_requests_are_answered_400(void)
{
	static const char *const bad[] = {
		"\r\n",
		"GET\r\n\r\n",
		"GET /\r\n\r\n",
		"GET  / HTTP/1.1\r\n" HOST "\r\n",
		"GET / HTTP/1.1 \r\n" HOST "\r\n\r\nx",
		"G(T / HTTP/1.1\r\n" HOST "\r\n",
		"GET /\x01 HTTP/1.1\r\n" HOST "\r\n",
		"GET /\xff HTTP/1.1\r\n" HOST "\r\n",
		"GET / FTP/1.1\r\n" HOST "\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\n" HOST "\r\n",
		"GET / HTTP/1.1\r\n" HOST "\n",
		"GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "novalue\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST ": v\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "a: \x01\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "a: b\rc\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "Content-Length: 1x\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "Content-Length: 01\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
		("GET / HTTP/1.1\r\n" HOST),
	};
	struct http_head h;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (request(bad[i], &h) != 400)
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, bad[i]);
	struct error error = ERROR_INIT;
	tap_eq_int(http_request_parse("GET / HTTP/1.1\r\n" HOST "a: b\0c\r\n\r\n", 35, &h, &error),
		400);
}

static void other_versions_and_encodings_have_their_own_answers(void)
{
	struct http_head h;

	tap_eq_int(request("GET / HTTP/1.0\r\n" HOST "\r\n", &h), 505);
	tap_eq_int(request("GET / HTTP/2.0\r\n" HOST "\r\n", &h), 505);
	tap_eq_int(
		request("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", &h), 411);
	tap_eq_int(request("POST / HTTP/1.1\r\n" HOST
			   "Content-Length: 3\r\nTRANSFER-ENCODING: x\r\n\r\n",
			   &h),
		411);
}

static void heads_have_bounds(void)
{
	char text[HTTP_REQUEST_HEAD_MAX + 64];
	struct http_head h;

	strcpy(text, "GET / HTTP/1.1\r\n" HOST);
	for (int i = 1; i < HTTP_REQUEST_HEADERS_MAX; i++)
		strcat(text, "a: b\r\n");
	strcat(text, "\r\n");
	tap_eq_int(request(text, &h), 0);
	tap_eq_int(h.n, HTTP_REQUEST_HEADERS_MAX);
	strcpy(text + strlen(text) - 2, "a: b\r\n\r\n");
	tap_eq_int(request(text, &h), 431);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tap_eq_int(request(text, &h), 431);
}

static void responses_are_parsed_as_servers_send_them(void)
{
	static const char *const bad[] = { "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/2 200\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "200 OK\r\n\r\n",
		"HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 200 \x1b[0m\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" };
	struct http_head h;

	tap_eq_int(response("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n", &h), 0);
	tap_eq_int(h.status, 404);
	tap_eq_text(h.reason, "Not Found");
	tap_eq_int(h.length, 5);
	tap_eq_int(response("HTTP/1.1 200\r\n\r\n", &h), 0);
	tap_eq_text(h.reason, "");
	tap_eq_int(response("HTTP/1.0 200 OK\r\n\r\n", &h), 0);
	tap_ok(h.close);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (response(bad[i], &h) != -EPROTO)
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, bad[i]);
}

/* A handler that accepts a body of ten bytes and returns it. */
struct echo {
	int requests, answers;
};

static bool echo_head(
	void *context, const struct http_head *head, size_t *ret_limit, struct http_answer *answer)
{
	if (strcmp(head->target, "/no") == 0) {
		http_answer_text(answer, 403, "no");
		return false;
	}
	*ret_limit = 10;
	return true;
}

static void echo_request(void *context, const struct http_head *head, const uint8_t *body,
	size_t len, struct http_answer *answer)
{
	struct echo *echo = context;

	echo->requests++;
	answer->status = 200;
	answer->len = len;
	memcpy(answer->body, body, len);
}

static void echo_answered(
	void *context, const struct http_answer *answer, int result, const struct error *error)
{
	struct echo *echo = context;

	echo->answers++;
}

static int serve(struct memory_stream *s, struct echo *echo)
{
	static const struct http_handler handler = { echo_head, echo_request, echo_answered };
	static const struct http_limits limits = { NOW, NOW };
	struct error error = ERROR_INIT;

	*echo = (struct echo){ 0 };
	return http_serve(&s->stream, &handler, echo, NOW, &limits, &error);
}

static void requests_are_served_one_after_the_other_however_they_are_cut(void)
{
	static const char in[] = "POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
				 "POST /b HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"
				 "POST /c HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789";

	for (size_t portion = 0; portion < 40; portion++) {
		struct memory_stream s;
		struct echo echo;
		memory_stream_init(&s, in, strlen(in));
		s.portion = portion;
		tap_eq_int(serve(&s, &echo), 0);
		tap_eq_int(echo.requests, 3);
		tap_eq_int(echo.answers, 3);
		tap_ok(strstr(s.out, "\r\n\r\nabcHTTP/1.1 200 OK\r\n"));
		tap_ok(strstr(s.out, "\r\n\r\n0123456789"));
		tap_ok(!strstr(s.out, "Connection: close"));
	}
}

static void an_answer_has_the_released_servers_header_order(void)
{
	struct memory_stream s;
	struct echo echo;

	memory_stream_init(&s, "POST /a HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 49);
	tap_eq_int(serve(&s, &echo), 0);
	char *date = strstr(s.out, "Date: ");
	tap_ok(date != NULL);
	if (!date)
		return;
	memmove(date + 6, date + 6 + 29, strlen(date + 6 + 29) + 1);
	tap_eq_text(s.out, "HTTP/1.1 200 OK\r\nDate: \r\nContent-Length: 1\r\n"
			   "Content-Type: text/plain; charset=utf-8\r\n\r\nx");
}

/* Answer and close: bytes after such a request are never read. */
static void expect_closed(const char *in, const char *status)
{
	struct memory_stream s;
	struct echo echo;

	memory_stream_init(&s, in, strlen(in));
	tap_eq_int(serve(&s, &echo), 0);
	tap_ok(strncmp(s.out, status, strlen(status)) == 0);
	tap_ok(strstr(s.out, "Connection: close\r\n"));
	tap_eq_int(echo.requests, 0);
}

static void refused_bodies_are_not_read_and_close_the_connection(void)
{
	expect_closed("POST /a HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n01234567890",
		"HTTP/1.1 413 ");
	expect_closed("POST /no HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "HTTP/1.1 403 ");
	expect_closed("POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 411 ");
	expect_closed("nonsense\r\n\r\n", "HTTP/1.1 400 ");
	expect_closed("nonsense\n", "HTTP/1.1 400 ");
}

static void a_head_without_end_is_431_at_its_bound(void)
{
	static char in[HTTP_REQUEST_HEAD_MAX + 1];

	memset(in, 'a', HTTP_REQUEST_HEAD_MAX);
	expect_closed(in, "HTTP/1.1 431 ");
}

static void a_refusal_without_body_keeps_the_connection(void)
{
	struct memory_stream s;
	struct echo echo;
	static const char in[] = "GET /no HTTP/1.1\r\n" HOST "\r\nGET /a HTTP/1.1\r\n" HOST "\r\n";

	memory_stream_init(&s, in, strlen(in));
	tap_eq_int(serve(&s, &echo), 0);
	tap_eq_int(echo.requests, 1);
}

static void the_client_that_asks_to_close_is_closed(void)
{
	struct memory_stream s;
	struct echo echo;
	static const char in[] = "GET /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
				 "GET /a HTTP/1.1\r\n" HOST "\r\n";

	memory_stream_init(&s, in, strlen(in));
	tap_eq_int(serve(&s, &echo), 0);
	tap_eq_int(echo.requests, 1);
}

static void a_connection_serves_a_bounded_number_of_requests(void)
{
	static char in[64 * (HTTP_REQUESTS_MAX + 4)];
	struct memory_stream s;
	struct echo echo;

	for (int i = 0; i < HTTP_REQUESTS_MAX + 3; i++)
		strcat(in, "GET /a HTTP/1.1\r\n" HOST "\r\n");
	memory_stream_init(&s, in, strlen(in));
	tap_eq_int(serve(&s, &echo), 0);
	tap_eq_int(echo.requests, HTTP_REQUESTS_MAX);
	tap_ok(strstr(s.out, "Connection: close\r\n"));
}

static void a_connection_lost_inside_a_message_is_an_error(void)
{
	static const char in[] = "POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc";
	struct memory_stream s;
	struct echo echo;

	for (size_t n = 1; n < strlen(in); n++) {
		memory_stream_init(&s, in, n);
		tap_eq_int(serve(&s, &echo), -ECONNRESET);
		tap_eq_int(echo.requests, 0);
		memory_stream_init(&s, in, n);
		s.end = -ETIMEDOUT;
		tap_eq_int(serve(&s, &echo), -ETIMEDOUT);
	}
}

static int call(const char *in, struct memory_stream *s, struct http_response *response_)
{
	static struct http_conn conn;
	struct http_request r = { .method = "POST",
		.target = "/x",
		.host = "h",
		.authorization = "Basic eA==",
		.body = "ab",
		.len = 2 };
	struct error error = ERROR_INIT;

	memory_stream_init(s, in, strlen(in));
	http_conn_init(&conn, &s->stream);
	return http_call(&conn, &r, 5, NOW, response_, &error);
}

static void a_call_sends_one_request_and_reads_its_answer(void)
{
	_cleanup_http_response_ struct http_response r = { .body = NULL };
	struct memory_stream s;

	tap_eq_int(call("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloX", &s, &r), 0);
	tap_eq_text(s.out, "POST /x HTTP/1.1\r\nHost: h\r\nUser-Agent: stprov\r\n"
			   "Content-Length: 2\r\nAuthorization: Basic eA==\r\n\r\nab");
	tap_eq_int(r.head.status, 200);
	tap_eq_text((char *)r.body, "hello");
}

static void answers_that_are_none_have_their_errors(void)
{
	struct memory_stream s;
	struct http_response r = { .body = NULL };

	tap_eq_int(call("", &s, &r), -ECONNRESET);
	tap_eq_int(call("HTTP/1.1 200", &s, &r), -ECONNRESET);
	tap_eq_int(call("SSH-2.0-x\r\n\r\n", &s, &r), -EPROTO);
	tap_eq_int(call("SSH-2.0-x\n", &s, &r), -EPROTO);
	tap_eq_int(call("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", &s, &r), -EFBIG);
	tap_eq_int(call("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", &s, &r), -ECONNRESET);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_request_of_the_released_client_is_understood),
		TAP_TEST(malformed_requests_are_answered_400),
		TAP_TEST(other_versions_and_encodings_have_their_own_answers),
		TAP_TEST(heads_have_bounds),
		TAP_TEST(responses_are_parsed_as_servers_send_them),
		TAP_TEST(requests_are_served_one_after_the_other_however_they_are_cut),
		TAP_TEST(an_answer_has_the_released_servers_header_order),
		TAP_TEST(refused_bodies_are_not_read_and_close_the_connection),
		TAP_TEST(a_head_without_end_is_431_at_its_bound),
		TAP_TEST(a_refusal_without_body_keeps_the_connection),
		TAP_TEST(the_client_that_asks_to_close_is_closed),
		TAP_TEST(a_connection_serves_a_bounded_number_of_requests),
		TAP_TEST(a_connection_lost_inside_a_message_is_an_error),
		TAP_TEST(a_call_sends_one_request_and_reads_its_answer),
		TAP_TEST(answers_that_are_none_have_their_errors),
		{ 0 },
	};
	return tap_run(tests);
}
