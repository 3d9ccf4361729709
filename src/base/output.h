/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing to a descriptor that was inherited (standard output, standard error) without waiting.
 *
 * O_NONBLOCK belongs to the open file, which the shell shares, so it is not set there. A terminal,
 * a pipe or a device is opened a second time instead, where there is a way (descriptor_reopen()).
 * poll(2) does not replace this: a terminal that it calls writable may have room for one byte only.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* After output_write() found no room, the next try is this much later, in milliseconds. */
#define OUTPUT_PAUSE_MS 50

enum output_kind {
	OUTPUT_PLAIN,    /* it never waits: a regular file, or what cannot be written at all */
	OUTPUT_REOPENED, /* a second open file, non-blocking */
	OUTPUT_SOCKET,
	OUTPUT_SHARED, /* it could not be opened again: O_NONBLOCK for the time of a write */
};

struct output {
	int fd;
	enum output_kind kind;
	int flags; /* OUTPUT_SHARED: as they were */
};

/* @fd is borrowed until output_close(). Cannot fail: what cannot be written fails at the write. */
void output_open(int fd, struct output *ret);
void output_close(struct output *output);

/*
 * Writes what there is room for, and returns how many bytes; 0: no room now. A negative errno: the
 * descriptor cannot be written (closed, no reader, no space, hung up).
 */
ssize_t output_write(const struct output *output, const void *bytes, size_t len);
