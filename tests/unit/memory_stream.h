/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream for tests: reads from given bytes in given portions, keeps what is written. */
#pragma once

#include <errno.h>
#include <string.h>

#include "base/stream.h"

/* Bytes that may be written; a test may have more. */
#ifndef MEMORY_STREAM_OUT
#define MEMORY_STREAM_OUT ((size_t)64 * 1024)
#endif

struct memory_stream {
	struct stream stream;
	const char *in;
	size_t in_len;
	size_t portion; /* at most so many bytes a read; 0: all */
	int end;        /* result of a read after the input: 0 (clean end) or a negative errno */
	char out[MEMORY_STREAM_OUT];
	size_t out_len;
};

static int memory_read(struct stream *stream, void *buf, size_t cap, int64_t deadline_ms,
	size_t *ret_n, struct error *error)
{
	struct memory_stream *s = (struct memory_stream *)stream;
	size_t n = MIN(cap, s->in_len);

	if (s->in_len == 0 && s->end < 0)
		return error_set(error, s->end, "end of the test's input");
	if (s->portion > 0)
		n = MIN(n, s->portion);
	memcpy(buf, s->in, n);
	s->in += n;
	s->in_len -= n;
	*ret_n = n;
	return 0;
}

static int memory_write(struct stream *stream, const void *buf, size_t len, int64_t deadline_ms,
	struct error *error)
{
	struct memory_stream *s = (struct memory_stream *)stream;

	if (len >= sizeof(s->out) - s->out_len)
		return error_set(error, -ENOSPC, "the test's output is full");
	memcpy(s->out + s->out_len, buf, len);
	s->out_len += len;
	s->out[s->out_len] = '\0';
	return 0;
}

static inline void memory_stream_init(struct memory_stream *s, const void *in, size_t len)
{
	memset(s, 0, sizeof(*s));
	s->stream.read = memory_read;
	s->stream.write = memory_write;
	s->in = in;
	s->in_len = len;
}
