/* SPDX-License-Identifier: BSD-2-Clause */
/* A computation in a process of its own: see apart.h. */
#include "service/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/stream.h"
#include "secrets/otp.h"

/* How long the child may take; it needs some hundredths of a second. */
#define APART_MS 30000

/* What the child reports, in one write(2) that a pipe accepts whole. */
struct outcome {
	int result;
	struct apart_keys keys;
	struct error error;
};

_Static_assert(sizeof(struct outcome) <= PIPE_BUF, "one write(2)");

_Noreturn static void run_child(const struct secret *code, bool compat, int fd)
{
	struct outcome outcome = { .error = ERROR_INIT };
	struct apart_keys *keys = &outcome.keys;

	outcome.result = opening_verifier(code, &keys->verifier, &outcome.error);
	if (outcome.result == 0 && compat)
		outcome.result = otp_derive(code, &keys->basic, &keys->seed, &outcome.error);
	_exit(write(fd, &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1);
}

/* Fails also if the child died before it wrote, or was stopped. */
static int read_outcome(int fd, struct outcome *ret, struct error *error)
{
	ssize_t n;

	if (stream_wait(fd, POLLIN, clock_now_ms() + APART_MS, error) < 0)
		return error_prefix(error, -ETIMEDOUT, "cannot prepare the code");
	do
		n = read(fd, ret, sizeof(*ret));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*ret))
		return error_set(error, -EPIPE, "cannot prepare the code");
	if (ret->result != 0)
		*error = ret->error;
	return ret->result;
}

int apart_derive(
	const struct secret *code, bool compat, struct apart_keys *ret, struct error *error)
{
	struct outcome outcome;
	int pair[2], status;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set_errno(error, -errno, "pipe");
	_cleanup_close_ int ours = pair[0];
	_cleanup_close_ int theirs = pair[1];
	pid_t pid = fork();
	if (pid < 0)
		return error_set_errno(error, -errno, "fork");
	if (pid == 0)
		run_child(code, compat, theirs);
	/* Else read() would wait on our own end after the child has died. */
	close(TAKE_FD(theirs));
	int r = read_outcome(ours, &outcome, error);
	/* It has nothing more to do: this ends one that was stopped. */
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0)
		*ret = outcome.keys;
	secret_wipe_bytes(&outcome, sizeof(outcome));
	return r;
}
