/* Runs the DHCP client over packet sockets that are open already, until it is at an end. */
#pragma once

#include "net/dhcp_client.h"
#include "net/packet.h"

struct net_dhcp_run {
	const int *fds; /* of each link of the client's, by net_packet_open(); borrowed */

	/*
	 * When @control_fd is readable, @control reads from it; it may feed the client events. 0 goes
	 * on; a negative errno with its text ends the run. -1: none.
	 */
	int control_fd;
	int (*control)(void *context, struct net_dhcp_client *client, int64_t now_ms,
		struct error *error);
	/* Each note as it comes; NULL: not. */
	void (*note)(void *context, const struct net_dhcp_client *client,
		const struct net_dhcp_note *note);
	void *context;
};

/*
 * 0: the client is at an end (net_dhcp_client_over()), look at its state. Uses poll(2), recvmsg(2)
 * and sendto(2) without an address only, and no memory of its own, so that it can be locked in.
 */
int net_dhcp_run(struct net_dhcp_client *client, const struct net_dhcp_run *run,
	struct error *error) MUST_CHECK;
