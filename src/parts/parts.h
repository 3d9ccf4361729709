/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of which this build consists. One of two files defines them: all.c, or laptop.c for
 * -Dremote=false.
 */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"

/* A command beside `help` and `version`. */
struct part {
	struct cli_command command;
	/* `stprov help NAME ...`, with the words after NAME. */
	int (*help)(int argc, char **argv);
};

/* At most so many. */
#define PARTS_MAX 8

/* Ends with a part whose command has no name. */
extern const struct part parts[];

/* What `stprov help` prints about them, with its newlines: what they are for, and their help. */
extern const char parts_overview[], parts_overview_help[];

/*
 * If @name is argv[0] of a role, a process that this program starts from its own executable: runs
 * it and returns true. @ret_exit_code: of the process.
 */
bool parts_run_role(const char *name, int *ret_exit_code);
