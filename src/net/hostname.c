/* SPDX-License-Identifier: BSD-2-Clause */
/* Host names: see hostname.h. */
#include "net/hostname.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* Longest part between dots, without NUL. */
#define LABEL_MAX 63

#define HOST_BYTES "it has other characters than letters, digits, `-`, `_` and `.`"
#define DHCP_BYTES "it has other characters than letters, digits, `-` and `.`"

/* What is asked of the parts between dots. */
enum labels {
	LABELS_ANY,     /* nothing */
	LABELS_URL,     /* see NET_HOSTNAME_URL */
	LABELS_RFC1123, /* of letters and digits at both ends */
	LABELS_HOST,    /* the same, and the name is not an address */
};

static const struct {
	const char *bytes; /* of which it is made; NULL: UTF-8 without control characters */
	const char *not_made_of;
	size_t max; /* with a NUL */
	enum labels labels;
} rules[] = {
	[NET_HOSTNAME_TYPED] = { LETTERS DIGITS ".-_", HOST_BYTES, NET_HOSTNAME_MAX, LABELS_HOST },
	[NET_HOSTNAME_DHCP] = { LETTERS DIGITS ".-", DHCP_BYTES, NET_HOSTNAME_MAX, LABELS_RFC1123 },
	[NET_HOSTNAME_URL] = { LETTERS DIGITS ".-_", HOST_BYTES, NET_HOSTNAME_MAX, LABELS_URL },
	[NET_HOSTNAME_KNOWN_HOSTS] = { LETTERS DIGITS ".-_:%",
		"it has other bytes than letters, digits and `.-_:%`", NET_HOSTNAME_ANY_MAX,
		LABELS_ANY },
	[NET_HOSTNAME_STORED] = { NULL, "it has bytes that cannot be shown", NET_HOSTNAME_ANY_MAX,
		LABELS_ANY },
};

/*
 * Whether a part of a text has only @bytes. A part is where it begins and where it ends in the
 * text, so that both are held to its length.
 */
static bool is_made_of(const char *text, size_t begin, size_t end, const char *bytes)
{
	for (size_t i = begin; i < end; i++)
		if (text[i] == '\0' || !strchr(bytes, text[i]))
			return false;
	return true;
}

/* `12` or `0x7f`. */
static bool is_number(const char *text, size_t begin, size_t end)
{
	if (end - begin >= 2 && text[begin] == '0' &&
		(text[begin + 1] == 'x' || text[begin + 1] == 'X'))
		return is_made_of(text, begin + 2, end, DIGITS "abcdefABCDEF");
	return is_made_of(text, begin, end, DIGITS);
}

/* NULL, or what is wrong with one part between dots. */
static const char *reason_against_label(
	const char *text, size_t begin, size_t end, enum labels labels)
{
	if (begin >= end)
		return "it has a dot at an end, or two dots in a row";
	if (end - begin > LABEL_MAX)
		return "a part between dots is longer than 63 characters";
	if (text[begin] == '-' || (labels != LABELS_URL && text[end - 1] == '-'))
		return "a part between dots begins or ends with `-`";
	return NULL;
}

static const char *reason_against_labels(const char *text, size_t len, enum labels labels)
{
	size_t begin = 0, end = 0;

	for (;; begin = end + 1) {
		for (end = begin; end < len && text[end] != '.';)
			end++;
		const char *reason = reason_against_label(text, begin, end, labels);
		if (reason)
			return reason;
		if (end >= len)
			return labels != LABELS_RFC1123 && is_number(text, begin, end)
				       ? "its last part is a number, as in an address"
				       : NULL;
	}
}

const char *net_hostname_reason_against(const char *text, size_t len, enum net_hostname_rule rule)
{
	assert((size_t)rule < ARRAY_SIZE(rules));
	if (len == 0)
		return "it is empty";
	if (len >= rules[rule].max)
		return rules[rule].max == NET_HOSTNAME_MAX ? "it is longer than 253 characters"
							   : "it is longer than 255 bytes";
	if (rules[rule].bytes ? !is_made_of(text, 0, len, rules[rule].bytes)
			      : !text_is_plain_utf8(text, len))
		return rules[rule].not_made_of;
	return rules[rule].labels == LABELS_ANY
		       ? NULL
		       : reason_against_labels(text, len, rules[rule].labels);
}

bool net_hostname_check(const char *text, size_t len, enum net_hostname_rule rule)
{
	return !net_hostname_reason_against(text, len, rule);
}

bool net_hostname_label(const char *text, char out[NET_HOSTNAME_LABEL_MAX])
{
	size_t n = 0;

	for (; *text && n < LABEL_MAX; text++) {
		bool plain = strchr(LETTERS DIGITS, *text) != NULL;
		/* Several odd characters in a row are one `-`. */
		if (plain || (n > 0 && out[n - 1] != '-'))
			out[n++] = plain ? (char)tolower((unsigned char)*text) : '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	return n > 0;
}
