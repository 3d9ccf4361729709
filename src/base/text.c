/* SPDX-License-Identifier: BSD-2-Clause */
/* Text: see text.h. */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Whether what is at @p[@at] is a byte that text_printable() wrote. */
static bool is_escape(const uint8_t *p, size_t at, size_t len)
{
	return at + 3 < len && p[at] == '\\' && p[at + 1] == 'x' && is_hex_digit(p[at + 2]) &&
	       is_hex_digit(p[at + 3]);
}

static size_t make_printable(const uint8_t *p, size_t len, bool again, char *out, size_t cap)
{
	size_t n = 0;

	if (cap == 0)
		return 0;
	for (size_t i = 0; i < len; i++) {
		bool plain = p[i] >= 0x20 && p[i] <= 0x7e &&
			     (p[i] != '\\' || (again && is_escape(p, i, len)));
		if (n + (plain ? 1 : 4) >= cap)
			break;
		if (plain) {
			out[n++] = (char)p[i];
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex_digits[p[i] >> 4];
		out[n++] = hex_digits[p[i] & 15];
	}
	out[n] = '\0';
	return n;
}

size_t text_printable(const void *in, size_t len, char *out, size_t cap)
{
	return make_printable(in, len, false, out, cap);
}

size_t text_printable_again(const void *in, size_t len, char *out, size_t cap)
{
	return make_printable(in, len, true, out, cap);
}

const char *text_plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/* The blank at which a line is broken, or NULL: the last one that fits, or else the first one. */
static char *fold_place(char *line, size_t columns)
{
	char *words = line + strspn(line, " "), *place = strchr(words, ' ');

	for (char *next = place; next && (size_t)(next - line) <= columns;) {
		place = next;
		next = strchr(next + 1, ' ');
	}
	return place;
}

size_t text_fold(char *line, size_t cap, size_t columns, size_t indent)
{
	size_t len = strlen(line), room = cap - len - 1;

	while (strlen(line) > columns && room >= indent) {
		char *place = fold_place(line, columns);
		if (!place)
			break;
		*place++ = '\n';
		memmove(place + indent, place, strlen(place) + 1);
		memset(place, ' ', indent);
		line = place;
		len += indent;
		room -= indent;
	}
	return len;
}

/* The length of the UTF-8 character at @p[@at] and its code point, or 0 if it is malformed. */
static size_t utf8_char(const uint8_t *p, size_t at, size_t len, uint32_t *ret_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t first = p[at];
	size_t n = first < 0x80       ? 1
		   : first >> 5 == 6  ? 2
		   : first >> 4 == 14 ? 3
		   : first >> 3 == 30 ? 4
				      : 0;
	if (n == 0)
		return 0;
	uint32_t point = n == 1 ? first : first & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if (at + i >= len || p[at + i] >> 6 != 2)
			return 0;
		point = point << 6 | (p[at + i] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return n;
}

bool text_is_plain_utf8(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t at = 0; at < len;) {
		uint32_t point = 0;
		size_t n = utf8_char(p, at, len, &point);
		if (n == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0))
			return false;
		at += n;
	}
	return true;
}

int text_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	uint64_t v = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(v, 10U, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	}
	if (v < min || v > max)
		return -ERANGE;
	*ret_value = v;
	return 0;
}

void text_format_hex(const void *in, size_t len, char *out)
{
	const uint8_t *p = in;

	for (size_t i = 0; i < len; i++) {
		*out++ = hex_digits[p[i] >> 4];
		*out++ = hex_digits[p[i] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int text_parse_hex(const char *text, void *out, size_t len)
{
	uint8_t *p = out;

	if (strlen(text) != 2 * len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		int high = hex_value(text[2 * i]);
		int low = hex_value(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		p[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

size_t text_format_base64(const void *in, size_t len, char *out)
{
	const uint8_t *p = in;
	char *o = out;

	for (; len > 0; p += 3, len = len > 3 ? len - 3 : 0) {
		uint32_t v = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0) |
			     (len > 2 ? p[2] : 0);
		*o++ = base64_digits[v >> 18];
		*o++ = base64_digits[v >> 12 & 63];
		*o++ = len > 1 ? base64_digits[v >> 6 & 63] : '=';
		*o++ = len > 2 ? base64_digits[v & 63] : '=';
	}
	*o = '\0';
	return (size_t)(o - out);
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int text_parse_base64(const char *text, size_t text_len, void *out, size_t cap, size_t *ret_len)
{
	uint8_t *o = out;
	size_t pad = 0, n = 0;

	if (text_len % 4 != 0)
		return -EINVAL;
	while (pad < 2 && pad < text_len && text[text_len - 1 - pad] == '=')
		pad++;
	if (text_len / 4 * 3 - pad > cap)
		return -E2BIG;
	for (size_t i = 0; i < text_len; i += 4) {
		size_t digits = i + 4 == text_len ? 4 - pad : 4;
		uint32_t v = 0;
		for (size_t k = 0; k < 4; k++) {
			int d = k < digits ? base64_value(text[i + k]) : 0;
			if (d < 0)
				return -EINVAL;
			v = v << 6 | (uint32_t)d;
		}
		if ((digits == 2 && (v & 0xffff)) || (digits == 3 && (v & 0xff)))
			return -EINVAL;
		for (size_t k = 0; k + 1 < digits; k++)
			o[n++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*ret_len = n;
	return 0;
}

/* One line of the dump: "  16  10 11 ... 17  18 ... 1F  ................\n". */
static char *dump_line(char *o, const uint8_t *p, size_t offset, size_t len)
{
	o += sprintf(o, "%4zu ", offset);
	for (size_t i = 0; i < 16; i++) {
		if (i % 8 == 0)
			*o++ = ' ';
		o += i < len ? sprintf(o, "%02X ", p[i]) : sprintf(o, "   ");
	}
	*o++ = ' ';
	for (size_t i = 0; i < 16; i++)
		*o++ = i >= len ? ' ' : p[i] >= 0x20 && p[i] <= 0x7e ? (char)p[i] : '.';
	*o++ = '\n';
	*o = '\0';
	return o;
}

char *text_format_dump(const void *in, size_t len)
{
	const uint8_t *p = in;
	/* A line has 76 characters, its offset up to 20 digits. */
	char *text = malloc((len / 16 + 1) * 96 + 1);
	char *o = text;

	if (!text)
		return NULL;
	*o = '\0';
	for (size_t i = 0; i < len; i += 16)
		o = dump_line(o, p + i, i, MIN((size_t)16, len - i));
	return text;
}

char *text_new(const char *format, ...)
{
	va_list args, again;
	char *text = NULL;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	if (n >= 0)
		text = malloc((size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

const void *text_find(const void *bytes, size_t len, const char *word)
{
	const char *p = bytes;
	size_t word_len = strlen(word);

	for (size_t i = 0; i + word_len <= len; i++)
		if (memcmp(p + i, word, word_len) == 0)
			return p + i;
	return NULL;
}

bool text_contains_any_case(const char *text, const char *word)
{
	size_t word_len = strlen(word);

	for (; strlen(text) >= word_len; text++)
		if (strncasecmp(text, word, word_len) == 0)
			return true;
	return false;
}

void text_list_add(struct text_list *list, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(list->text + list->len, sizeof(list->text) - list->len, format, args);
	va_end(args);
	if (n > 0)
		list->len = MIN(list->len + (size_t)n, sizeof(list->text) - 1);
}
