/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locking a role in: no privileges, no new ones, no core, tight resource limits, and a seccomp
 * allow-list that kills the process at the first system call that is not on it (seccomp(2),
 * SECCOMP_RET_KILL_PROCESS).
 */
#pragma once

#include "base/error.h"

enum sandbox_role {
	/* One connection of `remote run`: reads and writes its two sockets, nothing else. */
	SANDBOX_SESSION,
	/* DHCP: receives from its packet sockets and exchanges frames with its parent. */
	SANDBOX_DHCP,
	/*
	 * HEAD of an OS package URL: resolves a name and connects. May make TCP and UDP sockets
	 * and open files for reading, as getaddrinfo(3) does; no other sockets, no writing.
	 */
	SANDBOX_PROBE,
	/* A block device: reads from it, and nothing else. */
	SANDBOX_LABEL,
	/* The TPM: reads and writes its device, exchanges frames with its parent, computes. */
	SANDBOX_TPM,
};

/* The user and group that roles run as: nobody and nogroup. */
#define SANDBOX_UID 65534
#define SANDBOX_GID 65534

/*
 * Locks this process in for good. As root it becomes SANDBOX_UID first; as another user it stays
 * that user. What the role needs from outside must be open and loaded before. Any step that
 * fails is an error, and the caller must end the process: there is no weaker sandbox.
 */
int sandbox_enter(enum sandbox_role role, struct error *error) MUST_CHECK;
