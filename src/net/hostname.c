/* SPDX-License-Identifier: BSD-2-Clause */
/* Host names: see hostname.h. */
#include "net/hostname.h"

#include <string.h>

#include "base/text.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* Longest part between dots, without NUL. */
#define LABEL_MAX 63

static const struct {
	const char *bytes; /* of which it is made; NULL: UTF-8 without control characters */
	const char *not_first;
	size_t max; /* with a NUL */
} rules[] = {
	[NET_HOSTNAME_TYPED] = { LETTERS DIGITS ".-_", ".-", NET_HOSTNAME_MAX },
	[NET_HOSTNAME_DHCP] = { LETTERS DIGITS ".-", ".-", NET_HOSTNAME_ANY_MAX },
	[NET_HOSTNAME_URL] = { LETTERS DIGITS ".-_", ".-", NET_HOSTNAME_MAX },
	[NET_HOSTNAME_KNOWN_HOSTS] = { LETTERS DIGITS ".-_:%", "", NET_HOSTNAME_ANY_MAX },
	[NET_HOSTNAME_STORED] = { NULL, "", NET_HOSTNAME_ANY_MAX },
};

/* Whether all of the @len bytes are among @bytes. */
static bool is_made_of(const char *text, size_t len, const char *bytes)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || !strchr(bytes, text[i]))
			return false;
	return true;
}

/* `12` or `0x7f`. */
static bool is_number(const char *label, size_t len)
{
	if (len >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return is_made_of(label + 2, len - 2, DIGITS "abcdefABCDEF");
	return is_made_of(label, len, DIGITS);
}

/* Whether all parts between dots are labels, and the last is not a number. */
static bool has_labels(const char *text, size_t len)
{
	for (;;) {
		const char *dot = memchr(text, '.', len);
		size_t label = dot ? (size_t)(dot - text) : len;
		if (label == 0 || label > LABEL_MAX || text[0] == '-')
			return false;
		if (!dot)
			return !is_number(text, len);
		text += label + 1;
		len -= label + 1;
	}
}

bool net_hostname_check(const char *text, size_t len, enum net_hostname_rule rule)
{
	assert((size_t)rule < ARRAY_SIZE(rules));
	if (len == 0 || len >= rules[rule].max)
		return false;
	if (!rules[rule].bytes)
		return text_is_plain_utf8(text, len);
	if (strchr(rules[rule].not_first, text[0]) || !is_made_of(text, len, rules[rule].bytes))
		return false;
	return rule != NET_HOSTNAME_URL || has_labels(text, len);
}
