/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of `stprov remote`, each in a file of its own. Not for anybody else. */
#pragma once

#include "base/error.h"

/* Each takes what follows its name and returns the exit code. */
int remote_run(int argc, char **argv);
int remote_status(int argc, char **argv);
int remote_clear(int argc, char **argv);

/* Whether `remote run` would take these arguments, passwords aside: 0, or -EINVAL with its line. */
int remote_run_check(int argc, char **argv, struct error *error) MUST_CHECK;

/* Their help, on stdout. */
void remote_run_help(void);
void remote_status_help(void);
void remote_clear_help(void);
