/* SPDX-License-Identifier: BSD-2-Clause */
/* A row that says how a wait goes on: see progress.h. */
#include "base/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define SECOND_MS 1000
#define MINUTE_S 60
/* After this time, a wait without limit is counted in minutes: a console may be recorded. */
#define MINUTES_FROM_S (2 * MINUTE_S)
#define TIME_TEXT_MAX 32

void progress_begin(struct progress *progress, const char *what, int64_t until_ms, int64_t now_ms)
{
	progress->what = what;
	progress->since_ms = now_ms;
	progress->until_ms = until_ms;
	progress->due_ms = now_ms;
}

int64_t progress_next_ms(const struct progress *progress, int64_t now_ms)
{
	return progress->what ? MAX(progress->due_ms, now_ms) : CLOCK_NEVER;
}

/* The number shown now, and the time when it changes. */
static void format_time(struct progress *progress, int64_t now_ms, char out[TIME_TEXT_MAX])
{
	int64_t s = (now_ms - progress->since_ms) / SECOND_MS;

	progress->due_ms = progress->since_ms + (s + 1) * SECOND_MS;
	if (progress->until_ms != CLOCK_NEVER) {
		s = (MAX(progress->until_ms - now_ms, 0) + SECOND_MS - 1) / SECOND_MS;
		progress->due_ms = MAX(progress->until_ms - (s - 1) * SECOND_MS, now_ms + 1);
		snprintf(out, TIME_TEXT_MAX, "%lld s left", (long long)s);
	} else if (s < MINUTES_FROM_S) {
		snprintf(out, TIME_TEXT_MAX, "%lld s", (long long)s);
	} else {
		snprintf(out, TIME_TEXT_MAX, "%lld min", (long long)(s / MINUTE_S));
	}
}

size_t progress_change(struct progress *progress, int64_t now_ms, char out[PROGRESS_BYTES_MAX])
{
	char row[PROGRESS_COLUMNS + 1], time[TIME_TEXT_MAX];

	if (!progress->what || now_ms < progress->due_ms)
		return 0;
	format_time(progress, now_ms, time);
	size_t columns = MIN(
		progress->columns ? progress->columns : PROGRESS_COLUMNS, (size_t)PROGRESS_COLUMNS);
	int room = MAX((int)columns - (int)strlen("  , ") - (int)strlen(time), 0);
	/* A row that wraps could not be overwritten. */
	snprintf(row, columns + 1, "  %.*s, %s", room, progress->what, time);
	if (strcmp(row, progress->row) == 0)
		return 0;
	size_t before = strlen(progress->row), now = strlen(row);
	int blanks = before > now ? (int)(before - now) : 0;
	memcpy(progress->row, row, sizeof(row));
	return (size_t)snprintf(out, PROGRESS_BYTES_MAX, "\r%s%*s", row, blanks, "");
}

void progress_postpone(struct progress *progress, int64_t now_ms)
{
	if (progress->due_ms <= now_ms)
		progress->due_ms = now_ms + SECOND_MS;
}

size_t progress_wipe(struct progress *progress, char out[PROGRESS_BYTES_MAX])
{
	int len = (int)strlen(progress->row);

	progress->row[0] = '\0';
	return len > 0 ? (size_t)snprintf(out, PROGRESS_BYTES_MAX, "\r%*s\r", len, "") : 0;
}
