/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COMMAND, by which the platform's console is reached, on a pseudo terminal of its own. Inside
 * `stprov local console` only.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Between two ways to end it. */
#define DRIVE_END_MS 2000

struct drive_command {
	pid_t pid;  /* 0: it has ended, or was not started */
	int fd;     /* the terminal's other side, non-blocking; -1: closed */
	int status; /* of waitpid(2), once it has ended */
};

#define DRIVE_COMMAND_INIT ((struct drive_command){ .fd = -1 })

/*
 * Starts it: a terminal that changes no byte, of 80 columns and 24 rows. A negative errno with its
 * text, also if it cannot be executed.
 */
int drive_command_start(
	char *const *argv, struct drive_command *ret, struct error *error) MUST_CHECK;

/* Whether it has ended, without waiting. */
bool drive_command_is_over(struct drive_command *command);
/* `exit status 1`, `signal 9`. */
void drive_command_format(const struct drive_command *command, char out[64]);

/*
 * Ends it: @leave is written first (NULL: nothing), then SIGINT, SIGTERM and SIGKILL, each
 * DRIVE_END_MS after the one before. False: it did not end without them.
 */
bool drive_command_end(struct drive_command *command, const char *leave);
