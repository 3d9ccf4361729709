/* SPDX-License-Identifier: BSD-2-Clause */
/* The network, for systemd-networkd or as a script on stdout. */
#pragma once

#include "host/outcome.h"

void host_apply_network(
	const struct host_source *source, enum ospkg_network form, struct host_outcome *outcome);
