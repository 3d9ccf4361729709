/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines for the operator, written without waiting: see journal.h. */
#include "console/journal.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/output.h"
#include "base/text.h"

/* A row that a busy console does not accept is tried again after this long. */
#define BEHIND_PAUSE_MS 1000

void journal_init(struct journal *journal)
{
	journal->len = 0;
	journal->room = JOURNAL_KEPT_MAX;
	journal->lost = 0;
	journal->failed = false;
	journal->retry_ms = 0;
	journal->progress = PROGRESS_INIT;
}

static void drop_front_bytes(struct journal *journal, size_t n)
{
	memmove(journal->kept, journal->kept + n, journal->len - n);
	journal->len -= n;
}

/* Writes how many lines were lost, in their place. The caller has made room. */
static void add_lost_count(struct journal *journal)
{
	journal->len +=
		(size_t)snprintf(journal->kept + journal->len, sizeof(journal->kept) - journal->len,
			"(%u %s left out: this console is too slow)\n", journal->lost,
			text_plural(journal->lost, "line was", "lines were"));
	journal->lost = 0;
}

static void show_lost_count(struct journal *journal)
{
	if (journal->len == 0 && journal->lost > 0)
		add_lost_count(journal);
}

/* The console is gone: nothing that is kept, or comes later, can be shown. */
static void fail_journal(struct journal *journal)
{
	journal->failed = true;
	journal->len = 0;
	journal->lost = 0;
}

/* Writes until there is no room. */
static void write_kept(struct journal *journal, const struct output *output)
{
	while (journal->len > 0) {
		ssize_t n = output_write(output, journal->kept, journal->len);
		if (n < 0) {
			fail_journal(journal);
			return;
		}
		if (n == 0) {
			journal->retry_ms = clock_now_ms() + OUTPUT_PAUSE_MS;
			return;
		}
		drop_front_bytes(journal, (size_t)n);
		if (journal->len == 0)
			journal->room = JOURNAL_KEPT_MAX;
		show_lost_count(journal);
	}
}

void journal_flush(struct journal *journal)
{
	struct output output;

	show_lost_count(journal);
	if (journal->len == 0)
		return;
	output_open(STDERR_FILENO, &output);
	write_kept(journal, &output);
	output_close(&output);
}

/* False if there is no room; what is not written at once is kept. */
static bool put_bytes(struct journal *journal, const char *bytes, size_t len)
{
	assert(journal->len <= sizeof(journal->kept));
	if (journal->failed)
		return true;
	if (journal->len + len > journal->room)
		return false;
	memcpy(journal->kept + journal->len, bytes, len);
	journal->len += len;
	journal_flush(journal);
	return true;
}

/* A row is shown only while no line is kept, so there is room to wipe it. */
static void wipe_row(struct journal *journal)
{
	char bytes[PROGRESS_BYTES_MAX];

	put_bytes(journal, bytes, progress_wipe(&journal->progress, bytes));
}

void journal_line(struct journal *journal, const char *format, ...)
{
	char line[LOG_FORMATTED_MAX];
	va_list args;

	va_start(args, format);
	size_t len = log_format(line, format, args);
	va_end(args);
	wipe_row(journal);
	journal_flush(journal);
	if (journal->lost > 0 || !put_bytes(journal, line, len))
		journal->lost++;
}

void journal_text(struct journal *journal, const char *text)
{
	wipe_row(journal);
	journal_flush(journal);
	if (journal->lost > 0 || !put_bytes(journal, text, strlen(text)))
		journal->lost++;
}

bool journal_has_failed(const struct journal *journal)
{
	return journal->failed;
}

bool journal_is_behind(const struct journal *journal)
{
	return journal->len > 0 || journal->lost > 0;
}

/* Counts the lines that are left as lost, except one that may be half written. */
static void give_up_lines(struct journal *journal)
{
	const char *end = memchr(journal->kept, '\n', journal->len);
	size_t keep = end ? (size_t)(end - journal->kept) + 1 : 0;

	if (keep > JOURNAL_KEPT_MAX / 2)
		keep = 0;
	for (size_t i = keep; i < journal->len; i++)
		journal->lost += journal->kept[i] == '\n';
	journal->len = keep;
	if (journal->lost > 0)
		add_lost_count(journal);
}

void journal_make_room(struct journal *journal)
{
	if (journal->failed)
		return;
	wipe_row(journal);
	journal_flush(journal);
	if (sizeof(journal->kept) - journal->len < JOURNAL_REVIEW_MAX + JOURNAL_COUNT_MAX)
		give_up_lines(journal);
	else if (journal->lost > 0)
		add_lost_count(journal);
	journal->room = sizeof(journal->kept);
}

void journal_drain(struct journal *journal, int64_t wait_ms)
{
	int64_t deadline_ms = clock_now_ms() + wait_ms;

	journal_flush(journal);
	while (journal->len > 0 && clock_until(deadline_ms) > 0) {
		struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
		/* Also without room by poll(2): a serial line takes bytes long before. */
		if (poll(&p, 1, MIN(clock_until(deadline_ms), OUTPUT_PAUSE_MS)) > 0 &&
			clock_until(journal->retry_ms) > 0)
			(void)poll(NULL, 0, OUTPUT_PAUSE_MS);
		journal_flush(journal);
	}
	give_up_lines(journal);
}

void journal_wait_begin(struct journal *journal, const char *what)
{
	progress_begin(&journal->progress, what, CLOCK_NEVER, clock_now_ms());
}

void journal_wait_end(struct journal *journal)
{
	wipe_row(journal);
	journal->progress.what = NULL;
}

int64_t journal_wait_tick(struct journal *journal)
{
	char bytes[PROGRESS_BYTES_MAX];
	int64_t now_ms = clock_now_ms(), next_ms = progress_next_ms(&journal->progress, now_ms);

	if (next_ms > now_ms)
		return next_ms;
	if (!log_has_rows())
		return CLOCK_NEVER;
	if (journal_is_behind(journal))
		return now_ms + BEHIND_PAUSE_MS;
	journal->progress.columns = log_columns();
	put_bytes(journal, bytes, progress_change(&journal->progress, now_ms, bytes));
	return progress_next_ms(&journal->progress, now_ms);
}
