/* SPDX-License-Identifier: BSD-2-Clause */
/* Network devices on the PCI bus for which this kernel has no driver, as sysfs tells about them. */
#pragma once

#include <stddef.h>

/* Where sysfs tells about PCI devices. */
#define PCI_SYSFS_DEFAULT "/sys/bus/pci/devices"

/* Room for the list, with its NUL; more devices are left out. */
#define PCI_DRIVERLESS_MAX 128

/*
 * The network devices (class 0x02) without driver, as `8086:10d3, 14e4:1657` (vendor:device), each
 * kind once. @sysfs: PCI_SYSFS_DEFAULT, or a test's directory. Returns their number; 0 also where
 * there is no such bus.
 */
size_t pci_driverless(const char *sysfs, char out[PCI_DRIVERLESS_MAX]);
