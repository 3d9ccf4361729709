/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet addresses: see mac.h. */
#include "net/mac.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int net_mac_parse(const char *text, uint8_t ret[NET_MAC_LEN])
{
	char hex[2 * NET_MAC_LEN + 1];
	uint8_t mac[NET_MAC_LEN];
	size_t n = 0;

	if (strlen(text) != NET_MAC_TEXT_MAX - 1 || (text[2] != ':' && text[2] != '-'))
		return -EINVAL;
	for (size_t i = 0; text[i]; i++) {
		if (i % 3 != 2)
			hex[n++] = text[i];
		else if (text[i] != text[2])
			return -EINVAL;
	}
	hex[n] = '\0';
	if (text_parse_hex(hex, mac, sizeof(mac)) < 0)
		return -EINVAL;
	memcpy(ret, mac, sizeof(mac));
	return 0;
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
