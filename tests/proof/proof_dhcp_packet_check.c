/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any frame that the DHCP role wants to send, as its parent looks at it: each length up to where
 * the message's type and an option are, and the longest, one more and one less.
 */
#include "any.h"
#include "dhcp/packet.h"

#define LOOKED_AT 300

int main(void)
{
	uint8_t mac[NET_MAC_LEN];
	size_t len;

	(void)any_len();
	Frama_C_make_unknown((char *)mac, sizeof(mac));
	if (any_bool())
		len = Frama_C_interval(0, LOOKED_AT);
	else
		len = Frama_C_interval(DHCP_PACKET_MAX - 1, DHCP_PACKET_MAX + 1);
	//@ split len;
	return dhcp_packet_check(any_bytes(len), len, mac) == NULL;
}
