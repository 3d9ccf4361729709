/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames as lines of a terminal: see frame.h. */
#include "driver/frame.h"

#include <string.h>

#include "base/text.h"

#define CRC_DIGITS 8
/* SEQ, KIND, CRC. */
#define LINE_MIN (2 + 1 + CRC_DIGITS)

uint32_t driver_crc32(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint32_t crc = 0xffffffffU;

	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

/* Upper-case hex of @digits digits. */
static size_t put_hex(char *out, uint32_t value, int digits)
{
	static const char hex[] = "0123456789ABCDEF";

	for (int i = 0; i < digits; i++)
		out[i] = hex[value >> 4 * (digits - 1 - i) & 15];
	return (size_t)digits;
}

/* Upper case only: one frame has one form. */
static bool take_hex(const char *text, int digits, uint32_t *ret)
{
	uint32_t value = 0;

	for (int i = 0; i < digits; i++) {
		char c = text[i];
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			value = value << 4 | (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	*ret = value;
	return true;
}

size_t driver_format(
	enum driver_mark mark, const struct driver_frame *frame, char out[DRIVER_LINE_MAX])
{
	char body[TEXT_BASE64_SIZE(DRIVER_DATA_MAX)];
	size_t len = 0;

	assert(frame->len <= DRIVER_DATA_MAX);
	out[len++] = (char)mark;
	len += put_hex(out + len, frame->seq, 2);
	out[len++] = (char)frame->kind;
	size_t n = text_format_base64(frame->data, frame->len, body);
	memcpy(out + len, body, n);
	len += n;
	len += put_hex(out + len, driver_crc32(out + 1, len - 1), CRC_DIGITS);
	/* One line end only: where no frames are read, a second one would be a bare Enter. */
	if (mark == DRIVER_PLATFORM)
		out[len++] = '\r';
	out[len++] = '\n';
	return len;
}

void driver_reader_init(struct driver_reader *reader, enum driver_mark mark)
{
	*reader = (struct driver_reader){ .mark = mark };
}

static bool has_form(const struct driver_frame *frame)
{
	switch (frame->kind) {
	case DRIVER_MORE:
		return frame->len > 0;
	case DRIVER_END:
		return frame->len >= 4;
	case DRIVER_ACK:
	case DRIVER_AGAIN:
		return frame->len == 0;
	}
	return false;
}

static bool parse_line(const char *line, size_t len, struct driver_frame *ret)
{
	struct driver_frame frame = { 0 };
	uint32_t seq, crc;

	if (len < LINE_MIN || len > LINE_MIN + DRIVER_BODY_MAX)
		return false;
	if (!take_hex(line, 2, &seq) || !take_hex(line + len - CRC_DIGITS, CRC_DIGITS, &crc))
		return false;
	if (crc != driver_crc32(line, len - CRC_DIGITS))
		return false;
	frame.seq = (uint8_t)seq;
	frame.kind = (enum driver_kind)line[2];
	if (text_parse_base64(
		    line + 3, len - LINE_MIN, frame.data, sizeof(frame.data), &frame.len) < 0)
		return false;
	if (!has_form(&frame))
		return false;
	*ret = frame;
	return true;
}

static enum driver_event end_line(struct driver_reader *reader, struct driver_frame *ret)
{
	reader->inside = false;
	if (reader->too_long || !parse_line(reader->line, reader->len, ret))
		return DRIVER_DAMAGED;
	return DRIVER_GOOD;
}

enum driver_event driver_reader_take(
	struct driver_reader *reader, uint8_t byte, struct driver_frame *ret)
{
	if (byte == (uint8_t)reader->mark) {
		reader->inside = true;
		reader->too_long = false;
		reader->len = 0;
		return DRIVER_NOTHING;
	}
	if (!reader->inside)
		return DRIVER_OUTSIDE;
	if (byte == '\r' || byte == '\n')
		return end_line(reader, ret);
	/* What a terminal adds: escape sequences lose at least their first byte, and the CRC shows
	 * the rest. */
	if (byte < 0x20 || byte == 0x7f)
		return DRIVER_NOTHING;
	if (reader->len >= sizeof(reader->line))
		reader->too_long = true;
	else
		reader->line[reader->len++] = (char)byte;
	return DRIVER_NOTHING;
}
