/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DHCP role: a process of its own that runs the client (dhcp/client.h) over packet sockets it
 * was given, as user nobody, with a seccomp filter. It can send on these links and talk to its
 * parent (dhcp_parent.h), no more.
 */
#pragma once

/* argv[0] of the role, by which main() knows it. */
#define DHCP_ROLE_NAME "stprov-dhcp"

/* The role's main(), for a child of role_start(). Returns the exit code. */
int dhcp_role_main(void);
