/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers without body: a whole connection of them, and where they redirect to. */
#include <stdlib.h>
#include <string.h>

#include "../unit/memory_stream.h"
#include "hostcfg/url.h"
#include "http/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct http_request request = { .method = "HEAD", .target = "/", .host = "h" };
	static struct memory_stream s;
	static struct http_head head;
	struct http_conn conn;
	struct url base, url;
	struct error error = ERROR_INIT;

	memory_stream_init(&s, data, size);
	s.portion = size > 0 ? data[size - 1] : 0;
	http_conn_init(&conn, &s.stream);
	int r = http_call_head(&conn, &request, 0, &head, &error);
	http_conn_deinit(&conn);
	if (r < 0)
		return 0;
	if (head.status < 200 || head.status > 999 || head.n > HTTP_RESPONSE_HEADERS_MAX)
		abort();
	const char *location = http_redirect_location(&head);
	if (location && (url_parse("https://a/b", &base, &error) < 0 ||
				(url_resolve(&base, location, &url, &error) == 0 && !url.https)))
		abort();
	return 0;
}
