/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: a monotonic clock for deadlines, and the calendar clock for times that are shown or sent.
 * Deadlines are absolute, so that a peer that sends single bytes cannot extend them.
 */
#pragma once

#include <stdint.h>
#include <time.h>

/* A deadline that never comes. */
#define CLOCK_NEVER INT64_MAX

/*
 * Milliseconds of a clock that is never set back (clock_gettime(2)): on Linux CLOCK_BOOTTIME, which
 * runs during suspend; elsewhere CLOCK_MONOTONIC, which need not.
 */
int64_t clock_now_ms(void);

/* Seconds since 1970-01-01T00:00:00Z by the machine's calendar clock. */
int64_t clock_calendar_s(void);

/* @seconds for functions that take a time_t, which has 32 bits in Debian 12's armhf: the nearest.
 */
time_t clock_time_t(int64_t seconds);

/*
 * Milliseconds until @deadline_ms as poll(2) wants them: 0 when it has passed, -1 for
 * CLOCK_NEVER, at most INT_MAX.
 */
int clock_until(int64_t deadline_ms);

/* A moment in UTC, proleptic Gregorian. */
struct clock_date {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
	int weekday; /* 0: Sunday */
};

/*
 * The date of a moment. Pure, unlike gmtime_r(3), which opens the time zone's file: the sandbox
 * kills a process that opens files. @seconds: since 1970, not before
 * March of year 0.
 */
struct clock_date clock_date_utc(int64_t seconds);

/*
 * The moment of a date from March of year 0 on. Each member is in its usual range; a day that the
 * month does not have is one of the next. The weekday is not read.
 */
int64_t clock_seconds_utc(const struct clock_date *date);

/* `2025-01-30T13:49:01Z` and its NUL, with room for any number of years. */
#define CLOCK_TEXT_MAX 32
void clock_format_utc(int64_t seconds, char out[CLOCK_TEXT_MAX]);
