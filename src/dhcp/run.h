/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the DHCP client over packet sockets that are open already, until it is at an end. */
#pragma once

#include "dhcp/client.h"
#include "packet/packet.h"

struct dhcp_run {
	const int
		*fds; /* of each link of the client's, by packet_open(); borrowed; for receiving */
	/* Sends a frame on a link. One that cannot be sent counts as lost. */
	void (*send)(void *context, size_t link, const uint8_t *frame, size_t len);

	/*
	 * When @control_fd is readable, @control reads from it; it may feed the client events. 0
	 * goes on; a negative errno with its text ends the run. -1: none.
	 */
	int control_fd;
	int (*control)(
		void *context, struct dhcp_client *client, int64_t now_ms, struct error *error);
	/* Each note as it comes; NULL: not. */
	void (*note)(void *context, const struct dhcp_client *client, const struct dhcp_note *note);
	void *context;
};

/*
 * 0: the client is at an end (dhcp_client_over()), look at its state. Uses poll(2) and recvmsg(2)
 * only, and no memory of its own, so that it can be locked in.
 */
int dhcp_run(
	struct dhcp_client *client, const struct dhcp_run *run, struct error *error) MUST_CHECK;
