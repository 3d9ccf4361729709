/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is proven with something else in its place, and why that is enough.
 *
 * bytes_reader(): Eva checks at each call that the caller has the bytes (`requires` in bytes.h).
 * What is then read is any bytes of the same number, and memory ends where they end. So a proof
 * holds for all lengths at once. bytes_read() and bytes_write_from(): as many bytes as they copy,
 * of any values. proof_bytes.c is about the functions themselves.
 *
 * crypto/: the sizes of hashes and of coordinates are any of those that there are.
 *
 * base/error.c: a text that vsnprintf(3) writes is any text of its size. gcc checks formats and
 * arguments (PRINTF_LIKE).
 */
#include <string.h>

#include "any.h"
#include "base/bytes.h"
#include "base/error.h"
#include "crypto/ecdh.h"
#include "crypto/kdf.h"

uint8_t any_buffer[ANY_SIZE];

#ifndef REAL_READER
struct bytes_reader bytes_reader(const void *data, size_t len)
{
	assert(len <= ANY_SIZE);
	return (struct bytes_reader){ .end = any_buffer + ANY_SIZE, .len = len, .left = len };
}

bool bytes_read(struct bytes_reader *r, void *out, size_t len)
{
	bool there = bytes_view(r, len) != NULL;

	memset(out, 0, len);
	if (there)
		Frama_C_make_unknown(out, len);
	return there;
}

bool bytes_write_from(struct bytes_writer *w, struct bytes_reader *r, size_t len)
{
	if (!bytes_view(r, len))
		return false;
	bytes_write(w, any_buffer, len);
	return true;
}
#endif

static int any_text(struct error *error, int code)
{
	Frama_C_make_unknown(error->text, sizeof(error->text));
	error->text[sizeof(error->text) - 1] = '\0';
	return code;
}

int error_set(struct error *error, int code, const char *format, ...)
{
	return any_text(error, code);
}

int error_set_errno(struct error *error, int code, const char *format, ...)
{
	return any_text(error, code);
}

int error_prefix(struct error *error, int code, const char *format, ...)
{
	return any_text(error, code);
}

size_t crypto_hash_size(enum crypto_hash hash)
{
	return Frama_C_interval(20, CRYPTO_HASH_MAX);
}

size_t crypto_curve_size(enum crypto_curve curve)
{
	return Frama_C_interval(32, 48);
}
