/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in Go's forms: see cli.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli/cli.h"

/* The base of a number by its prefix, which is cut off. */
static unsigned take_base(const char **text)
{
	const char *t = *text;
	unsigned base = 8;

	if (t[0] != '0' || t[1] == '\0')
		return 10;
	switch (tolower((unsigned char)t[1])) {
	case 'x':
		base = 16;
		break;
	case 'b':
		base = 2;
		break;
	case 'o':
		break;
	default:
		*text = t + 1;
		return strpbrk(t, "89") ? 10 : 8;
	}
	*text = t + 2;
	return base;
}

/* The value of a digit; 16 or more if it is none. */
static unsigned digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (unsigned)(at - digits) : sizeof(digits);
}

int cli_parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	/* A `_` stands between digits, or between a prefix and a digit. */
	bool after_digit = text[0] == '0' && text[1] != '\0';
	unsigned base = take_base(&text);
	uint64_t value = 0;

	if (*text == '\0')
		return -EINVAL;
	for (; *text; text++) {
		if (*text == '_' && after_digit && text[1] != '\0') {
			after_digit = false;
			continue;
		}
		unsigned digit = digit_of(*text);
		if (digit >= base || value > (max - digit) / base)
			return -EINVAL;
		value = value * base + digit;
		after_digit = true;
	}
	*ret = value;
	return 0;
}
