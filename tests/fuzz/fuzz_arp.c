/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP, Neighbour Discovery and ICMP frames: as answers to a question, as signs of a conflict, and
 * as what arrives while an echo is waited for. Checked: an answer is for the requested address, and
 * from another host.
 */
#include <string.h>

#include "base/macros.h"
#include "neighbour/ask.h"
#include "neighbour/conflict.h"
#include "neighbour/echo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t ours[6] = { 0x02, 0, 0, 0, 0, 0x10 };

static void check_answer(const uint8_t *data, size_t size, const struct net_addr *target)
{
	uint8_t mac[6] = { 0 };

	for (int ready = 0; ready < 2; ready++)
		if (ask_is_answer(data, size, ready, ours, target, mac) &&
			((mac[0] & 1) || memcmp(mac, ours, 6) == 0))
			abort();
}

static void check_echo(const uint8_t *data, size_t size, const struct net_addr *host,
	const struct net_addr *gateway)
{
	static const struct candidate links[3] = { [2].mac = { 0x02, [5] = 0x20 } };
	static struct echo echo;
	uint8_t frame[ECHO_FRAME_MAX], mac[6];
	size_t link, len;

	echo_init(&echo, host, gateway, links, 3, 0x0123456789abcdefU, 0);
	echo_ask(&echo, 2, ours);
	while (echo_next(&echo, 0, &link, frame, &len))
		;
	echo_frame(&echo, 2, data, size, false, 1);
	if (echo_next(&echo, 1, &link, frame, &len) &&
		(link != 2 || len > sizeof(frame) ||
			!ask_is_answer(frame, len, true, ours, host, mac)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct candidate links[1] = { { .mac = { 0x02, 0, 0, 0, 0, 0x10 } } };
	struct net_addr four = { .family = 4, .bytes = { 10, 9, 0, 1 } };
	struct net_addr six = { .family = 6, .bytes = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	struct nd_advert advert, strict;
	struct conflict conflict;
	struct arp arp;

	check_answer(data, size, &four);
	check_answer(data, size, &six);
	check_echo(data, size, &four, &four);
	check_echo(data, size, &six, &six);
	if (nd_decode(data, size, true, &strict) && !nd_decode(data, size, false, &advert))
		abort();
	conflict_init(&conflict, &four, links, 1, 0, 0);
	conflict_frame(&conflict, data, size);
	if (conflict.found && !arp_decode(data, size, &arp))
		abort();
	if (arp_decode(data, size, &arp) && nd_decode(data, size, false, &advert))
		abort();
	return 0;
}
