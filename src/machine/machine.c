/* SPDX-License-Identifier: BSD-2-Clause */
/* What tells this machine from others: see machine.h. */
#include "machine/machine.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/macros.h"

/* Longest file that is read. */
#define FILE_MAX 256

/* What makers leave in place of a serial number, without case and punctuation. */
static const char *const placeholders[] = {
	"tobefilledbyoem",
	"defaultstring",
	"none",
	"0123456789",
	"123456789",
	"1234567890",
	"systemserialnumber",
	"serialnumber",
	"notspecified",
	"notapplicable",
	"notavailable",
	"na",
	"unknown",
	"invalid",
	"empty",
};

static bool is_placeholder(const char *text)
{
	char plain[MACHINE_TEXT_MAX];
	size_t n = 0;

	for (; *text && n + 1 < sizeof(plain); text++)
		if (isalnum((unsigned char)*text))
			plain[n++] = (char)tolower((unsigned char)*text);
	plain[n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++)
		if (strcmp(plain, placeholders[i]) == 0)
			return true;
	/* One character alone, as zeros are; also of a UUID. */
	return strspn(plain, (char[]){ plain[0], '\0' }) == n;
}

/* The printable part of the first line, without blanks around it. */
static void read_text(int dir_fd, const char *path, char *out, size_t cap)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct error ignored;
	size_t len = 0, n = 0;

	out[0] = '\0';
	if (file_read(dir_fd, path, FILE_MAX, &data, &len, &ignored) < 0)
		return;
	for (size_t i = 0; i < len && data[i] != '\n' && n + 1 < cap; i++)
		if (data[i] > ' ' ? data[i] < 0x7f : data[i] == ' ' && n > 0)
			out[n++] = (char)data[i];
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static void read_dmi(int sysfs_fd, const char *path, char out[MACHINE_TEXT_MAX])
{
	read_text(sysfs_fd, path, out, MACHINE_TEXT_MAX);
	if (is_placeholder(out))
		out[0] = '\0';
}

static bool is_mac(const char *text)
{
	unsigned b[6];
	int end = 0;

	return sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
		       &end) == 6 &&
	       end == (int)MACHINE_MAC_MAX - 1 && text[end] == '\0' &&
	       (b[0] | b[1] | b[2] | b[3] | b[4] | b[5]) != 0;
}

static void add_link(int net_fd, const char *name, struct machine *machine)
{
	char path[NAME_MAX + 32], text[MACHINE_MAC_MAX + 1];

	snprintf(path, sizeof(path), "%s/device", name);
	if (machine->macs_n == MACHINE_MACS_MAX || faccessat(net_fd, path, F_OK, 0) < 0)
		return;
	snprintf(path, sizeof(path), "%s/bonding_slave/perm_hwaddr", name);
	read_text(net_fd, path, text, sizeof(text));
	if (!text[0]) {
		snprintf(path, sizeof(path), "%s/address", name);
		read_text(net_fd, path, text, sizeof(text));
	}
	if (is_mac(text))
		memcpy(machine->macs[machine->macs_n++], text, MACHINE_MAC_MAX);
}

static void read_macs(int sysfs_fd, struct machine *machine)
{
	_cleanup_close_ int fd = openat(sysfs_fd, "class/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[64];
	struct dirent **names = NULL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int n = fd < 0 ? 0 : scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			add_link(fd, names[i]->d_name, machine);
		free(names[i]);
	}
	free(names);
}

void machine_read(const char *sysfs, struct machine *ret)
{
	_cleanup_close_ int fd = open(sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*ret = (struct machine){ .macs_n = 0 };
	if (fd < 0)
		return;
	read_dmi(fd, "class/dmi/id/product_serial", ret->serial);
	read_dmi(fd, "class/dmi/id/product_uuid", ret->uuid);
	read_macs(fd, ret);
}
