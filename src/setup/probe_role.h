/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe role: HEAD on one OS package URL, in a process of its own that is locked in before
 * it resolves a name or reads a foreign byte (docs/privsep.md). urlcheck.h is its parent's side.
 */
#pragma once

/* argv[0] of the role, by which main() knows it. */
#define PROBE_ROLE_NAME "stprov-probe"

/* The role's main(), for a child of role_start(). Returns the exit code. */
int probe_main(void);
