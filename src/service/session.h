/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session role: one connection of `remote run`, in a process of its own that enters its
 * sandbox before it reads the first byte (docs/privsep.md). It speaks TLS and HTTP, checks the form
 * of what arrives, and asks the monitor for everything else.
 */
#pragma once

/* argv[0] of the role, by which main() knows it. */
#define SESSION_ROLE_NAME "stprov-session"

/* The role's main(), for a child of role_start(). Returns the exit code. */
int session_main(void);
