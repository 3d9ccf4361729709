/* SPDX-License-Identifier: BSD-2-Clause */
/* http/client.h: answers without body, and where they redirect to. */
#include "tap.h"

#include "http/client.h"
#include "memory_stream.h"

static struct memory_stream stream;

/* HEAD against a server that says @answer, byte by byte if @portion is 1. */
static int head_of(const char *answer, size_t portion, struct http_head *ret, struct error *error)
{
	const struct http_request request = {
		.method = "HEAD", .target = "/x", .host = "h:1", .authorization = "Basic abc"
	};
	struct http_conn conn;

	*error = ERROR_INIT;
	memory_stream_init(&stream, answer, strlen(answer));
	stream.portion = portion;
	http_conn_init(&conn, &stream.stream);
	int r = http_call_head(&conn, &request, 0, ret, error);
	http_conn_deinit(&conn);
	return r;
}

static void a_head_is_asked_for_and_read(void)
{
	struct http_head head;
	struct error e;

	tap_eq_int(head_of("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Type: a/b\r\n\r\n", 1,
			   &head, &e),
		0);
	tap_eq_text(stream.out, "HEAD /x HTTP/1.1\r\nHost: h:1\r\nUser-Agent: stprov\r\n"
				"Authorization: Basic abc\r\n\r\n");
	tap_eq_int(head.status, 200);
	tap_ok(head.has_length);
	tap_eq_int(head.length, 99);
	tap_eq_text(http_header(&head, "content-type"), "a/b");
}

static void a_body_that_is_sent_all_the_same_does_not_matter(void)
{
	struct http_head head;
	struct error e;

	tap_eq_int(head_of("HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabcdef", 0, &head, &e), 0);
	tap_eq_int(head.status, 404);
}

static void chunked_answers_have_no_length(void)
{
	struct http_head head;
	struct error e;

	tap_eq_int(
		head_of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
			"0\r\n\r\n",
			0, &head, &e),
		0);
	tap_ok(!head.has_length);
}

static void interim_answers_are_passed_over(void)
{
	struct http_head head;
	struct error e;
	char many[2048] = "";

	tap_eq_int(
		head_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
			"HTTP/1.1 204 No\r\n\r\n",
			0, &head, &e),
		0);
	tap_eq_int(head.status, 204);
	for (int i = 0; i < 20; i++)
		strcat(many, "HTTP/1.1 100 Continue\r\n\r\n");
	tap_eq_int(head_of(many, 0, &head, &e), -EPROTO);
}

