/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written to stderr, as a text, for tests of what an operator gets to see. */
#pragma once

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

struct stderr_capture {
	int saved, fd;
	char text[16384];
};

__attribute__((unused)) static void stderr_capture_begin(struct stderr_capture *c)
{
	fflush(stderr);
	c->saved = dup(STDERR_FILENO);
	c->fd = memfd_create("stderr", MFD_CLOEXEC);
	if (c->saved < 0 || c->fd < 0 || dup2(c->fd, STDERR_FILENO) < 0)
		tap_fail(__FILE__, __LINE__, "stderr cannot be captured");
}

__attribute__((unused)) static const char *stderr_capture_end(struct stderr_capture *c)
{
	fflush(stderr);
	ssize_t n = pread(c->fd, c->text, sizeof(c->text) - 1, 0);
	c->text[n > 0 ? n : 0] = '\0';
	(void)!dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	close(c->fd);
	return c->text;
}
