/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov remote static` and `stprov remote dhcp` as commands: their options, help and exit codes.
 * plan.h has what is made of the options, setup.h what is done with it.
 */
#pragma once

#include "cli/cli.h"
#include "setup/plan.h"

extern const struct cli_command setup_static_command, setup_dhcp_command;

/*
 * What `remote static` or `remote dhcp` would make of these arguments, and nothing is done: the
 * plan (without names), which the caller deinits; or -EINVAL with the line that it would end with.
 */
int setup_check(
	bool dhcp, int argc, char **argv, struct setup_plan *ret, struct error *error) MUST_CHECK;
