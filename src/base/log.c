/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines for the operator: see log.h. */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/output.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/text.h"

/* Additional indent of a line's second and further rows. */
#define FOLD_INDENT ((size_t)4)

/* A stopped console gets this long, in milliseconds, for the last lines after a signal. */
#define GIVE_UP_MS 250

size_t log_columns(void)
{
	size_t columns = terminal_columns(STDERR_FILENO);

	return columns > 1 ? columns - 1 : columns == 1 ? 1 : LOG_COLUMNS;
}

size_t log_format(char line[LOG_FORMATTED_MAX], const char *format, va_list args)
{
	char raw[LOG_LINE_MAX + 1];

	vsnprintf(raw, sizeof(raw), format, args);
	size_t n = text_printable_again(raw, strlen(raw), line, LOG_FORMATTED_MAX - 1);
	if (isatty(STDERR_FILENO))
		n = text_fold(line, LOG_FORMATTED_MAX - 1, log_columns(),
			FOLD_INDENT + MIN(strspn(line, " "), FOLD_INDENT));
	line[n++] = '\n';
	return n;
}

/* Whether a wait for room is over: a signal is to end this program, and nothing was written since.
 */
static bool is_given_up(int64_t *give_up_ms)
{
	if (!signals_pending())
		return false;
	if (*give_up_ms == CLOCK_NEVER)
		*give_up_ms = clock_now_ms() + GIVE_UP_MS;
	return clock_until(*give_up_ms) == 0;
}

/* Waits until there may be room; false: the rest is given up. */
static bool wait_for_room(int64_t *give_up_ms)
{
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (is_given_up(give_up_ms))
		return false;
	/* If it is ready, and still had no room for this: a pause. */
	if (poll(&room, 1, OUTPUT_PAUSE_MS) > 0)
		(void)poll(NULL, 0, OUTPUT_PAUSE_MS);
	return true;
}

/*
 * With one write(2), if there is room. What cannot be written is tried once more by stdio, whose
 * error flag of stderr remembers it for log_has_failed().
 */
static void write_all(const char *line, size_t n)
{
	struct output output;
	int64_t give_up_ms = CLOCK_NEVER;
	size_t done = 0;
	ssize_t w = 0;

	output_open(STDERR_FILENO, &output);
	while (done < n && w >= 0) {
		w = output_write(&output, line + done, n - done);
		if (w > 0) {
			done += (size_t)w;
			give_up_ms = CLOCK_NEVER;
		} else if (w == 0 && !wait_for_room(&give_up_ms)) {
			break;
		}
	}
	output_close(&output);
	if (w < 0)
		(void)!fwrite(line + done, 1, n - done, stderr);
}

bool log_has_failed(void)
{
	return ferror(stderr) != 0;
}

void log_line(const char *format, ...)
{
	char line[LOG_FORMATTED_MAX];
	va_list args;

	va_start(args, format);
	size_t n = log_format(line, format, args);
	va_end(args);
	write_all(line, n);
}

bool log_is_for_scripts(void)
{
	return !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO);
}

void log_script_line(const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list args;

	if (!log_is_for_scripts())
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_line("%s", line);
}

bool log_has_rows(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && (!term || strcmp(term, "dumb") != 0);
}

void log_progress(struct progress *progress)
{
	struct pollfd stderr_fd = { .fd = STDERR_FILENO, .events = POLLOUT };
	char bytes[PROGRESS_BYTES_MAX];

	progress->columns = log_columns();
	if (!log_has_rows())
		return;
	if (poll(&stderr_fd, 1, 0) > 0)
		write_all(bytes, progress_change(progress, clock_now_ms(), bytes));
	else
		progress_postpone(progress, clock_now_ms());
}

void log_progress_wipe(struct progress *progress)
{
	char bytes[PROGRESS_BYTES_MAX];

	write_all(bytes, progress_wipe(progress, bytes));
}
