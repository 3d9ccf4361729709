/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the platform's console shows the words of this connection: see compare.h. */
#include "local/compare.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "base/log.h"
#include "base/secret.h"
#include "console/line.h"

static const char prompt[] = "words on the console: ";

static bool take_byte(void *context, char c)
{
	struct secret *text = context;

	if (text->len == sizeof(text->bytes))
		return false;
	text->bytes[text->len++] = (uint8_t)c;
	return true;
}

/* One line. */
static int read_typed(int fd, int connection_fd, struct secret *ret, struct error *error)
{
	int r = line_read(fd, connection_fd, take_byte, ret, error);

	if (r == LINE_SIGNAL)
		return error_set(error, COMPARE_E_GONE,
			"the platform ended the connection before the words were compared");
	/* Too long to be words. */
	if (r == LINE_FULL)
		ret->bytes[0] = '-';
	if (r == LINE_FAILED)
		return error_prefix(error, -EIO, "reading the comparison words");
	if (r == LINE_END && ret->len == 0)
		return error_set(
			error, -ENODATA, "no comparison words were typed: nothing was committed");
	return r < 0 ? r : 0;
}

static int refuse(struct error *error)
{
	return error_set(error, COMPARE_E_OTHER,
		"these are not the words of this connection: somebody may be in between. "
		"Nothing was committed");
}

/* Something, and without control characters. */
static bool is_text(const struct secret *typed)
{
	bool any = false;

	for (size_t i = 0; i < typed->len; i++) {
		if (iscntrl(typed->bytes[i]))
			return false;
		any |= typed->bytes[i] != ' ';
	}
	return any;
}

static int ask_terminal(
	int fd, const uint8_t words[CODE_SIZE], int connection_fd, struct error *error)
{
	for (int i = 0; i < COMPARE_TRIES;) {
		_cleanup_secret_ struct secret typed = SECRET_INIT;
		/* What was typed before the question was shown does not count. */
		tcflush(fd, TCIFLUSH);
		(void)!write(fd, prompt, strlen(prompt));
		int r = read_typed(fd, connection_fd, &typed, error);
		if (r != 0) {
			(void)!write(fd, "\n", 1);
			return r;
		}
		if (code_is_words(words, typed.bytes, typed.len))
			return 0;
		/* Enter alone, or an arrow key, is no answer. */
		if (!is_text(&typed))
			continue;
		if (++i < COMPARE_TRIES)
			log_line("not the words of this connection; type the two words that the "
				 "platform's console shows");
	}
	return refuse(error);
}

/* A console that is not a controlling terminal has no /dev/tty; then it is stdin. */
static int open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd < 0 && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)
		       ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
		       : fd;
}

bool compare_has_terminal(void)
{
	_cleanup_close_ int fd = open_terminal();

	return fd >= 0;
}

int compare_words(const uint8_t words[CODE_SIZE], enum compare_source source, int connection_fd,
	struct error *error)
{
	_cleanup_secret_ struct secret typed = SECRET_INIT;
	_cleanup_close_ int tty = -1;
	int r;

	if (source == COMPARE_NOTHING)
		return 0;
	log_line("type the two comparison words that the platform's console shows");
	if (source == COMPARE_TERMINAL) {
		tty = open_terminal();
		return tty < 0 ? error_set_errno(error, -errno, "the terminal")
			       : ask_terminal(tty, words, connection_fd, error);
	}
	r = read_typed(STDIN_FILENO, connection_fd, &typed, error);
	if (r != 0)
		return r;
	return code_is_words(words, typed.bytes, typed.len) ? 0 : refuse(error);
}
