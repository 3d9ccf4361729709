/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames between the DHCP role and its parent, in both directions: the first byte is the type.
 * Checked: accepted frames encode to the same bytes, and a lease passes its check.
 */
#include <string.h>

#include "dhcp/ipc.h"
#include "dhcp/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINKS 3

static void same(const struct frame *frame, const uint8_t *out, size_t len)
{
	if (len != frame->len || memcmp(out, frame->payload, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame frame;
	static struct dhcp_config config;
	uint8_t out[DHCP_IPC_PAYLOAD_MAX];
	struct dhcp_lease lease;
	bool carrier, offered[LINKS];
	char text[ERROR_TEXT_MAX];
	const uint8_t *sent;
	size_t link, sent_len;

	if (size < 1 || size - 1 > sizeof(frame.payload))
		return 0;
	frame.type = data[0];
	frame.len = size - 1;
	memcpy(frame.payload, data + 1, frame.len);
	if (dhcp_ipc_decode_start(&frame, &config))
		same(&frame, out, dhcp_ipc_encode_start(&config, out));
	if (dhcp_ipc_decode_carrier(&frame, LINKS, &link, &carrier))
		same(&frame, out, dhcp_ipc_encode_carrier(link, carrier, out));
	if (dhcp_ipc_decode_lease(&frame, LINKS, &link, &lease)) {
		if (link >= LINKS || dhcp_lease_check(&lease))
			abort();
		same(&frame, out, dhcp_ipc_encode_lease(link, &lease, out));
	}
	if (dhcp_ipc_decode_send(&frame, LINKS, &link, &sent, &sent_len)) {
		static const uint8_t mac[NET_MAC_LEN] = { 2, 0, 0, 0, 0, 1 };
		bool good = dhcp_packet_check(sent, sent_len, mac) == NULL;
		if (link >= LINKS || (good && sent_len > DHCP_PACKET_MAX))
			abort();
		if (sent_len <= DHCP_PACKET_MAX)
			same(&frame, out, dhcp_ipc_encode_send(link, sent, sent_len, out));
	}
	if (dhcp_ipc_decode_offered(&frame, LINKS, offered))
		same(&frame, out, dhcp_ipc_encode_offered(offered, LINKS, out));
	if (dhcp_ipc_decode_text(&frame, text, sizeof(text)))
		for (const char *p = text; *p; p++)
			if (*p < ' ' || *p > '~')
				abort();
	return 0;
}
