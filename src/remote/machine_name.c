/* SPDX-License-Identifier: BSD-2-Clause */
/* A name for this machine: see machine_name.h. */
#include "remote/machine_name.h"

#include <stdio.h>

#include "machine/machine.h"

bool machine_serial_label(const char *sysfs, char out[NET_HOSTNAME_LABEL_MAX])
{
	struct machine machine;

	machine_read(sysfs, &machine);
	return machine.serial[0] && net_hostname_label(machine.serial, out);
}

bool machine_mac_label(const struct links *links, char out[NET_HOSTNAME_LABEL_MAX])
{
	for (size_t i = 0; i < links->n; i++) {
		const uint8_t *mac = links->items[i].mac;
		if (!link_is_candidate(links, &links->items[i]))
			continue;
		snprintf(out, NET_HOSTNAME_LABEL_MAX, "mac-%02x%02x%02x%02x%02x%02x", mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5]);
		return true;
	}
	return false;
}
