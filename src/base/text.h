/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text: numbers, hex, base64, lists with commas, making foreign bytes printable, folding lines.
 * Parsers accept only a whole text: no leading space, no trailing bytes, no sign.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/macros.h"

/* A printable text is at most this many times as long as the bytes it shows. */
#define TEXT_PRINTABLE_GROWTH 4

/*
 * Copies @len bytes of @in to @out as printable ASCII: 0x20 to 0x7e unchanged, except the
 * backslash, which becomes \x5c; every other byte becomes \xNN. Drops whole characters if @cap
 * (with the NUL that is always written) is too small. Returns the length without the NUL.
 */
size_t text_printable(const void *in, size_t len, char *out, size_t cap);

/*
 * The same for a text of which parts were made printable before, as the text of an error: `\xNN`
 * in it is unchanged, so a byte is escaped once however often the text is passed on. (A peer that
 * sends these four characters gets them shown as they are: they steer no terminal.)
 */
size_t text_printable_again(const void *in, size_t len, char *out, size_t cap);

/*
 * Breaks a line at blanks, in place, so that no line has more than @columns characters, except a
 * longer single word. The second and further lines begin with @indent blanks. Text beyond @cap is
 * not broken. Returns the length without the NUL.
 */
size_t text_fold(char *line, size_t cap, size_t columns, size_t indent);

/* A new text, as printf(3) formats it; the caller frees it. NULL without memory. */
char *text_new(const char *format, ...) PRINTF_LIKE(1, 2);

/* Where @len bytes, which may be anything, have the characters of @word first; NULL: nowhere. */
const void *text_find(const void *bytes, size_t len, const char *word);
/* Whether a text has them; letters of ASCII are equal in either case. */
bool text_contains_any_case(const char *text, const char *word);

/* A text that grows until its room is used up; as long as an error's, which is what it becomes. */
struct text_list {
	char text[ERROR_TEXT_MAX];
	size_t len;
};

/* Appends what fits. */
void text_list_add(struct text_list *list, const char *format, ...) PRINTF_LIKE(2, 3);

/* The word for a number of things: @one for 1, else @many: `text_plural(n, "line is", "lines
 * are")`.
 */
const char *text_plural(uint64_t n, const char *one, const char *many);

/* Whether @len bytes are UTF-8 (RFC 3629) without control characters (0-31, 127, C1). */
bool text_is_plain_utf8(const void *bytes, size_t len);

/*
 * A decimal number between @min and @max: digits only, no leading zero but "0" itself.
 * -EINVAL if it is malformed, -ERANGE if it is outside.
 */
int text_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

/* Lower-case hex with a NUL: @out has room for 2 * @len + 1. */
void text_format_hex(const void *in, size_t len, char *out);

/* Hex of either case, exactly @len bytes of it; -EINVAL otherwise. */
int text_parse_hex(const char *text, void *out, size_t len);

/* Size of the base64 of n bytes, with padding and NUL. */
#define TEXT_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* Standard base64 with padding (RFC 4648 section 4) and a NUL; returns the length without it. */
size_t text_format_base64(const void *in, size_t len, char *out);

/*
 * Standard base64 with padding, strict: no white space, the unused bits zero. Decodes at most
 * @cap bytes; -EINVAL if the text is malformed, -E2BIG if it is longer.
 */
int text_parse_base64(const char *text, size_t text_len, void *out, size_t cap, size_t *ret_len);

/*
 * The hex dump with which the operator compares entropy: 16 bytes on a line with their offset and
 * their ASCII, as the released stprov prints it (vectors: hexify).
 * Returns a text that the caller frees, or NULL if out of memory.
 */
char *text_format_dump(const void *in, size_t len);
