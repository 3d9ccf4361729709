/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several consoles as one terminal: what is put is shown on all, and what is typed on any is read.
 * A console that takes nothing (a serial line with flow control) delays none of the others: of what
 * it should show, that which has no room is dropped.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/error.h"

#define MIRROR_MAX 16
/* Bytes that are kept for a console; at 9600 baud a serial line needs 17 s for them. */
#define MIRROR_KEPT_MAX ((size_t)16 * 1024)

struct mirror_console {
	int fd; /* -1: it is gone */
	struct termios before;
	char kept[MIRROR_KEPT_MAX];
	size_t len;
	int64_t retry_ms; /* when to write again after there was no room */
};

struct mirror {
	struct mirror_console consoles[MIRROR_MAX];
	size_t n;
};

/*
 * Opens the terminals, raw and without what was typed before; those that cannot be opened are left
 * out. -ENOTTY with its text: none is left. mirror_close() is to be called in either case.
 */
int mirror_open(
	struct mirror *mirror, char *const *paths, size_t n, struct error *error) MUST_CHECK;
/* Waits a moment for what is kept, and gives the terminals their modes back. */
void mirror_close(struct mirror *mirror);

/* Bytes for all of them, or for one. */
void mirror_put(struct mirror *mirror, const char *bytes, size_t len);
void mirror_put_one(struct mirror *mirror, size_t i, const char *bytes, size_t len);
/* A line for all of them, or for one; printable, at most MIRROR_LINE_MAX - 3 bytes. */
#define MIRROR_LINE_MAX 512
void mirror_line(struct mirror *mirror, const char *format, ...) PRINTF_LIKE(2, 3);
void mirror_line_one(struct mirror *mirror, size_t i, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same over the row before, without an end. It has to cover that row. */
void mirror_row(struct mirror *mirror, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Writes what can be written, and fills in one entry for each console. Returns when to call this
 * again although poll(2) reports nothing, as clock_now_ms().
 */
int64_t mirror_prepare(struct mirror *mirror, struct pollfd fds[MIRROR_MAX]);
/* Reads from a console that poll(2) reported; 0: nothing, and it may be gone. */
size_t mirror_read(struct mirror *mirror, size_t i, char *bytes, size_t cap);
