/* SPDX-License-Identifier: BSD-2-Clause */
/* A name for this machine from what its maker wrote into it: its serial number, or a MAC. */
#pragma once

#include <stdbool.h>

#include "link/link.h"
#include "net/hostname.h"

/* Where sysfs has the texts of the firmware's table (SMBIOS). */
#define MACHINE_DMI_DEFAULT "/sys/class/dmi/id"

/*
 * The serial number as a label of a host name. @dmi: MACHINE_DMI_DEFAULT, or a test's directory.
 * False if there is none, or one of the texts that makers leave in its place (`To be filled by
 * O.E.M.`, `0123456789`, zeros).
 */
bool machine_serial_label(const char *dmi, char out[NET_HOSTNAME_LABEL_MAX]);

/* `mac-525400123456`, of the first link that could be used; false if there is none. */
bool machine_mac_label(const struct links *links, char out[NET_HOSTNAME_LABEL_MAX]);
