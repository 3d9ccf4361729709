/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local check`: a host configuration, checked and in words. */
#pragma once

#include "cli/cli.h"

extern const struct cli_command local_check_command;
