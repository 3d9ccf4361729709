/* SPDX-License-Identifier: BSD-2-Clause */
/* A name for this machine from what its maker wrote into it: its serial number, or a MAC. */
#pragma once

#include <stdbool.h>

#include "link/link.h"
#include "net/hostname.h"

/*
 * The serial number as a label of a host name. @sysfs: as for machine_read(). False if there is
 * none that is worth one.
 */
bool machine_serial_label(const char *sysfs, char out[NET_HOSTNAME_LABEL_MAX]);

/* `mac-525400123456`, of the first link that could be used; false if there is none. */
bool machine_mac_label(const struct links *links, char out[NET_HOSTNAME_LABEL_MAX]);
