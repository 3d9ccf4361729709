/* SPDX-License-Identifier: BSD-2-Clause */
/* A network namespace of its own for each test, and ip(8) commands in it. After tap.h. */
#pragma once

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Moves into a new, empty network namespace; the old one goes when nothing uses it any more.
 * False, and the test is skipped, where that is not permitted.
 */
static bool netns_new(void)
{
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	tap_skip("network namespaces need root");
	return false;
}

/* A shell command that must succeed: `ip link ...`. */
__attribute__((format(printf, 1, 2), unused)) static void netns_run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command) != 0)
		tap_fail(__FILE__, __LINE__, "failed: %s", command);
}

/* The same later, in a process of its own, which netns_join waits for. */
__attribute__((unused)) static pid_t netns_run_after(int ms, const char *command)
{
	pid_t pid = fork();

	if (pid == 0) {
		usleep((useconds_t)ms * 1000);
		_exit(system(command) == 0 ? 0 : 1);
	}
	return pid;
}

__attribute__((unused)) static void netns_join(pid_t pid)
{
	int status = 0;

	tap_ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What a shell command prints, at most 4 KiB; the next call overwrites it. */
__attribute__((unused)) static const char *netns_output(const char *command)
{
	static char text[4096];
	FILE *pipe = popen(command, "r");
	size_t n = 0, got = 1;

	while (pipe && got > 0 && n + 1 < sizeof(text)) {
		got = fread(text + n, 1, sizeof(text) - 1 - n, pipe);
		n += got;
	}
	text[n] = '\0';
	if (pipe)
		pclose(pipe);
	return text;
}
