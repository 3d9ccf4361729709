/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the one-time password comes from: see otp.h. */
#include "cli/otp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>

#include "base/signals.h"
#include "console/line.h"

static const char question[] = "One-time password (not shown): ";
static const char again[] = "Type it again (not shown), or press Enter to use it as it is: ";

/* Copies a NUL-terminated text and overwrites it. */
static int take_text(char *text, size_t max, struct secret *ret, struct error *error)
{
	size_t len = strlen(text);
	int r = 0;

	if (len == 0)
		r = error_set(error, -EINVAL, "the one-time password is empty");
	else if (len > max || secret_set(ret, text, len) < 0)
		r = error_set(
			error, -EINVAL, "the one-time password is longer than %zu bytes", max);
	secret_wipe_bytes(text, len);
	return r;
}

/* A password as it is read. */
struct typed {
	char *text;
	size_t len, cap; /* with its NUL */
};

static bool take_byte(void *context, char c)
{
	struct typed *typed = context;

	if (typed->len + 1 == typed->cap)
		return false;
	typed->text[typed->len++] = c;
	return true;
}

/* One line from @fd; a signal ends it. */
static int read_password(int fd, int signal_fd, char *text, size_t cap, struct error *error)
{
	struct typed typed = { .text = text, .cap = cap };
	int r = line_read(fd, signal_fd, take_byte, &typed, error);

	text[typed.len] = '\0';
	if (r < 0)
		return r;
	if (r == LINE_END && typed.len == 0)
		return error_set(error, -EINVAL, "the input ended before a one-time password");
	if (r == LINE_SIGNAL)
		return error_set(error, -EINTR, "interrupted");
	if (r == LINE_FULL)
		return error_set(error, -EINVAL, "the one-time password is too long");
	if (r == LINE_FAILED)
		return error_prefix(error, -EIO, "reading the one-time password");
	return 0;
}

/* Asks with the terminal's echo off, and turns it on again also after an error. */
static int ask_terminal(
	int fd, int signal_fd, const char *text, char *line, size_t cap, struct error *error)
{
	struct termios old, quiet;

	if (tcgetattr(fd, &old) < 0)
		return error_set_errno(error, -errno, "terminal");
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(fd, TCSAFLUSH, &quiet) < 0)
		return error_set_errno(error, -errno, "terminal");
	(void)!write(fd, text, strlen(text));
	int r = read_password(fd, signal_fd, line, cap, error);
	(void)!write(fd, "\n", 1);
	tcsetattr(fd, TCSAFLUSH, &old);
	return r;
}

/* @line: of SECRET_MAX + 1 bytes. */
static int ask_line(const char *text, char *line, struct error *error)
{
	struct signals_watch watch;
	sigset_t signals;
	/* A console that is not a controlling terminal has no /dev/tty; use stdin. */
	_cleanup_close_ int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int fd = tty >= 0 ? tty : STDIN_FILENO;

	/* Else ctrl+c would leave a terminal without echo behind. */
	signals_ending_or_stopping(&signals);
	int r = signals_watch(&signals, &watch, error);
	if (r < 0)
		return r;
	r = isatty(STDIN_FILENO) && isatty(fd)
		    ? ask_terminal(fd, watch.fd, text, line, SECRET_MAX + 1, error)
		    : read_password(STDIN_FILENO, watch.fd, line, SECRET_MAX + 1, error);
	/* So that the caller is not killed but reports the abort. */
	if (r == -EINTR)
		(void)signals_take(watch.fd);
	signals_unwatch(&watch);
	return r;
}

bool cli_otp_given(const char *option)
{
	return option || getenv(CLI_OTP_VARIABLE);
}

int cli_ask_otp(size_t max, struct secret *ret, struct error *error)
{
	char line[SECRET_MAX + 1];
	int r = ask_line(question, line, error);

	if (r == 0)
		r = take_text(line, max, ret, error);
	secret_wipe_bytes(line, sizeof(line));
	return r < 0 ? error_prefix(error, r, "-o") : 0;
}

int cli_ask_otp_again(size_t max, struct secret *otp, struct error *error)
{
	char line[SECRET_MAX + 1];

	if (!isatty(STDIN_FILENO))
		return 0;
	int r = ask_line(again, line, error);
	if (r == 0 && line[0])
		r = take_text(line, max, otp, error);
	secret_wipe_bytes(line, sizeof(line));
	return r < 0 ? error_prefix(error, r, "-o") : 0;
}

int cli_take_otp(char *option, size_t max, struct secret *ret, bool *ret_ask, struct error *error)
{
	char *source = option ? option : getenv(CLI_OTP_VARIABLE);

	*ret_ask = option && strcmp(option, "-") == 0;
	if (*ret_ask)
		return 0;
	if (!source)
		return error_set(error, -EINVAL,
			"-o is needed: the code or one-time password (`-o -` asks for it)");
	int r = take_text(source, max, ret, error);
	return r < 0 ? error_prefix(error, r, "%s", option ? "-o" : CLI_OTP_VARIABLE) : 0;
}
