/* SPDX-License-Identifier: BSD-2-Clause */
/* Any DHCP message. */
#include "any.h"
#include "dhcp/message.h"

int main(void)
{
	static struct dhcp_reply reply;
	size_t len = any_len();

	return dhcp_decode(any_buffer, len, &reply) == NULL;
}
