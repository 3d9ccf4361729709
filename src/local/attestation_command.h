/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local attestation`: the record of an attestation, checked again. */
#pragma once

#include "cli/cli.h"

extern const struct cli_command local_attestation_command;
