/* SPDX-License-Identifier: BSD-2-Clause */
/* The same by POSIX alone, with its option XSI: see terminal.h. */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/descriptor.h"
#include "base/terminal.h"
#include "base/text.h"

static int open_end(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;

	return fd < 0 ? -errno : fd;
}

int terminal_open(struct terminal *ret)
{
	_cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct termios raw;

	if (master < 0 || fcntl(master, F_SETFD, FD_CLOEXEC) < 0 || grantpt(master) < 0 ||
		unlockpt(master) < 0)
		return -errno;
	_cleanup_close_ int slave = open_end(ptsname(master));
	if (slave < 0)
		return slave;
	if (tcgetattr(slave, &raw) < 0)
		return -errno;
	terminal_make_raw(&raw);
	if (tcsetattr(slave, TCSANOW, &raw) < 0)
		return -errno;
	int r = descriptor_set_nonblocking(master);
	if (r == 0)
		*ret = (struct terminal){ .master = TAKE_FD(master), .slave = TAKE_FD(slave) };
	return r;
}

/* POSIX leaves it to the system whether this makes it the controlling terminal; most do it. */
void terminal_control(int slave)
{
	char path[256];

	if (ttyname_r(slave, path, sizeof(path)) != 0)
		return;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	cleanup_close(&fd);
}

/* POSIX.1-2017 has no call for it. A shell may have put it into the environment. */
size_t terminal_columns(int fd)
{
	const char *text = getenv("COLUMNS");
	uint64_t columns;

	return isatty(fd) && text && text_parse_u64(text, 1, USHRT_MAX, &columns) == 0
		       ? (size_t)columns
		       : 0;
}
