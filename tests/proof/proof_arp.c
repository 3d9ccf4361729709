/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame, taken for ARP. */
#include "any.h"
#include "neighbour/arp.h"

int main(void)
{
	struct arp arp;
	size_t len = any_len();

	//@ split len;
	return arp_decode(any_bytes(len), len, &arp);
}
