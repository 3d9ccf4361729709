/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator is to type on the laptop, once the service listens. */
#pragma once

#include "console/journal.h"
#include "service/monitor_config.h"

/* Logs the code, if it was made here, and the command for each address; warns of a weak one. */
void invite_show(const struct monitor_config *config, struct journal *journal);
