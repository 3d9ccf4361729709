/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded reader and a bounded writer of bytes: the only way stprov takes apart or puts
 * together binary data (IPC frames, .auth descriptors, SSH key blobs).
 *
 * Both keep the first failure: every later call fails too, so that a sequence of calls can be
 * checked once at its end with bytes_reader_ok() or bytes_writer_ok().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/*
 * What is read next is end - left. A position would need a second fact, that it is at most the
 * length: here what is left is all that there is to check.
 */
struct bytes_reader {
	const uint8_t *end;
	size_t len, left; /* of all bytes, and of those that were not read yet */
	bool failed;
};

struct bytes_writer {
	uint8_t *data;
	size_t cap, len;
	bool failed;
};

/* Both borrow the memory, which has to be there for as long as they are used. */
/*@ requires len == 0 || \valid_read((const uint8_t *)data + (0 .. len - 1)); */
struct bytes_reader bytes_reader(const void *data, size_t len);
/*@ requires cap == 0 || \valid((uint8_t *)data + (0 .. cap - 1)); */
struct bytes_writer bytes_writer(void *data, size_t cap);

/* Numbers in little endian (le) or big endian (be) order. After a failure all that is read is 0. */
uint8_t bytes_read_u8(struct bytes_reader *r);
uint16_t bytes_read_le16(struct bytes_reader *r);
uint32_t bytes_read_le32(struct bytes_reader *r);
uint16_t bytes_read_be16(struct bytes_reader *r);
uint32_t bytes_read_be32(struct bytes_reader *r);
uint64_t bytes_read_be64(struct bytes_reader *r);
/* Copies @len bytes out; if there are fewer, @out is zero and the result false. */
/*@ requires len == 0 || \valid((uint8_t *)out + (0 .. len - 1)); */
bool bytes_read(struct bytes_reader *r, void *out, size_t len);
/* A view of the next @len bytes, which belong to the reader's memory; NULL if there are fewer. */
const uint8_t *bytes_view(struct bytes_reader *r, size_t len);
/* A view of the remaining bytes; @ret_len may be 0. NULL only after a failure. */
const uint8_t *bytes_rest(struct bytes_reader *r, size_t *ret_len);
/* What is read next, of which there are bytes_left(). */
const uint8_t *bytes_next(const struct bytes_reader *r);
/* How many bytes were read, and how many are left. */
size_t bytes_position(const struct bytes_reader *r);
size_t bytes_left(const struct bytes_reader *r);
/* No call failed. */
bool bytes_reader_ok(const struct bytes_reader *r);
/* No call failed, and nothing is left. */
bool bytes_reader_done(const struct bytes_reader *r);

void bytes_write_u8(struct bytes_writer *w, uint8_t v);
void bytes_write_be16(struct bytes_writer *w, uint16_t v);
void bytes_write_be32(struct bytes_writer *w, uint32_t v);
void bytes_write_be64(struct bytes_writer *w, uint64_t v);
void bytes_write(struct bytes_writer *w, const void *data, size_t len);
/* Writes the next @len bytes of @r, or none of them if there are fewer; false then. */
bool bytes_write_from(struct bytes_writer *w, struct bytes_reader *r, size_t len);
/* SSH's string (RFC 4251 section 5): length as be32, then the bytes. */
void bytes_write_string(struct bytes_writer *w, const void *data, size_t len);
/* All writes fitted. */
bool bytes_writer_ok(const struct bytes_writer *w);
