/* SPDX-License-Identifier: BSD-2-Clause */
/* A command of the platform as a child: see driven_child.h. */
#include "remote/driven_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/world.h"
#include "driver/message.h"

/* Words before those of the laptop. */
#define WORDS_BEFORE 2

struct pipes {
	int in[2], out[2], err[2];
};

static void close_pair(int fds[2])
{
	cleanup_close(&fds[0]);
	cleanup_close(&fds[1]);
	fds[0] = fds[1] = -1;
}

static int open_pipes(struct pipes *pipes, bool input, struct error *error)
{
	*pipes = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (pipe2(pipes->out, O_CLOEXEC) < 0 || pipe2(pipes->err, O_CLOEXEC) < 0 ||
		(input && pipe2(pipes->in, O_CLOEXEC) < 0)) {
		int r = error_set_errno(error, -errno, "pipe");
		close_pair(pipes->out);
		close_pair(pipes->err);
		return r;
	}
	if (!input)
		pipes->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return 0;
}

/* In the child: system calls only. */
static void become(const struct pipes *pipes, pid_t parent, char **argv)
{
	/* Without a parent there is no one who could answer or interrupt it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	(void)setsid();
	if (dup2(pipes->in[0], STDIN_FILENO) < 0 || dup2(pipes->out[1], STDOUT_FILENO) < 0 ||
		dup2(pipes->err[1], STDERR_FILENO) < 0)
		_exit(127);
	world_reset_signals();
	execv("/proc/self/exe", argv);
	_exit(127);
}

int driven_child_start(
	struct driven_child *child, const char *const *words, bool input, struct error *error)
{
	char *argv[WORDS_BEFORE + DRIVER_ARGV_MAX + 4] = { "stprov", "remote" };
	pid_t parent = getpid();
	struct pipes pipes;

	assert(child->pid == 0);
	for (size_t i = 0; words[i]; i++) {
		assert(WORDS_BEFORE + i + 1 < ARRAY_SIZE(argv));
		/* execve(2) does not change them. */
		argv[WORDS_BEFORE + i] = (char *)(uintptr_t)words[i];
	}
	int r = open_pipes(&pipes, input, error);
	if (r < 0)
		return r;
	pid_t pid = fork();
	if (pid == 0)
		become(&pipes, parent, argv);
	r = pid < 0 ? error_set_errno(error, -errno, "fork") : 0;
	cleanup_close(&pipes.in[0]);
	cleanup_close(&pipes.out[1]);
	cleanup_close(&pipes.err[1]);
	if (r < 0) {
		cleanup_close(&pipes.in[1]);
		cleanup_close(&pipes.out[0]);
		cleanup_close(&pipes.err[0]);
		return r;
	}
	child->pid = pid;
	child->in_fd = pipes.in[1];
	child->out.fd = pipes.out[0];
	child->err.fd = pipes.err[0];
	child->out.len = child->err.len = 0;
	return 0;
}

static void end_line(struct driven_stream *stream,
	void (*take)(void *context, const char *line, size_t len), void *context)
{
	stream->line[stream->len] = '\0';
	if (stream->len > 0)
		take(context, stream->line, stream->len);
	stream->len = 0;
}

void driven_child_read(struct driven_stream *stream,
	void (*take)(void *context, const char *line, size_t len), void *context)
{
	char bytes[1024];
	ssize_t n = read(stream->fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			end_line(stream, take, context);
		else if (stream->len < DRIVEN_LINE_MAX)
			stream->line[stream->len++] = bytes[i];
	}
	if (n > 0)
		return;
	end_line(stream, take, context);
	close(stream->fd);
	stream->fd = -1;
}

bool driven_child_is_over(const struct driven_child *child)
{
	return child->pid != 0 && child->out.fd < 0 && child->err.fd < 0;
}

int driven_child_reap(struct driven_child *child)
{
	int status = 0;
	pid_t pid;

	cleanup_close(&child->in_fd);
	child->in_fd = -1;
	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	child->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void driven_child_interrupt(const struct driven_child *child)
{
	if (child->pid != 0)
		(void)kill(child->pid, SIGINT);
}
