/* Lines for the operator: see log.h. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

void log_line(const char *format, ...)
{
	char raw[LOG_LINE_MAX + 1];
	char line[LOG_LINE_MAX * TEXT_PRINTABLE_GROWTH + 2];
	va_list args;

	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	size_t n = text_printable(raw, strlen(raw), line, sizeof(line) - 1);
	line[n++] = '\n';
	for (size_t done = 0; done < n;) {
		ssize_t w = write(STDERR_FILENO, line + done, n - done);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return; /* nobody left to tell */
		done += (size_t)w;
	}
}
