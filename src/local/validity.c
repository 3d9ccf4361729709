/* SPDX-License-Identifier: BSD-2-Clause */
/* The interval of --validity: see validity.h. */
#include "local/validity.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* A hundred thousand years: sums of these do not overflow. */
#define SECONDS_MAX INT64_C(3155760000000)
/* The longest text of one moment. */
#define MOMENT_MAX 64

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int64_t unit_of(char c)
{
	switch (c) {
	case 's':
	case 'S':
		return 1;
	case 'm':
	case 'M':
		return 60;
	case 'h':
	case 'H':
		return 3600;
	case 'd':
	case 'D':
		return 24 * 3600;
	case 'w':
	case 'W':
		return 7 * 24 * 3600;
	default:
		return 0;
	}
}

/* `52w`, `1h30m`, `90`: a number without unit is of seconds (sshd_config(5), TIME FORMATS). */
static int parse_span(const char *text, int64_t *ret_s)
{
	int64_t sum = 0;

	if (!*text)
		return -EINVAL;
	while (*text) {
		int64_t n = 0, unit;
		if (!is_digit(*text))
			return -EINVAL;
		for (; is_digit(*text); text++) {
			n = n * 10 + (*text - '0');
			if (n > SECONDS_MAX)
				return -EINVAL;
		}
		unit = *text ? unit_of(*text++) : 1;
		if (unit == 0 || n > SECONDS_MAX / unit)
			return -EINVAL;
		sum += n * unit;
		if (sum > SECONDS_MAX)
			return -EINVAL;
	}
	*ret_s = sum;
	return 0;
}

/* Whether every field is what it was: mktime(3) makes the 31st of February a day of March. */
static bool is_same_date(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
	       a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

static int number_at(const char *digits, size_t at, size_t len)
{
	int n = 0;

	for (size_t i = at; i < at + len; i++)
		n = n * 10 + (digits[i] - '0');
	return n;
}

/* In UTC. */
static int moment_utc(const struct tm *tm, uint64_t *ret)
{
	const struct clock_date date = { .year = tm->tm_year + 1900,
		.month = tm->tm_mon + 1,
		.day = tm->tm_mday,
		.hour = tm->tm_hour,
		.minute = tm->tm_min,
		.second = tm->tm_sec };

	if (date.month < 1 || date.month > 12)
		return -EINVAL;
	int64_t t = clock_seconds_utc(&date);
	struct clock_date again = clock_date_utc(t);
	if (t < 0 || again.year != date.year || again.month != date.month ||
		again.day != date.day || again.hour != date.hour || again.minute != date.minute ||
		again.second != date.second)
		return -EINVAL;
	*ret = (uint64_t)t;
	return 0;
}

/* In the time zone of this machine. */
static int moment_here(const struct tm *tm, uint64_t *ret)
{
	struct tm normal = *tm;
	time_t t = mktime(&normal);

	if (t < 0 || !is_same_date(tm, &normal))
		return -EINVAL;
	*ret = (uint64_t)t;
	return 0;
}

static int parse_date(const char *text, uint64_t *ret)
{
	size_t len = strspn(text, "0123456789");
	bool utc = strcmp(text + len, "Z") == 0;
	struct tm tm = { .tm_isdst = -1 };

	if ((len != 8 && len != 12 && len != 14) || (text[len] && !utc))
		return -EINVAL;
	tm.tm_year = number_at(text, 0, 4) - 1900;
	tm.tm_mon = number_at(text, 4, 2) - 1;
	tm.tm_mday = number_at(text, 6, 2);
	if (len > 8) {
		tm.tm_hour = number_at(text, 8, 2);
		tm.tm_min = number_at(text, 10, 2);
	}
	if (len > 12)
		tm.tm_sec = number_at(text, 12, 2);
	return utc ? moment_utc(&tm, ret) : moment_here(&tm, ret);
}

static int parse_hex(const char *text, uint64_t *ret)
{
	size_t len = strlen(text);

	if (len == 0 || len > 16 || strspn(text, "0123456789abcdefABCDEF") != len)
		return -EINVAL;
	*ret = strtoull(text, NULL, 16);
	return 0;
}

/* @word: it means @word_value. */
static int parse_moment(
	const char *text, int64_t now_s, const char *word, uint64_t word_value, uint64_t *ret)
{
	int64_t span;

	if (*text == '+' || *text == '-') {
		if (parse_span(text + 1, &span) < 0 || (*text == '-' && span > now_s))
			return -EINVAL;
		*ret = (uint64_t)(*text == '+' ? now_s + span : now_s - span);
		return 0;
	}
	if (strcmp(text, word) == 0) {
		*ret = word_value;
		return 0;
	}
	return strncmp(text, "0x", 2) == 0 ? parse_hex(text + 2, ret) : parse_date(text, ret);
}

int validity_parse(const char *text, int64_t now_s, struct validity *ret)
{
	const char *colon = strchr(text, ':');
	struct validity validity = { .from = (uint64_t)now_s };
	char from[MOMENT_MAX];
	int r = 0;

	if (!colon && *text != '+')
		return -EINVAL;
	if (colon) {
		size_t len = (size_t)(colon - text);
		if (len >= sizeof(from))
			return -EINVAL;
		snprintf(from, sizeof(from), "%.*s", (int)len, text);
		r = parse_moment(from, now_s, "always", 0, &validity.from);
	}
	if (r == 0)
		r = parse_moment(
			colon ? colon + 1 : text, now_s, "forever", UINT64_MAX, &validity.to);
	if (r < 0 || validity.to <= validity.from)
		return -EINVAL;
	*ret = validity;
	return 0;
}
