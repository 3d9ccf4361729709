/* SPDX-License-Identifier: BSD-2-Clause */
/* A lease, or offers, from the DHCP role (dhcp_parent.h), with its lines logged. */
#pragma once

#include "setup/dhcp_parent.h"
#include "setup/state.h"

/* Runs the role on @links, at most DHCP_LIMIT_MS; -EINTR has its text. */
int setup_run_dhcp(struct setup *setup, const struct candidate *links, size_t n, bool discover_only,
	struct dhcp_parent_result *ret, struct error *error) MUST_CHECK;
/* Gets setup->lease on @link alone: what was made of the choice (a bond). */
int setup_get_lease(struct setup *setup, const struct link *link, struct error *error) MUST_CHECK;
