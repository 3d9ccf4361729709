/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Durations as Go's time.ParseDuration reads them, in whole milliseconds: see cli.h.
 *
 * Integers only. Every part is at most CLI_DURATION_MAX_MS before it is added, so no sum can
 * overflow.
 */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#define NS_PER_MS UINT64_C(1000000)
#define MAX_NS (CLI_DURATION_MAX_MS * NS_PER_MS)

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* micro sign */
	{ "\xce\xbcs", 1000 }, /* Greek letter mu */
	{ "ms", NS_PER_MS },
	{ "s", 1000 * NS_PER_MS },
	{ "m", 60 * 1000 * NS_PER_MS },
	{ "h", 3600 * 1000 * NS_PER_MS },
};

static const char digits[] = "0123456789";

/* The unit of @len bytes at @text, or NULL. */
static const struct unit *unit_find(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && memcmp(units[i].name, text, len) == 0)
			return &units[i];
	return NULL;
}

/*
 * One part, `1.5h`, at *@text, which moves past it. The fraction is worked in from its last
 * digit to its first: floor((d * unit + rest) / 10) is exact for any number of digits.
 */
static int parse_part(const char **text, uint64_t *ret_ns)
{
	const char *whole = *text, *fraction = NULL;
	size_t whole_len = strspn(whole, digits), fraction_len = 0;
	const char *p = whole + whole_len;
	uint64_t ns = 0, rest = 0;

	if (*p == '.') {
		fraction = ++p;
		fraction_len = strspn(p, digits);
		p += fraction_len;
	}
	size_t unit_len = strcspn(p, ".0123456789");
	const struct unit *unit = unit_find(p, unit_len);
	if (whole_len + fraction_len == 0 || !unit)
		return -EINVAL;
	for (size_t i = 0; i < whole_len; i++) {
		ns = ns * 10 + (uint64_t)(whole[i] - '0');
		if (ns > MAX_NS / unit->ns)
			return -EINVAL;
	}
	while (fraction_len-- > 0)
		rest = ((uint64_t)(fraction[fraction_len] - '0') * unit->ns + rest) / 10;
	*ret_ns = ns * unit->ns + rest;
	*text = p + unit_len;
	return 0;
}

int cli_parse_duration(const char *text, int64_t *ret_ms)
{
	uint64_t total = 0;

	if (*text == '+')
		text++;
	if (*text == '\0')
		return -EINVAL;
	if (strcmp(text, "0") == 0) {
		*ret_ms = 0;
		return 0;
	}
	while (*text) {
		uint64_t ns;
		int r = parse_part(&text, &ns);
		if (r < 0)
			return r;
		total += ns;
		if (total > MAX_NS)
			return -EINVAL;
	}
	*ret_ms = (int64_t)(total / NS_PER_MS);
	return 0;
}