static void bad_answers_are_refused(void)
{
	static const struct {
		const char *answer;
		int result;
	} rows[] = {
		{ "", -ECONNRESET },
		{ "HTTP/1.1 200 OK\r\nA: b\r\n", -ECONNRESET },
		{ "HTTP/1.1 100 Continue\r\n\r\n", -ECONNRESET },
		{ "SSH-2.0-OpenSSH_9.2p1\r\n\r\n", -EPROTO },
		{ "SSH-2.0-OpenSSH_9.2p1\n", -EPROTO },
		{ "HTTP/2 200\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 20 OK\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 1000 OK\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\n A: b\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 6\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5,\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", -EPROTO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_head head;
		struct error e;
		int r = head_of(rows[i].answer, 0, &head, &e);
		if (r != rows[i].result || !e.text[0])
			tap_fail(__FILE__, __LINE__, "row %zu: %d, \"%s\"", i, r, e.text);
	}
}

/* RFC 9112 sections 2.2 and 5.2, RFC 9110 section 8.6. */
static void what_a_user_agent_must_accept_is_accepted(void)
{
	static const struct {
		const char *answer;
		uint64_t length;
		const char *a;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\nA: a\r\n b\r\nContent-Length: 5\r\n\r\n", 5, "a   b" },
		{ "HTTP/1.1 200 OK\r\nA: a\r\n\tb\r\n c\r\nContent-Length: 5\r\n\r\n", 5,
			"a  \tb   c" },
		{ "HTTP/1.1 200 OK\r\nA:\r\n a\r\nContent-Length:\r\n 5\r\n\r\n", 5, "a" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 005\r\nA: a\r\n\r\n", 5, "a" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 000\r\nA: a\r\n\r\n", 0, "a" },
		{ "HTTP/1.1 200 OK\nA: a\nContent-Length: 5\n\n", 5, "a" },
		{ "HTTP/1.1 200 OK\nA: a\n b\r\nContent-Length: 5\n\r\n", 5, "a  b" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: a\r\nContent-Length: 05\r\n\r\n", 5,
			"a" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nA: a\r\n\r\n", 5, "a" },
		{ "HTTP/1.2 200 OK\r\nContent-Length: 5\r\nA: a\r\n\r\n", 5, "a" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t portion = 0; portion < 2; portion++) {
			struct http_head head;
			struct error e;
			const char *a = NULL;
			int r = head_of(rows[i].answer, portion, &head, &e);
			if (r == 0)
				a = http_header(&head, "a");
			if (r != 0 || head.length != rows[i].length || !head.has_length)
				tap_fail(__FILE__, __LINE__, "row %zu: %d, \"%s\"", i, r, e.text);
			tap_eq_text(a, rows[i].a);
		}
	}
}

static void a_head_of_64_kib_is_read(void)
{
	static char answer[HTTP_RESPONSE_HEAD_MAX + 1];
	static const char end[] = "\r\nContent-Length: 5\r\n\r\n";
	struct http_head head;
	struct error e;

	strcpy(answer, "HTTP/1.1 200 OK\r\nA: ");
	memset(answer + strlen(answer), 'a', HTTP_RESPONSE_HEAD_MAX - strlen(answer));
	strcpy(answer + HTTP_RESPONSE_HEAD_MAX - strlen(end), end);
	tap_eq_int(head_of(answer, 0, &head, &e), 0);
	tap_eq_int(head.length, 5);
}

static void an_invalid_status_is_one_of_the_server(void)
{
	struct http_head head;
	struct error e;

	tap_eq_int(head_of("HTTP/1.1 999 Odd\r\n\r\n", 0, &head, &e), 0);
	tap_eq_int(head.status, 999);
}

static void huge_heads_are_told_from_malformed_ones(void)
{
	static char long_line[HTTP_RESPONSE_HEAD_MAX + 100], lines[HTTP_RESPONSE_HEAD_MAX];
	struct http_head head;
	struct error e;

	strcpy(long_line, "HTTP/1.1 200 OK\r\nA: ");
	memset(long_line + strlen(long_line), 'a', HTTP_RESPONSE_HEAD_MAX);
	tap_eq_int(head_of(long_line, 0, &head, &e), -EFBIG);
	tap_ok(strstr(e.text, "head larger than 65536 bytes"));
	strcpy(lines, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i <= HTTP_RESPONSE_HEADERS_MAX; i++)
		strcat(lines, "A: b\r\n");
	strcat(lines, "\r\n");
	tap_eq_int(head_of(lines, 0, &head, &e), -EFBIG);
	tap_ok(strstr(e.text, "more than 512 header lines"));
}

static void redirects_are_those_five_with_a_location(void)
{
	static const int redirects[] = { 301, 302, 303, 307, 308 };
	struct http_head head;
	struct error e;
	char answer[100];

	for (int status = 200; status <= 599; status++) {
		bool want = false;
		for (size_t i = 0; i < ARRAY_SIZE(redirects); i++)
			want = want || status == redirects[i];
		snprintf(answer, sizeof(answer), "HTTP/1.1 %d\r\nLocation: /y \r\n\r\n", status);
		tap_eq_int(head_of(answer, 0, &head, &e), 0);
		const char *location = http_redirect_location(&head);
		tap_eq_text(location ? location : "none", want ? "/y" : "none");
	}
	tap_eq_int(head_of("HTTP/1.1 301 Moved\r\n\r\n", 0, &head, &e), 0);
	tap_ok(http_redirect_location(&head) == NULL);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_head_is_asked_for_and_read),
		TAP_TEST(a_body_that_is_sent_all_the_same_does_not_matter),
		TAP_TEST(chunked_answers_have_no_length),
		TAP_TEST(interim_answers_are_passed_over),
		TAP_TEST(bad_answers_are_refused),
		TAP_TEST(what_a_user_agent_must_accept_is_accepted),
		TAP_TEST(a_head_of_64_kib_is_read),
		TAP_TEST(an_invalid_status_is_one_of_the_server),
		TAP_TEST(huge_heads_are_told_from_malformed_ones),
		TAP_TEST(redirects_are_those_five_with_a_location),
		{ 0 },
	};
	return tap_run(tests);
}
