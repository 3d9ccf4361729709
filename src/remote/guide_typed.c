/* SPDX-License-Identifier: BSD-2-Clause */
/* What is meant by what was typed: see guide_typed.h. */
#include "remote/guide_typed.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"
/* A host with its port, user and password. */
#define AUTHORITY "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-._~:@[]%"
#define ASSUMED "https://"

bool guide_typed_is_foreign(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return true;
	return false;
}

/* --- addresses --- */

/* How many numbers there are; 0 if there is anything else than numbers, blanks and a prefix. */
static size_t count_numbers(const char *part, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!strchr(DIGITS " /mM", part[i]))
			return 0;
		n += strchr(DIGITS, part[i]) && (i == 0 || !strchr(DIGITS, part[i - 1]));
	}
	return n;
}

/* Blanks between the first four numbers become dots, one each. Returns the length. */
static size_t put_dots(const char *part, size_t len, char *out)
{
	size_t n = 0, dots = 0;

	for (size_t i = 0; i < len; i++) {
		bool gap = part[i] == ' ' && n > 0 && dots < 3;
		if (!gap)
			out[n++] = part[i];
		else if (out[n - 1] != '.' && i + 1 < len && part[i + 1] != ' ')
			out[n++] = '.', dots++;
	}
	return n;
}

static size_t put_colons(const char *part, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = part[i] == 'x' || part[i] == 'X' ? ':' : part[i];
	return len;
}

/* An IPv6 address has two colons or more. */
static bool has_letters_for_colons(const char *part, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!strchr(HEX_DIGITS "xX ./mM", part[i]))
			return false;
		n += part[i] == 'x' || part[i] == 'X';
	}
	return n >= 2;
}

void guide_typed_addresses(const char *typed, char out[PROMPT_ANSWER_MAX])
{
	size_t n = 0;

	for (;;) {
		size_t len = strcspn(typed, ",");
		size_t numbers = count_numbers(typed, len);
		if (numbers == 4 || numbers == 5) {
			n += put_dots(typed, len, out + n);
		} else if (has_letters_for_colons(typed, len)) {
			n += put_colons(typed, len, out + n);
		} else {
			memcpy(out + n, typed, len);
			n += len;
		}
		if (typed[len] == '\0')
			break;
		out[n++] = ',';
		typed += len + 1;
	}
	out[n] = '\0';
}

/* --- URLs --- */

static bool starts_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

/* The blanks of @url become slashes, and the first word is the scheme if it is one. */
static void spell_slashes(char url[PROMPT_ANSWER_MAX])
{
	char copy[PROMPT_ANSWER_MAX];
	const char *rest = copy, *scheme = "";
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", url);
	if (starts_with(copy, "http "))
		scheme = "http:/";
	else if (starts_with(copy, "https "))
		scheme = "https:/";
	if (scheme[0])
		rest += strlen(scheme) - 2;
	n = (size_t)snprintf(url, PROMPT_ANSWER_MAX, "%s", scheme);
	for (; *rest; rest++) {
		if (*rest != ' ')
			url[n++] = *rest;
		else if (rest[1] != ' ')
			url[n++] = '/';
	}
	url[n] = '\0';
}

/* Whether it begins with a host: what resembles a scheme is left to the check. */
static bool lacks_scheme(const char *url)
{
	size_t host = strspn(url, AUTHORITY);

	return host > 0 && url[host] == '/' && url[host - 1] != ':' && !strstr(url, "://") &&
	       !starts_with(url, "http/") && !starts_with(url, "https/");
}

bool guide_typed_urls(const char *typed, char out[PROMPT_ANSWER_MAX])
{
	char url[PROMPT_ANSWER_MAX];
	size_t n = 0;

	for (;;) {
		typed += strspn(typed, " ");
		size_t len = strcspn(typed, ","), end = len;
		while (end > 0 && typed[end - 1] == ' ')
			end--;
		/* A scheme's `:` and `//` have no blank for them: room for two more. */
		if (end + 2 >= sizeof(url))
			return false;
		snprintf(url, sizeof(url), "%.*s", (int)end, typed);
		if (!strchr(url, '/') && strchr(url, ' '))
			spell_slashes(url);
		n += (size_t)snprintf(out + n, PROMPT_ANSWER_MAX - n, "%s%s",
			lacks_scheme(url) ? ASSUMED : "", url);
		if (n + 1 >= PROMPT_ANSWER_MAX)
			return false;
		if (typed[len] == '\0')
			return true;
		out[n++] = ',';
		out[n] = '\0';
		typed += len + 1;
	}
}
