/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov host show`: one part on standard output, for scripts. */
#pragma once

#include "cli/cli.h"

extern const struct cli_command host_show_command;
