/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of ssh-keygen(1): see keygen.h. */
#include "local/keygen.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/signals.h"
#include "cli/otp.h"

#define PROGRAM "ssh-keygen"
/* Between two signals that are to end it. */
#define AGAIN_MS 200

/* POSIX has programs declare it themselves. */
extern char **environ;

/* A copy of our environment, whose texts are borrowed; the caller frees it. NULL without memory. */
static char **copy_environment(void)
{
	static char language[] = "LC_ALL=C";
	const char *otp = CLI_OTP_VARIABLE "=";
	size_t n = 0, kept = 0;

	while (environ && environ[n])
		n++;
	char **copy = calloc(n + 2, sizeof(*copy));
	if (!copy)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], otp, strlen(otp)) != 0 &&
			strncmp(environ[i], "LC_ALL=", strlen("LC_ALL=")) != 0)
			copy[kept++] = environ[i];
	copy[kept] = language;
	return copy;
}

/* @mask: of signals that are blocked in it. */
static int start(const char *const argv[], int out_fd, const sigset_t *mask, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	_cleanup_free_ char **environment = copy_environment();
	sigset_t defaults;
	int r;

	if (!environment)
		return ENOMEM;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	/* The caller says what was wrong with a key, in one line. */
	if (out_fd != STDERR_FILENO)
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setsigmask(&attributes, mask);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	r = posix_spawnp(ret_pid, PROGRAM, &actions, &attributes, (char *const *)(uintptr_t)argv,
		environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* Reads to the end, also what has no room. */
static int read_output(int fd, char *out, struct error *error)
{
	char waste[512];
	size_t len = 0;
	bool more = false;

	for (;;) {
		size_t left = KEYGEN_OUTPUT_MAX - 1 - len;
		ssize_t n = read(fd, left > 0 ? out + len : waste, left > 0 ? left : sizeof(waste));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(error, -errno, "reading from " PROGRAM);
		if (n == 0)
			break;
		if (left > 0)
			len += (size_t)n;
		else
			more = true;
	}
	out[len] = '\0';
	return more ? error_set(error, -E2BIG, PROGRAM " printed too much") : 0;
}

/*
 * Waits for its end. A signal that is to end us is passed on to it first, and is pending again. It
 * is passed on until it works: a program that asks for a passphrase only notes a signal that comes
 * between its prompt and its read(2).
 */
static int wait_for_end(pid_t pid, const sigset_t *set, int *ret_status)
{
	int number = 0;
	pid_t ended;

	while ((ended = waitpid(pid, ret_status, WNOHANG)) == 0) {
		int got = signals_wait(set, number > 0 ? AGAIN_MS : -1);
		if (got > 0 && got != SIGCHLD)
			number = got;
		if (number > 0 && got != SIGCHLD)
			(void)kill(pid, number);
	}
	if (number > 0)
		(void)raise(number);
	return ended < 0 ? -errno : number > 0 ? -EINTR : 0;
}

static int take_end(pid_t pid, const sigset_t *set, struct error *error)
{
	int status = 0, r = wait_for_end(pid, set, &status);

	if (r == -EINTR)
		return error_set(error, r, "interrupted while " PROGRAM " was running");
	if (r < 0)
		return error_set_errno(error, r, "waiting for " PROGRAM);
	if (WIFSIGNALED(status))
		return error_set(error, -EIO, PROGRAM " was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_set(
			error, -EIO, PROGRAM " failed (exit code %d)", WEXITSTATUS(status));
	return 0;
}

/* @set: what is waited for; @mask: of signals that are blocked in the child. */
static int run_and_wait(const char *const argv[], char *out, const sigset_t *set,
	const sigset_t *mask, struct error *error)
{
	struct error ignored;
	int fds[2] = { -1, -1 }, r = 0;
	pid_t pid = 0;

	if (out)
		r = descriptor_pipe(fds);
	if (r < 0)
		return error_set_errno(error, r, "pipe");
	int failed = start(argv, out ? fds[1] : STDERR_FILENO, mask, &pid);
	cleanup_close(&fds[1]);
	if (failed == 0 && out)
		r = read_output(fds[0], out, error);
	cleanup_close(&fds[0]);
	if (failed)
		return error_set_errno(error, -failed, "cannot run " PROGRAM);
	int ended = take_end(pid, set, r == 0 ? error : &ignored);
	return r < 0 ? r : ended;
}

int keygen_run(const char *const argv[], char *out, struct error *error)
{
	sigset_t set, old, mask;

	signals_ending(&set);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, &old) < 0)
		return error_set_errno(error, -errno, "sigprocmask");
	/* ctrl-C ends the program that asks for a passphrase, whatever we have blocked. */
	mask = old;
	for (int number = 1; number < SIGNALS_WATCHED_MAX; number++)
		if (sigismember(&set, number) == 1)
			sigdelset(&mask, number);
	int r = run_and_wait(argv, out, &set, &mask, error);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
