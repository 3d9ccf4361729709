/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The privileged side of the DHCP role (dhcp_role.h): opens the role's sockets, reads its typed
 * frames, never a packet, and checks the lease that it sends. Applying the lease is the caller's.
 */
#pragma once

#include "dhcp/client.h"
#include "packet/wait.h"
#include "privsep/role.h"

struct dhcp_parent_config {
	const struct candidate *links; /* borrowed; 1 to CANDIDATES_MAX, all up */
	size_t n;
	bool discover_only; /* see dhcp/client.h: result.offered[] only */
	bool check;         /* ARP probes for the address, and DECLINE if it is taken (0.7 s) */
	bool force;         /* one that is taken is used nevertheless, with a line */
	int64_t limit_ms;   /* in all; DHCP_LIMIT_MS */
	struct packet_wait wait;
	/* A line for the operator, made printable by log_line(); NULL: not. Context: wait.context.
	 */
	void (*line)(void *context, const char *text);
};

struct dhcp_parent_result {
	struct dhcp_lease lease;
	size_t link; /* position of its link in config->links */
	bool offered[CANDIDATES_MAX];
};

/*
 * Gets a lease. 0; -EINTR: interrupted; -ETIMEDOUT: none within the limit, and the text says what
 * was sent and heard on which link; other negative errnos with their text: no socket, no sandbox
 * (it does not run without one), a role that died or broke its rules.
 */
int dhcp_parent_run(const struct role_launcher *launcher, const struct dhcp_parent_config *config,
	struct dhcp_parent_result *ret, struct error *error) MUST_CHECK;
