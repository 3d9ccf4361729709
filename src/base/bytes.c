/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded reader and writer of bytes: see bytes.h. */
#include "base/bytes.h"

#include <string.h>

struct bytes_reader bytes_reader(const void *data, size_t len)
{
	const uint8_t *begin = data;

	/* NULL is a good beginning of no bytes, but nothing may be added to it. */
	return (struct bytes_reader){
		.end = len > 0 ? begin + len : begin, .len = len, .left = len
	};
}

struct bytes_writer bytes_writer(void *data, size_t cap)
{
	return (struct bytes_writer){ .data = data, .cap = cap };
}

const uint8_t *bytes_next(const struct bytes_reader *r)
{
	return r->end - r->left;
}

const uint8_t *bytes_view(struct bytes_reader *r, size_t len)
{
	size_t left = r->left;

	if (r->failed || len > left) {
		r->failed = true;
		return NULL;
	}
	r->left = left - len;
	return r->end - left;
}

size_t bytes_position(const struct bytes_reader *r)
{
	return r->len - r->left;
}

size_t bytes_left(const struct bytes_reader *r)
{
	return r->left;
}

const uint8_t *bytes_rest(struct bytes_reader *r, size_t *ret_len)
{
	if (r->failed)
		return NULL;
	const uint8_t *p = bytes_next(r);
	*ret_len = r->left;
	r->left = 0;
	return p;
}

bool bytes_read(struct bytes_reader *r, void *out, size_t len)
{
	const uint8_t *p = bytes_view(r, len);

	if (!p) {
		memset(out, 0, len);
		return false;
	}
	if (len > 0)
		memcpy(out, p, len);
	return true;
}

uint8_t bytes_read_u8(struct bytes_reader *r)
{
	const uint8_t *p = bytes_view(r, 1);
	return p ? p[0] : 0;
}

uint16_t bytes_read_le16(struct bytes_reader *r)
{
	const uint8_t *p = bytes_view(r, 2);
	return p ? (uint16_t)(p[0] | p[1] << 8) : 0;
}

uint32_t bytes_read_le32(struct bytes_reader *r)
{
	const uint8_t *p = bytes_view(r, 4);
	return p ? p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

uint16_t bytes_read_be16(struct bytes_reader *r)
{
	const uint8_t *p = bytes_view(r, 2);
	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

uint32_t bytes_read_be32(struct bytes_reader *r)
{
	const uint8_t *p = bytes_view(r, 4);
	return p ? p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24 : 0;
}

uint64_t bytes_read_be64(struct bytes_reader *r)
{
	uint64_t high = bytes_read_be32(r);
	uint64_t low = bytes_read_be32(r);
	return r->failed ? 0 : high << 32 | low;
}

bool bytes_reader_ok(const struct bytes_reader *r)
{
	return !r->failed;
}

bool bytes_reader_done(const struct bytes_reader *r)
{
	return !r->failed && r->left == 0;
}

void bytes_write(struct bytes_writer *w, const void *data, size_t len)
{
	size_t at = w->len, room = w->cap - at;

	if (w->failed || len > room) {
		w->failed = true;
		return;
	}
	if (len > 0)
		memcpy(w->data + at, data, len);
	w->len = at + len;
}

bool bytes_write_from(struct bytes_writer *w, struct bytes_reader *r, size_t len)
{
	const uint8_t *p = bytes_view(r, len);

	if (!p)
		return false;
	bytes_write(w, p, len);
	return true;
}

void bytes_write_u8(struct bytes_writer *w, uint8_t v)
{
	bytes_write(w, &v, 1);
}

void bytes_write_be16(struct bytes_writer *w, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };
	bytes_write(w, b, sizeof(b));
}

void bytes_write_be32(struct bytes_writer *w, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
	bytes_write(w, b, sizeof(b));
}

void bytes_write_be64(struct bytes_writer *w, uint64_t v)
{
	bytes_write_be32(w, (uint32_t)(v >> 32));
	bytes_write_be32(w, (uint32_t)v);
}

void bytes_write_string(struct bytes_writer *w, const void *data, size_t len)
{
	if (len > UINT32_MAX) {
		w->failed = true;
		return;
	}
	bytes_write_be32(w, (uint32_t)len);
	bytes_write(w, data, len);
}

bool bytes_writer_ok(const struct bytes_writer *w)
{
	return !w->failed;
}
