/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame between the DHCP role and its parent, given to each decoder. */
#include "any_frame.h"
#include "dhcp/ipc.h"

int main(void)
{
	static struct dhcp_config config;
	static struct dhcp_lease lease;
	const struct frame *frame = any_frame();
	bool carrier, offered[CANDIDATES_MAX];
	char text[ERROR_TEXT_MAX];
	size_t link, sent_len, n = (size_t)Frama_C_interval(0, CANDIDATES_MAX);
	const uint8_t *sent;

	dhcp_ipc_decode_start(frame, &config);
	dhcp_ipc_decode_carrier(frame, n, &link, &carrier);
	dhcp_ipc_decode_lease(frame, n, &link, &lease);
	dhcp_ipc_decode_send(frame, n, &link, &sent, &sent_len);
	dhcp_ipc_decode_offered(frame, n, offered);
	dhcp_ipc_decode_text(frame, text, sizeof(text));
	return 0;
}
