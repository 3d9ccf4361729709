/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote run`: waits for the laptop. What it does then is in service/. */
#pragma once

#include "cli/cli.h"

extern const struct cli_command remote_run_command;

/* Whether `remote run` would take these arguments, passwords aside: 0, or -EINVAL with its line. */
int remote_run_check(int argc, char **argv, struct error *error) MUST_CHECK;
