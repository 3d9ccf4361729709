/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov host apply`: gives the OS package what was provisioned. */
#pragma once

#include "cli/cli.h"

extern const struct cli_command host_apply_command;
