/* SPDX-License-Identifier: BSD-2-Clause */
/* A name for this machine: see machine_name.h. */
#include "remote/machine_name.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"

/* Longest serial number that is read. */
#define SERIAL_MAX 256

/* As labels, so case and punctuation do not matter. */
static const char *const placeholders[] = {
	"to-be-filled-by-o-e-m",
	"default-string",
	"none",
	"0123456789",
	"123456789",
	"1234567890",
	"system-serial-number",
	"serial-number",
	"not-specified",
	"not-applicable",
	"not-available",
	"n-a",
	"na",
	"unknown",
	"invalid",
	"empty",
};

static bool is_placeholder(const char *label)
{
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++)
		if (strcmp(label, placeholders[i]) == 0)
			return true;
	/* One character alone, as zeros are. */
	for (const char *p = label; *p; p++)
		if (*p != '-' && *p != *label)
			return false;
	return true;
}

bool machine_serial_label(const char *dmi, char out[NET_HOSTNAME_LABEL_MAX])
{
	char path[256], text[SERIAL_MAX];

	snprintf(path, sizeof(path), "%s/product_serial", dmi);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return net_hostname_label(text, out) && !is_placeholder(out);
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
