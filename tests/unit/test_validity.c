/* SPDX-License-Identifier: BSD-2-Clause */
/* local/validity.h: the intervals of ssh-keygen -V. */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "local/validity.h"

/* 2026-01-01T00:00:00Z */
#define NOW INT64_C(1767225600)
#define DAY 86400

static void intervals_are_those_of_ssh_keygen(void)
{
	static const struct {
		const char *text;
		uint64_t from, to;
	} rows[] = {
		{ "+52w", NOW, NOW + 52 * 7 * DAY },
		{ "+90", NOW, NOW + 90 },
		{ "+1w1D1h1m1s", NOW, NOW + 8 * DAY + 3661 },
		{ "-1d:+1d", NOW - DAY, NOW + DAY },
		{ "always:forever", 0, UINT64_MAX },
		{ "20260101Z:20260102Z", NOW, NOW + DAY },
		{ "202601010000Z:20260101000001Z", NOW, NOW + 1 },
		{ "0x0:0x10", 0, 16 },
		/* The time zone of the test is an hour east. */
		{ "20260101:20260102", NOW - 3600, NOW + DAY - 3600 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct validity v = { 1, 2 };
		tap_eq_int(validity_parse(rows[i].text, NOW, &v), 0);
		tap_eq_int(v.from, rows[i].from);
		tap_eq_int(v.to, rows[i].to);
	}
}

static void others_are_refused(void)
{
	static const char *const rows[] = { "", "52w", "+", "+w", "+1x", "+1 d", "+-1d", ":",
		"+1d:", ":+1d", "+1d:+1d", "+2d:+1d", "forever:always", "always",
		"20260230Z:20270101Z", "2026:2027", "20260101T:20270101Z", "0x:0x10",
		"0x0:0x11111111111111111", "+99999999999999999999w", "+100000000000000w",
		"-9999999999:+1d", "+1d:+2d:+3d" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct validity v = { 1, 2 };
		tap_eq_int(validity_parse(rows[i], NOW, &v), -EINVAL);
		tap_eq_int(v.from, 1);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(intervals_are_those_of_ssh_keygen),
		TAP_TEST(others_are_refused),
		{ 0 },
	};

	setenv("TZ", "EAST-1", 1);
	tzset();
	return tap_run(tests);
}
