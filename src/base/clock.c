/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: see clock.h. */
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>

int64_t clock_calendar_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec;
}

time_t clock_time_t(int64_t seconds)
{
	time_t t = (time_t)seconds;

	if (t == seconds)
		return t;
	/* Only with a time_t of 32 bits. */
	return (time_t)(seconds < 0 ? INT32_MIN : INT32_MAX);
}

int clock_until(int64_t deadline_ms)
{
	if (deadline_ms == CLOCK_NEVER)
		return -1;
	int64_t left = deadline_ms - clock_now_ms();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

struct clock_date clock_date_utc(int64_t seconds)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	/* Years that begin in March have their leap day last; all eras of 400 years are equal. */
	int64_t from_march_0 = days + 719468;
	int64_t era = from_march_0 / 146097;
	int64_t day = from_march_0 % 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	int64_t month = (5 * day + 2) / 153; /* 0: March */
	struct clock_date date = {
		.year = (int)(era * 400 + year + (month >= 10)),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(day - (153 * month + 2) / 5 + 1),
		.hour = (int)(rest / 3600),
		.minute = (int)(rest / 60 % 60),
		.second = (int)(rest % 60),
		.weekday = (int)((days % 7 + 11) % 7),
	};
	return date;
}

int64_t clock_seconds_utc(const struct clock_date *date)
{
	/* The same years that begin in March. */
	int64_t year = date->year - (date->month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (date->month > 2 ? date->month - 3 : date->month + 9) + 2) / 5 +
			  date->day - 1;
	int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;

	return days * 86400 + date->hour * 3600 + date->minute * 60 + date->second;
}

void clock_format_utc(int64_t seconds, char out[CLOCK_TEXT_MAX])
{
	struct clock_date d = clock_date_utc(seconds);

	snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year % 1000000, d.month,
		d.day, d.hour, d.minute, d.second);
}
