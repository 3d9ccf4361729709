/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The step `apply`: resets the candidates, makes the link (a bond, when one was chosen), and gives
 * it its address and routes; writes resolv.conf.
 */
#pragma once

#include "setup/state.h"

/* Duplicate address detection of IPv6 (RFC 4862), at most. */
#define SETUP_DAD_MS 5000
/* For an LACP partner to be heard, beyond carrier. */
#define SETUP_PARTNER_MS 3000
/* For a bond to have carrier once its members have. */
#define SETUP_BOND_UP_MS 5000

int setup_apply(struct setup *setup, struct error *error) MUST_CHECK;
