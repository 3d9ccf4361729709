/* SPDX-License-Identifier: BSD-2-Clause */
/* A command on a pseudo terminal: see auto_child.h. */
#include "remote/auto_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/world.h"
#include "console/call.h"

#define WORDS_MAX 64

static int open_terminal(int *ret_master, int *ret_slave, struct error *error)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	_cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return error_set_errno(error, -errno, "a pseudo terminal");
	_cleanup_close_ int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || ioctl(slave, TIOCSWINSZ, &size) < 0 ||
		fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(error, -errno, "a pseudo terminal");
	*ret_master = TAKE_FD(master);
	*ret_slave = TAKE_FD(slave);
	return 0;
}

/* In the child: system calls only. */
static void become(int slave, pid_t parent, char **argv)
{
	/* Without a parent its consoles are gone. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	(void)setsid();
	(void)ioctl(slave, TIOCSCTTY, 0);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(slave, fd) < 0)
			_exit(127);
	world_reset_signals();
	execv("/proc/self/exe", argv);
	_exit(127);
}

int auto_child_start(struct auto_child *child, const char *const *words, struct error *error)
{
	char *argv[WORDS_MAX] = { "stprov", "remote" };
	pid_t parent = getpid();
	int slave = -1, n = 2;

	for (; *words; words++) {
		assert(n < WORDS_MAX - 1);
		/* execve(2) does not change them. */
		argv[n++] = (char *)(uintptr_t)*words;
	}
	int r = open_terminal(&child->fd, &slave, error);
	if (r < 0)
		return r;
	child->pid = fork();
	if (child->pid == 0)
		become(slave, parent, argv);
	r = child->pid < 0 ? error_set_errno(error, -errno, "fork") : 0;
	close(slave);
	if (r < 0)
		cleanup_close(&child->fd);
	return r;
}

ssize_t auto_child_read(struct auto_child *child, char *bytes, size_t cap)
{
	ssize_t n = read(child->fd, bytes, cap);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	/* EIO when the last process has closed it. */
	return n > 0 ? n : -EIO;
}

void auto_child_type(struct auto_child *child, char key)
{
	(void)!write(child->fd, &key, 1);
}

bool auto_child_asks(const struct auto_child *child)
{
	struct termios modes;

	/* Of the other side: a question listens for calls. */
	return tcgetattr(child->fd, &modes) == 0 && modes.c_cc[VEOL] == CALL_BYTE;
}

void auto_child_interrupt(const struct auto_child *child)
{
	(void)kill(child->pid, SIGINT);
}

int auto_child_reap(struct auto_child *child)
{
	int status = 0;
	pid_t pid;

	cleanup_close(&child->fd);
	child->fd = -1;
	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	child->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
