/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The step `choose`: removes an old bond, sets the considered links up, waits for carrier and
 * answers, and decides by this evidence; with DHCP on one link it also gets the lease.
 */
#pragma once

#include "setup/state.h"

int setup_choose(struct setup *setup, struct error *error) MUST_CHECK;
