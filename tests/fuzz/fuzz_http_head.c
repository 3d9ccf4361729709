/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of requests and responses, and a whole connection of requests. */
#include <string.h>

#include "../unit/memory_stream.h"
#include "http/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_head(
	void *context, const struct http_head *head, size_t *ret_limit, struct http_answer *answer)
{
	*ret_limit = 64;
	return true;
}

static void on_request(void *context, const struct http_head *head, const uint8_t *body, size_t len,
	struct http_answer *answer)
{
	if (len > 64 || body[len] != 0 ||
		strlen(head->method) + strlen(head->target) > HTTP_REQUEST_HEAD_MAX)
		abort();
	http_answer_text(answer, 200, head->target);
}

static void on_answered(
	void *context, const struct http_answer *answer, int result, const struct error *error)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct http_handler handler = { on_head, on_request, on_answered };
	static const struct http_limits limits;
	static struct memory_stream s;
	static struct http_head head;
	struct error error;

	if (http_request_parse(data, size, &head, &error) == 0 && head.n > HTTP_REQUEST_HEADERS_MAX)
		abort();
	if (http_response_parse(data, size, &head, &error) == 0 &&
		(head.status < 100 || head.status > 999))
		abort();
	memory_stream_init(&s, data, size);
	s.portion = size > 0 ? data[0] : 0;
	(void)!http_serve(&s.stream, &handler, NULL, 0, &limits, &error);
	return 0;
}
