/* SPDX-License-Identifier: BSD-2-Clause */
/* A pseudo terminal with Linux's calls: see terminal.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "base/descriptor.h"
#include "base/terminal.h"

int terminal_open(struct terminal *ret)
{
	const struct winsize size = { .ws_row = TERMINAL_ROWS, .ws_col = TERMINAL_COLUMNS };
	_cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios raw;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -errno;
	_cleanup_close_ int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || tcgetattr(slave, &raw) < 0)
		return -errno;
	terminal_make_raw(&raw);
	if (tcsetattr(slave, TCSANOW, &raw) < 0 || ioctl(slave, TIOCSWINSZ, &size) < 0)
		return -errno;
	int r = descriptor_set_nonblocking(master);
	if (r == 0)
		*ret = (struct terminal){ .master = TAKE_FD(master), .slave = TAKE_FD(slave) };
	return r;
}

void terminal_control(int slave)
{
	(void)ioctl(slave, TIOCSCTTY, 0);
}

size_t terminal_columns(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
