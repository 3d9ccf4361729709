/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov remote auto`: what the provisioning image starts where the boot medium's defaults say
 * `auto = yes`. After a count, which any key stops, `remote dhcp` and `remote run`, on all consoles
 * as one terminal.
 */
#pragma once

#include "cli/cli.h"

extern const struct cli_command remote_auto_command;
