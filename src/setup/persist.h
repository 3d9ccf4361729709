/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The step `persist`: writes host name and host configuration, both or neither. From the first
 * write on, what became of the variables is in the text of the error.
 */
#pragma once

#include "setup/state.h"

int setup_persist(struct setup *setup, struct error *error) MUST_CHECK;
