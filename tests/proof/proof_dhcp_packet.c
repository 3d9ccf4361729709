/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame, taken for a DHCP packet, and the role's own. */
#include "any.h"
#include "dhcp/packet.h"

int main(void)
{
	size_t len = any_len(), found_len = 0;

	return dhcp_packet_decode(any_buffer, len, any_bool(), &found_len) == NULL;
}
