/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov remote console`: a program on the laptop drives this platform through its console
 * (docs/console.md). This side's loop; the commands run as its children (driven_child.h).
 */
#pragma once

#include "cli/cli.h"

extern const struct cli_command remote_console_command;
