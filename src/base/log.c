/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines for the operator: see log.h. */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"

/* Additional indent of a line's second and further rows. */
#define FOLD_INDENT ((size_t)4)

size_t log_format(char line[LOG_FORMATTED_MAX], const char *format, va_list args)
{
	char raw[LOG_LINE_MAX + 1];

	vsnprintf(raw, sizeof(raw), format, args);
	size_t n = text_printable(raw, strlen(raw), line, LOG_FORMATTED_MAX - 1);
	if (isatty(STDERR_FILENO))
		n = text_fold(line, LOG_FORMATTED_MAX - 1, LOG_COLUMNS,
			FOLD_INDENT + MIN(strspn(line, " "), FOLD_INDENT));
	line[n++] = '\n';
	return n;
}

/* With one write(2), unless it is interrupted. */
static void write_all(const char *line, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t w = write(STDERR_FILENO, line + done, n - done);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return; /* stderr cannot be written */
		done += (size_t)w;
	}
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

	if (log_has_rows() && poll(&stderr_fd, 1, 0) > 0)
		write_all(bytes, progress_change(progress, clock_now_ms(), bytes));
}

void log_progress_wipe(struct progress *progress)
{
	char bytes[PROGRESS_BYTES_MAX];

	write_all(bytes, progress_wipe(progress, bytes));
}
