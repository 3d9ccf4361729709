/* Lines for the operator that nobody waits for: see journal.h. */
#include "remote/journal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/*
 * What a descriptor takes at once when poll(2) calls it writable: a pipe PIPE_BUF bytes, a
 * terminal most of its buffer. (O_NONBLOCK would be the shell's too, who shares the file.)
 */
#define AT_ONCE_MAX 1024

void journal_init(struct journal *journal)
{
	journal->len = 0;
	journal->lost = 0;
}

static bool is_writable(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) > 0;
}

/* Writes up to @len bytes; returns how many went. All of them, if nobody is left to read. */
static size_t write_some(const char *bytes, size_t len)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : len;
	return (size_t)n;
}

static void drop_front(struct journal *journal, size_t n)
{
	memmove(journal->kept, journal->kept + n, journal->len - n);
	journal->len -= n;
}

/* How much was not said, where it would have been. There is room. */
static void add_lost(struct journal *journal)
{
	journal->len += (size_t)snprintf(journal->kept + journal->len,
		sizeof(journal->kept) - journal->len,
		"(%u lines were left out: this console is too slow for them)\n", journal->lost);
	journal->lost = 0;
}

static void say_lost(struct journal *journal)
{
	if (journal->len == 0 && journal->lost > 0)
		add_lost(journal);
}

void journal_flush(struct journal *journal)
{
	say_lost(journal);
	while (journal->len > 0 && is_writable()) {
		size_t n = write_some(journal->kept, MIN(journal->len, (size_t)AT_ONCE_MAX));
		if (n == 0)
			return;
		drop_front(journal, n);
		say_lost(journal);
	}
}

void journal_line(struct journal *journal, const char *format, ...)
{
	char line[LOG_FORMATTED_MAX];
	va_list args;

	va_start(args, format);
	size_t len = log_format(line, format, args);
	va_end(args);
	journal_flush(journal);
	if (journal->lost > 0 || len > sizeof(journal->kept) - journal->len) {
		journal->lost++;
		return;
	}
	memcpy(journal->kept + journal->len, line, len);
	journal->len += len;
	journal_flush(journal);
}

bool journal_is_behind(const struct journal *journal)
{
	return journal->len > 0 || journal->lost > 0;
}

/* What is left is counted as lost, but for the line that may be half written. */
static void give_up(struct journal *journal)
{
	const char *end = memchr(journal->kept, '\n', journal->len);
	size_t keep = end ? (size_t)(end - journal->kept) + 1 : 0;

	if (keep > JOURNAL_KEPT_MAX / 2)
		keep = 0;
	for (size_t i = keep; i < journal->len; i++)
		journal->lost += journal->kept[i] == '\n';
	journal->len = keep;
	if (journal->lost > 0)
		add_lost(journal);
}

void journal_drain(struct journal *journal)
{
	int64_t deadline_ms = clock_now_ms() + JOURNAL_DRAIN_MS;

	journal_flush(journal);
	while (journal->len > 0 && clock_until(deadline_ms) > 0) {
		struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
		if (poll(&p, 1, clock_until(deadline_ms)) > 0)
			journal_flush(journal);
	}
	give_up(journal);
}
