/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection in a child: see drive_exchange.h. */
#include "local/drive_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/descriptor.h"
#include "base/world.h"
#include "local/run_options.h"

/* -- in the child ---------------------------------------------------------------------------- */

static void tell(int fd, const struct drive_told *told)
{
	(void)!send(fd, told, sizeof(*told), MSG_NOSIGNAL);
}

/* @connection_fd: on which nothing is expected meanwhile; -1: not looked at. */
static int wait_for_verdict(int fd, int connection_fd, struct error *error)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
		{ .fd = connection_fd, .events = POLLIN } };
	char verdict;

	while (!fds[0].revents && !fds[1].revents)
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return error_set_errno(error, -errno, "poll");
	if (!fds[0].revents)
		return error_set(error, COMPARE_E_GONE,
			"the platform ended the connection before the words were compared");
	if (recv(fd, &verdict, 1, 0) == 1)
		return 0;
	return error_set(error, -ECANCELED, "aborted");
}

static int on_opened(
	void *context, const char *words, const char *ours, int fd, struct error *error)
{
	struct drive_told told = { .type = DRIVE_OPENED };
	const int *tell_fd = context;

	snprintf(told.words, sizeof(told.words), "%s", words);
	snprintf(told.client, sizeof(told.client), "%s", ours);
	tell(*tell_fd, &told);
	return wait_for_verdict(*tell_fd, fd, error);
}

static int on_prepared(void *context, const struct run_result *result, struct error *error)
{
	struct drive_told told = { .type = DRIVE_PREPARED };
	const int *tell_fd = context;

	snprintf(told.hostname, sizeof(told.hostname), "%.*s", DRIVER_NAME_MAX - 1,
		result->hostname);
	snprintf(told.fingerprint, sizeof(told.fingerprint), "%.*s", DRIVER_WORD_MAX - 1,
		result->fingerprint);
	tell(*tell_fd, &told);
	return wait_for_verdict(*tell_fd, -1, error);
}

static void exchange(int fd, struct run *run)
{
	const struct run_watch watch = { on_opened, on_prepared, &fd };
	struct drive_told told = { .type = DRIVE_ENDED };
	struct error error = ERROR_INIT;

	run->watch = &watch;
	told.exit = run_provision(run, &error);
	memcpy(told.text, error.text, sizeof(told.text));
	if (fflush(stdout) != 0 && told.exit == CLI_EXIT_OK)
		told.exit = CLI_EXIT_FAILED;
	tell(fd, &told);
	_exit(told.exit);
}

/* ctrl+c is for the loop, which ends this process. */
static void leave_terminal(int fd)
{
	sigset_t all;

	(void)signal(SIGTERM, SIG_DFL);
	sigfillset(&all);
	sigdelset(&all, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)world_end_with(fd);
}

/* -- in the loop ----------------------------------------------------------------------------- */

struct ends {
	int socket[2], err[2];
};

static void close_ends(struct ends *ends, int which)
{
	cleanup_close(&ends->socket[which]);
	cleanup_close(&ends->err[which]);
}

static int open_ends(struct ends *ends, struct error *error)
{
	*ends = (struct ends){ { -1, -1 }, { -1, -1 } };
	int r = descriptor_pair(ends->socket);
	if (r == 0)
		r = descriptor_pipe(ends->err);
	if (r == 0)
		return 0;
	r = error_set_errno(error, r, "a pipe");
	close_ends(ends, 0);
	close_ends(ends, 1);
	return r;
}

int drive_exchange_start(
	struct drive_exchange *exchanging, struct run *run, int command_fd, struct error *error)
{
	pid_t parent = getpid();
	struct ends ends;
	int r = open_ends(&ends, error);

	if (r < 0)
		return r;
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		close_ends(&ends, 0);
		leave_terminal(ends.socket[1]);
		close(command_fd);
		if (getppid() != parent || dup2(ends.err[1], STDERR_FILENO) < 0)
			_exit(CLI_EXIT_FAILED);
		exchange(ends.socket[1], run);
	}
	close_ends(&ends, 1);
	if (pid < 0) {
		r = error_set_errno(error, -errno, "fork");
		close_ends(&ends, 0);
		return r;
	}
	*exchanging =
		(struct drive_exchange){ .pid = pid, .fd = ends.socket[0], .err_fd = ends.err[0] };
	return 0;
}

bool drive_exchange_read(struct drive_exchange *exchange, struct drive_told *ret)
{
	struct drive_told told;

	if (recv(exchange->fd, &told, sizeof(told), MSG_WAITALL) != (ssize_t)sizeof(told))
		return false;
	*ret = told;
	return true;
}

void drive_exchange_go_on(const struct drive_exchange *exchange)
{
	(void)!send(exchange->fd, "", 1, MSG_NOSIGNAL);
}

void drive_exchange_read_lines(struct drive_exchange *exchange,
	void (*take)(void *context, const char *line), void *context)
{
	char bytes[512];
	ssize_t n = read(exchange->err_fd, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			if (exchange->len < sizeof(exchange->line) - 1)
				exchange->line[exchange->len++] = bytes[i];
			continue;
		}
		exchange->line[exchange->len] = '\0';
		take(context, exchange->line);
		exchange->len = 0;
	}
	if (n > 0 || (n < 0 && errno == EINTR))
		return;
	cleanup_close(&exchange->err_fd);
	exchange->err_fd = -1;
}

void drive_exchange_end(struct drive_exchange *exchange)
{
	cleanup_close(&exchange->fd);
	cleanup_close(&exchange->err_fd);
	if (exchange->pid != 0) {
		(void)kill(exchange->pid, SIGTERM);
		while (waitpid(exchange->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*exchange = DRIVE_EXCHANGE_INIT;
}
