/* SPDX-License-Identifier: BSD-2-Clause */
/* COMMAND on a pseudo terminal: see drive_command.h. */
#include "local/drive_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/world.h"

/* How often its end is looked for. */
#define LOOK_MS 20

/* In the child. */
static void become(int slave, int failed_fd, char *const *argv)
{
	int code;

	(void)setsid();
	terminal_control(slave);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(slave, fd) < 0)
			_exit(127);
	world_reset_signals();
	execvp(argv[0], argv);
	code = errno;
	(void)!write(failed_fd, &code, sizeof(code));
	_exit(127);
}

/* Whether it was executed: the pipe is closed by that. */
static int check_started(int fd, const char *name, struct error *error)
{
	char shown[128];
	int code = 0;
	ssize_t n;

	do
		n = read(fd, &code, sizeof(code));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(code))
		return 0;
	text_printable(name, strlen(name), shown, sizeof(shown));
	return error_set_errno(error, -code, "cannot start %s", shown);
}

int drive_command_start(char *const *argv, struct drive_command *ret, struct error *error)
{
	struct terminal terminal = { -1, -1 };
	int failed[2];

	int r = descriptor_pipe(failed);
	if (r < 0)
		return error_set_errno(error, r, "pipe");
	_cleanup_close_ int failed_read = failed[0];
	/* Raw before COMMAND is there: it may take over what it finds. */
	r = terminal_open(&terminal);
	if (r < 0) {
		close(failed[1]);
		return error_set_errno(error, r, "a pseudo terminal");
	}
	pid_t pid = fork();
	if (pid == 0)
		become(terminal.slave, failed[1], argv);
	r = pid < 0 ? error_set_errno(error, -errno, "fork") : 0;
	close(failed[1]);
	close(terminal.slave);
	if (r == 0)
		r = check_started(failed_read, argv[0], error);
	if (r < 0) {
		close(terminal.master);
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
		return r;
	}
	*ret = (struct drive_command){ .pid = pid, .fd = terminal.master };
	return 0;
}

bool drive_command_is_over(struct drive_command *command)
{
	if (command->pid != 0 && waitpid(command->pid, &command->status, WNOHANG) == command->pid)
		command->pid = 0;
	return command->pid == 0;
}

void drive_command_format(const struct drive_command *command, char out[64])
{
	if (WIFSIGNALED(command->status))
		snprintf(out, 64, "signal %d", WTERMSIG(command->status));
	else
		snprintf(out, 64, "exit status %d", WEXITSTATUS(command->status));
}

/* Reads and drops what it prints, so that it is not blocked. */
static bool wait_for_end(struct drive_command *command, int64_t wait_ms)
{
	int64_t until_ms = clock_now_ms() + wait_ms;
	char waste[1024];

	while (!drive_command_is_over(command)) {
		if (clock_now_ms() >= until_ms)
			return false;
		struct pollfd p = { .fd = command->fd, .events = POLLIN };
		(void)poll(&p, 1, LOOK_MS);
		if ((p.revents & POLLIN) && read(command->fd, waste, sizeof(waste)) < 0)
			(void)poll(NULL, 0, LOOK_MS);
		else if (p.revents & ~POLLIN)
			(void)poll(NULL, 0, LOOK_MS);
	}
	return true;
}

bool drive_command_end(struct drive_command *command, const char *leave)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGKILL };

	/* One that ends by itself, as ssh does with its remote command. */
	bool over = wait_for_end(command, leave ? 0 : LOOK_MS * 5), alone = over;
	if (!over && leave) {
		(void)!write(command->fd, leave, strlen(leave));
		over = wait_for_end(command, DRIVE_END_MS);
	}
	for (size_t i = 0; i < ARRAY_SIZE(signals) && !over; i++) {
		(void)kill(-command->pid, signals[i]);
		over = wait_for_end(command, DRIVE_END_MS);
	}
	cleanup_close(&command->fd);
	command->fd = -1;
	return alone;
}
