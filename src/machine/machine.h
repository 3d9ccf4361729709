/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tells this machine from others: the serial number and UUID of its firmware (SMBIOS, System
 * Information), and the hardware addresses of its links. Read from sysfs; nothing is changed.
 */
#pragma once

#include <stddef.h>

/* Where the kernel shows it. */
#define MACHINE_SYSFS "/sys"
/* Texts with their NUL. */
#define MACHINE_TEXT_MAX 128
#define MACHINE_MAC_MAX sizeof("02:00:5e:10:00:01")
/* Links beyond these are left out. */
#define MACHINE_MACS_MAX 12

struct machine {
	/* Printable ASCII; empty: the firmware tells none, or a placeholder of its maker. */
	char serial[MACHINE_TEXT_MAX];
	char uuid[MACHINE_TEXT_MAX];
	/* Of links with a device, by name; of a bond's member its own, not the bond's. */
	char macs[MACHINE_MACS_MAX][MACHINE_MAC_MAX];
	size_t macs_n;
};

/* @sysfs: MACHINE_SYSFS; the tests have another. What cannot be read is left empty. */
void machine_read(const char *sysfs, struct machine *ret);
