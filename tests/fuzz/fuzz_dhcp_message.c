/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame as it may arrive on a link, and the message in it; the rest of the input after a first
 * byte is taken as a message, too. Checked: a lease that can be used passes its check.
 */
#include <string.h>

#include "base/macros.h"
#include "dhcp/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const uint8_t *message, size_t len)
{
	static struct dhcp_reply reply;
	static struct dhcp_way ways[DHCP_WAYS_MAX];
	const char *wrong = dhcp_decode(message, len, &reply);

	if (wrong) {
		if (*wrong == '\0')
			abort();
		return;
	}
	if (reply.type != DHCP_OFFER && reply.type != DHCP_ACK && reply.type != DHCP_NAK)
		abort();
	if (reply.type != DHCP_NAK && !reply.unusable && dhcp_lease_check(&reply.lease))
		abort();
	if (reply.type != DHCP_NAK && !reply.unusable &&
		dhcp_lease_ways(&reply.lease, ways) > DHCP_WAYS_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = 0, strict_len = 0;
	const uint8_t *message = dhcp_packet_decode(data, size, false, &len);

	if (dhcp_packet_decode(data, size, true, &strict_len) && (!message || strict_len != len))
		abort();
	if (message) {
		if (message < data || message + len > data + size)
			abort();
		decode(message, len);
	}
	decode(data, size);
	return 0;
}
