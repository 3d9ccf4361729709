/* SPDX-License-Identifier: BSD-2-Clause */
/* Network devices without driver: see pci.h. */
#include "link/pci.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"

/* `0x020000` and a newline are the longest. */
#define VALUE_MAX 16
/* `0x02` begins the class of a network controller. */
#define NETWORK_CLASS "0x02"
/* `8086:10d3` */
#define ID_MAX 16

/* A value like `0x8086`, without its newline; false if it is not one. */
static bool read_value(int device_fd, const char *name, char out[VALUE_MAX])
{
	_cleanup_close_ int fd = openat(device_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, VALUE_MAX - 1);

	if (n < 0)
		return false;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return strncmp(out, "0x", 2) == 0 &&
	       strspn(out + 2, "0123456789abcdefABCDEF") == strlen(out + 2);
}

/* The kind of a device that is a network controller without driver. */
static bool read_driverless(int bus_fd, const char *name, char id[ID_MAX])
{
	char class[VALUE_MAX], vendor[VALUE_MAX], device[VALUE_MAX];
	_cleanup_close_ int fd = openat(bus_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || !read_value(fd, "class", class) || !read_value(fd, "vendor", vendor) ||
		!read_value(fd, "device", device))
		return false;
	if (strncmp(class, NETWORK_CLASS, strlen(NETWORK_CLASS)) != 0 ||
		faccessat(fd, "driver", F_OK, 0) == 0)
		return false;
	return snprintf(id, ID_MAX, "%.6s:%.6s", vendor + 2, device + 2) < ID_MAX;
}

size_t pci_driverless(const char *sysfs, char out[PCI_DRIVERLESS_MAX])
{
	DIR *bus = opendir(sysfs);
	struct dirent *entry;
	char id[ID_MAX];
	size_t n = 0, len = 0;

	out[0] = '\0';
	while (bus && (entry = readdir(bus))) {
		if (entry->d_name[0] == '.' || !read_driverless(dirfd(bus), entry->d_name, id) ||
			strstr(out, id) || len + strlen(id) + 3 > PCI_DRIVERLESS_MAX)
			continue;
		len += (size_t)snprintf(
			out + len, PCI_DRIVERLESS_MAX - len, "%s%s", n > 0 ? ", " : "", id);
		n++;
	}
	if (bus)
		closedir(bus);
	return n;
}
