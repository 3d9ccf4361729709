/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote clear`: removes what stprov stored, after asking. */
#pragma once

#include "cli/cli.h"

extern const struct cli_command remote_clear_command;
