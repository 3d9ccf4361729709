/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between urlcheck.c and a probe: see probe_ipc.h. */
#include "setup/probe_ipc.h"

#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"

/* More redirects than any probe follows. */
#define REDIRECTS_LIMIT 100

/* A text as bytes_write_string() wrote it, printable, into @cap bytes with its NUL. */
static bool read_probe_text(struct bytes_reader *r, char *out, size_t cap)
{
	uint32_t len = bytes_read_be32(r);

	if (len >= cap || !bytes_read(r, out, len))
		return false;
	out[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (out[i] < ' ' || out[i] > '~')
			return false;
	return true;
}

static void write_probe_text(struct bytes_writer *w, const char *text)
{
	bytes_write_string(w, text, strlen(text));
}

size_t probe_encode_start(const struct probe_start *start, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, PROBE_PAYLOAD_MAX);

	bytes_write_be64(&w, (uint64_t)start->deadline_ms);
	bytes_write_be64(&w, (uint64_t)start->floor_s);
	bytes_write_be32(&w, start->roots_len);
	write_probe_text(&w, start->url);
	assert(bytes_writer_ok(&w));
	return w.len;
}

bool probe_decode_start(const struct frame *frame, struct probe_start *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct probe_start start;

	memset(&start, 0, sizeof(start));
	start.deadline_ms = (int64_t)bytes_read_be64(&r);
	start.floor_s = (int64_t)bytes_read_be64(&r);
	start.roots_len = bytes_read_be32(&r);
	bool ok = frame->type == PROBE_START && read_probe_text(&r, start.url, sizeof(start.url)) &&
		  bytes_reader_done(&r);
	if (ok)
		*ret = start;
	secret_wipe_bytes(&start, sizeof(start));
	return ok;
}

size_t probe_encode_result(const struct probe_result *result, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, PROBE_PAYLOAD_MAX);

	bytes_write_be32(&w, (uint32_t)result->status);
	bytes_write_u8(&w, result->has_length);
	bytes_write_be64(&w, result->length);
	bytes_write_be32(&w, result->redirects);
	write_probe_text(&w, result->type);
	write_probe_text(&w, result->address);
	write_probe_text(&w, result->final_url);
	write_probe_text(&w, result->error.text);
	assert(bytes_writer_ok(&w));
	return w.len;
}

/* What the parts may be together: good means 200, and anything else has a reason. */
static bool is_consistent(const struct probe_result *result)
{
	bool good = result->error.text[0] == '\0';

	return result->status >= 0 && result->status <= 599 && (!good || result->status == 200) &&
	       result->redirects <= REDIRECTS_LIMIT;
}

bool probe_decode_result(const struct frame *frame, struct probe_result *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct probe_result result;

	memset(&result, 0, sizeof(result));
	result.status = (int)bytes_read_be32(&r);
	result.has_length = bytes_read_u8(&r) == 1;
	result.length = bytes_read_be64(&r);
	result.redirects = bytes_read_be32(&r);
	if (frame->type != PROBE_RESULT || !read_probe_text(&r, result.type, sizeof(result.type)) ||
		!read_probe_text(&r, result.address, sizeof(result.address)) ||
		!read_probe_text(&r, result.final_url, sizeof(result.final_url)) ||
		!read_probe_text(&r, result.error.text, sizeof(result.error.text)) ||
		!bytes_reader_done(&r) || !is_consistent(&result))
		return false;
	*ret = result;
	return true;
}

bool probe_decode_text(const struct frame *frame, char out[PROBE_STAGE_MAX])
{
	for (size_t i = 0; i < frame->len; i++)
		if (frame->payload[i] < ' ' || frame->payload[i] > '~')
			return false;
	if (frame->len >= PROBE_STAGE_MAX)
		return false;
	memcpy(out, frame->payload, frame->len);
	out[frame->len] = '\0';
	return true;
}
