/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame, taken for an answer to an ICMP echo. */
#include "any.h"
#include "neighbour/icmp.h"

int main(void)
{
	struct icmp_echo echo;
	size_t len = any_len();

	return icmp_decode_reply(any_buffer, len, any_bool(), &echo);
}
