/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's side: requests of one connection, one after the other, to a handler. */
#pragma once

#include "http/http.h"

/* Longest body of an answer; and of one that is allocated. */
#define HTTP_ANSWER_MAX (16 * 1024)
#define HTTP_LONG_ANSWER_MAX (512 * 1024)
/* Requests on one connection; the last answer closes it. */
#define HTTP_REQUESTS_MAX 64

/* An answer, filled in by the handler. */
struct http_answer {
	int status;
	const char *allow; /* for 405; NULL: no such header */
	bool close;        /* close the connection after it */
	bool json;         /* the body is JSON; else a line of text */
	size_t len;
	char body[HTTP_ANSWER_MAX];
	char *long_body; /* in place of `body`; owned: http_serve() frees it; NULL: none */
};

/* Fills in an answer: a status and a line of plain text as its body (a newline is added). */
void http_answer_text(struct http_answer *answer, int status, const char *text);

struct http_handler {
	/*
	 * Decides by the head alone. True: the request is accepted with a body of at most
	 * *ret_limit bytes. False: @answer is filled in, and the body is not read.
	 */
	bool (*head)(void *context, const struct http_head *head, size_t *ret_limit,
		struct http_answer *answer);
	/* The whole request. Always fills in @answer. The body is wiped afterwards. */
	void (*request)(void *context, const struct http_head *head, const uint8_t *body,
		size_t len, struct http_answer *answer);
	/* An answer was written or could not be: result is 0 or a negative errno. */
	void (*answered)(void *context, const struct http_answer *answer, int result,
		const struct error *error);
	/*
	 * Fills in the answer to a malformed or too large request: a status of 400 and up, and the
	 * reason. NULL: http_answer_text() does it.
	 */
	void (*refuse)(void *context, struct http_answer *answer, int status, const char *text);
};

/* Times in milliseconds. */
struct http_limits {
	int64_t idle_ms; /* from an answer to the next request's end */
	/* From the first byte of a request to its end; for its answer, too, or for each 32 KiB of
	 * one that is longer. */
	int64_t request_ms;
};

/*
 * Serves a connection until it ends. @first_deadline_ms: of the first request's end. 0 if the peer
 * closed the connection or an answer closed it; otherwise a negative errno with its text
 * (-ETIMEDOUT: a request was not complete in time).
 */
int http_serve(struct stream *stream, const struct http_handler *handler, void *context,
	int64_t first_deadline_ms, const struct http_limits *limits,
	struct error *error) MUST_CHECK;
