/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame between the platform's console and a program on the laptop, as a line of a terminal
 * that may lose, double or change characters (docs/console.md):
 *
 *	MARK SEQ(2 hex) KIND BODY(base64, at most 60 characters) CRC(8 hex) END
 *
 * END is CR LF from the platform, and LF from the laptop, which sends no carriage return.
 *
 * Pure: bytes in, bytes out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* Bytes of a frame, before they become base64. */
#define DRIVER_DATA_MAX 45
#define DRIVER_BODY_MAX 60
/* A frame as a line, with CR LF, without NUL. */
#define DRIVER_LINE_MAX (1 + 2 + 1 + DRIVER_BODY_MAX + 8 + 2)

/* Who sends: a shell takes the laptop's frames for comments. */
enum driver_mark {
	DRIVER_PLATFORM = ':',
	DRIVER_LAPTOP = '#',
};

enum driver_kind {
	DRIVER_MORE = 'm',  /* a part of a message */
	DRIVER_END = 'e',   /* its last part, which ends with the CRC-32 of the whole message */
	DRIVER_ACK = 'a',   /* @seq was taken; no data */
	DRIVER_AGAIN = 'n', /* a frame was damaged, and @seq is expected; no data */
};

struct driver_frame {
	uint8_t seq;
	enum driver_kind kind;
	uint8_t data[DRIVER_DATA_MAX];
	size_t len;
};

/* CRC-32 as of zlib (ISO 3309, reflected 0xEDB88320): "123456789" is 0xCBF43926. */
uint32_t driver_crc32(const void *bytes, size_t len);

/* The line of @frame; returns its length. */
size_t driver_format(
	enum driver_mark mark, const struct driver_frame *frame, char out[DRIVER_LINE_MAX]);

/* Reads frames of one direction, byte by byte. */
struct driver_reader {
	enum driver_mark mark;
	bool inside;                    /* after a mark, before the end of its line */
	char line[DRIVER_LINE_MAX + 1]; /* without the mark; longer ones are damaged */
	size_t len;
	bool too_long;
};

enum driver_event {
	DRIVER_NOTHING, /* the byte belongs to a frame that is not complete */
	DRIVER_GOOD,    /* a frame */
	DRIVER_DAMAGED, /* a line with a mark that is not a frame, or whose CRC is wrong */
	DRIVER_OUTSIDE, /* the byte belongs to no frame */
};

void driver_reader_init(struct driver_reader *reader, enum driver_mark mark);
/* @ret: filled in with DRIVER_GOOD. */
enum driver_event driver_reader_take(
	struct driver_reader *reader, uint8_t byte, struct driver_frame *ret);
