/* SPDX-License-Identifier: BSD-2-Clause */
/* What state a run that did not end well leaves the machine in. */
#pragma once

#include "setup/state.h"

/* Logs what was changed, and what the links are like now, from a new snapshot. */
void setup_describe(struct setup *setup);
