/* SPDX-License-Identifier: BSD-2-Clause */
/* Several consoles as one terminal: see mirror.h. */
#include "console/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "base/clock.h"
#include "base/output.h"

/* For the last bytes to leave. */
#define CLOSE_MS 1000

static int open_console(const char *path, struct mirror_console *ret)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios raw;

	if (fd < 0 || tcgetattr(fd, &ret->before) < 0)
		return -errno;
	raw = ret->before;
	terminal_make_raw(&raw);
	/* A break, and a line that is open at its other end, are no keys. */
	raw.c_iflag = (raw.c_iflag & ~(tcflag_t)(IXON | IXOFF)) | IGNBRK | IGNPAR;
	/* Not TCSAFLUSH, which would wait without limit for a line that takes nothing. */
	(void)tcflush(fd, TCIFLUSH);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return -errno;
	ret->fd = TAKE_FD(fd);
	ret->len = 0;
	ret->retry_ms = 0;
	return 0;
}

int mirror_open(struct mirror *mirror, char *const *paths, size_t n, struct error *error)
{
	int why = 0;

	mirror->n = 0;
	for (size_t i = 0; i < n && mirror->n < MIRROR_MAX; i++) {
		int r = open_console(paths[i], &mirror->consoles[mirror->n]);
		if (r == 0)
			mirror->n++;
		else
			why = r;
	}
	return mirror->n > 0 ? 0 : error_set_errno(error, why ? why : -ENOTTY, "the console");
}

static void drop(struct mirror_console *console)
{
	cleanup_close(&console->fd);
	console->fd = -1;
	console->len = 0;
}

static void write_kept(struct mirror_console *console)
{
	if (console->fd < 0 || console->len == 0 || clock_now_ms() < console->retry_ms)
		return;
	ssize_t n = write(console->fd, console->kept, console->len);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		drop(console);
		return;
	}
	if (n <= 0) {
		console->retry_ms = clock_now_ms() + OUTPUT_PAUSE_MS;
		return;
	}
	console->len -= (size_t)n;
	memmove(console->kept, console->kept + n, console->len);
}

void mirror_put_one(struct mirror *mirror, size_t i, const char *bytes, size_t len)
{
	struct mirror_console *console = &mirror->consoles[i];
	size_t room = MIRROR_KEPT_MAX - console->len;

	if (console->fd < 0)
		return;
	memcpy(console->kept + console->len, bytes, MIN(len, room));
	console->len += MIN(len, room);
	write_kept(console);
}

void mirror_put(struct mirror *mirror, const char *bytes, size_t len)
{
	for (size_t i = 0; i < mirror->n; i++)
		mirror_put_one(mirror, i, bytes, len);
}

/* A carriage return is no letter of a text for the console: raw terminals need it. */
static size_t PRINTF_LIKE(2, 0)
	format_line(char line[MIRROR_LINE_MAX], const char *format, va_list args)
{
	int n = vsnprintf(line, MIRROR_LINE_MAX - 2, format, args);
	size_t len = MIN((size_t)MAX(n, 0), (size_t)MIRROR_LINE_MAX - 3);

	line[len++] = '\r';
	line[len++] = '\n';
	return len;
}

void mirror_line(struct mirror *mirror, const char *format, ...)
{
	char line[MIRROR_LINE_MAX];
	va_list args;

	va_start(args, format);
	mirror_put(mirror, line, format_line(line, format, args));
	va_end(args);
}

void mirror_line_one(struct mirror *mirror, size_t i, const char *format, ...)
{
	char line[MIRROR_LINE_MAX];
	va_list args;

	va_start(args, format);
	mirror_put_one(mirror, i, line, format_line(line, format, args));
	va_end(args);
}

void mirror_row(struct mirror *mirror, const char *format, ...)
{
	char line[MIRROR_LINE_MAX] = { '\r' };
	va_list args;

	va_start(args, format);
	vsnprintf(line + 1, sizeof(line) - 1, format, args);
	va_end(args);
	mirror_put(mirror, line, strlen(line));
}

int64_t mirror_prepare(struct mirror *mirror, struct pollfd fds[MIRROR_MAX])
{
	int64_t next = CLOCK_NEVER;

	for (size_t i = 0; i < MIRROR_MAX; i++) {
		struct mirror_console *console = i < mirror->n ? &mirror->consoles[i] : NULL;
		if (console)
			write_kept(console);
		fds[i] = (struct pollfd){ .fd = console ? console->fd : -1, .events = POLLIN };
		if (console && console->len > 0)
			next = MIN(next, MAX(console->retry_ms, clock_now_ms() + 1));
	}
	return next;
}

size_t mirror_read(struct mirror *mirror, size_t i, char *bytes, size_t cap)
{
	struct mirror_console *console = &mirror->consoles[i];
	ssize_t n = console->fd < 0 ? 0 : read(console->fd, bytes, cap);

	if (n > 0)
		return (size_t)n;
	/* A terminal that hung up is at its end. */
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		drop(console);
	return 0;
}

static bool is_behind(const struct mirror *mirror)
{
	for (size_t i = 0; i < mirror->n; i++)
		if (mirror->consoles[i].len > 0)
			return true;
	return false;
}

void mirror_close(struct mirror *mirror)
{
	int64_t until_ms = clock_now_ms() + CLOSE_MS;
	struct pollfd fds[MIRROR_MAX];

	(void)mirror_prepare(mirror, fds);
	while (is_behind(mirror) && clock_now_ms() < until_ms) {
		(void)poll(NULL, 0, OUTPUT_PAUSE_MS);
		(void)mirror_prepare(mirror, fds);
	}
	for (size_t i = 0; i < mirror->n; i++) {
		struct mirror_console *console = &mirror->consoles[i];
		if (console->fd < 0)
			continue;
		/* Not TCSADRAIN, which would wait without limit. */
		(void)tcsetattr(console->fd, TCSANOW, &console->before);
		drop(console);
	}
	mirror->n = 0;
}
