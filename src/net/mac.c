/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet addresses: see mac.h. */
#include "net/mac.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int net_hardware_parse(const char *text, uint8_t ret[NET_HARDWARE_MAX], size_t *ret_len)
{
	char hex[2 * NET_HARDWARE_MAX + 1];
	uint8_t bytes[NET_HARDWARE_MAX];
	size_t len = strlen(text), n = 0;

	if (len >= NET_HARDWARE_TEXT_MAX || len < NET_MAC_LEN)
		return -EINVAL;
	/* Digits between two separators. */
	size_t group = text[2] == ':' || text[2] == '-' ? 2 : 4;
	char separator = text[group];
	if ((group == 4 && separator != '.') || (len + 1) % (group + 1) != 0)
		return -EINVAL;
	size_t size = (len + 1) / (group + 1) * group / 2;
	if (size != 6 && size != 8 && size != 20)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (i % (group + 1) != group)
			hex[n++] = text[i];
		else if (text[i] != separator)
			return -EINVAL;
	}
	hex[n] = '\0';
	if (text_parse_hex(hex, bytes, size) < 0)
		return -EINVAL;
	memcpy(ret, bytes, size);
	*ret_len = size;
	return 0;
}

int net_mac_parse(const char *text, uint8_t ret[NET_MAC_LEN])
{
	uint8_t bytes[NET_HARDWARE_MAX];
	size_t len = 0;

	if (net_hardware_parse(text, bytes, &len) < 0 || len != NET_MAC_LEN)
		return -EINVAL;
	memcpy(ret, bytes, NET_MAC_LEN);
	return 0;
}

void net_hardware_format(const uint8_t *bytes, size_t len, char out[NET_HARDWARE_TEXT_MAX])
{
	assert(len >= 1 && len <= NET_HARDWARE_MAX);
	for (size_t i = 0; i < len; i++)
		snprintf(out + 3 * i, NET_HARDWARE_TEXT_MAX - 3 * i, "%02x%s", bytes[i],
			i + 1 < len ? ":" : "");
}

void net_mac_format(const uint8_t mac[NET_MAC_LEN], char out[NET_MAC_TEXT_MAX])
{
	snprintf(out, NET_MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
}

bool net_mac_equal(const uint8_t a[NET_MAC_LEN], const uint8_t b[NET_MAC_LEN])
{
	return memcmp(a, b, NET_MAC_LEN) == 0;
}

bool net_mac_is_unicast(const uint8_t mac[NET_MAC_LEN])
{
	static const uint8_t zero[NET_MAC_LEN];

	return !(mac[0] & 1) && !net_mac_equal(mac, zero);
}
