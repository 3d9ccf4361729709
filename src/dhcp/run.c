/* SPDX-License-Identifier: BSD-2-Clause */
/* Running the DHCP client: see run.h. */
#include "dhcp/run.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"

/* Frames taken from one link before the others have their turn. */
#define FRAMES_PER_TURN 16

/* Everything that is due at this moment goes out. */
static void send_due(struct dhcp_client *client, const struct dhcp_run *run)
{
	uint8_t frame[DHCP_PACKET_MAX];
	size_t link, len;

	while (dhcp_client_send(client, clock_now_ms(), &link, frame, &len))
		run->send(run->context, link, frame, len);
}

static void tell_notes(struct dhcp_client *client, const struct dhcp_run *run)
{
	struct dhcp_note note;

	while (dhcp_client_note(client, &note))
		if (run->note)
			run->note(run->context, client, &note);
}

static void listen_on_link(struct dhcp_client *client, size_t link, int fd)
{
	struct packet packet;

	for (int i = 0; i < FRAMES_PER_TURN; i++) {
		/* A failing socket is as a silent one. */
		if (packet_receive(fd, &packet) < 0)
			return;
		dhcp_client_frame(client, link, packet.data, packet.len, packet.checksum_ready,
			clock_now_ms());
	}
}

static int run_turn(struct dhcp_client *client, const struct dhcp_run *run, struct error *error)
{
	struct pollfd polled[1 + CANDIDATES_MAX];
	size_t n = client->config.n;

	polled[0] = (struct pollfd){ .fd = run->control_fd, .events = POLLIN };
	for (size_t i = 0; i < n; i++)
		polled[1 + i] = (struct pollfd){ .fd = run->fds[i], .events = POLLIN };
	if (poll(polled, 1 + n, clock_until(dhcp_client_deadline(client))) < 0)
		return errno == EINTR ? 0 : error_set_errno(error, -errno, "poll");
	if (polled[0].revents) {
		int r = run->control(run->context, client, clock_now_ms(), error);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < n; i++) {
		if (polled[1 + i].revents & POLLNVAL)
			return error_set(error, -EBADF, "%s: no packet socket",
				client->config.links[i].name);
		if (polled[1 + i].revents)
			listen_on_link(client, i, run->fds[i]);
	}
	return 0;
}

int dhcp_run(struct dhcp_client *client, const struct dhcp_run *run, struct error *error)
{
	int r = 0;

	while (r == 0) {
		dhcp_client_time(client, clock_now_ms());
		send_due(client, run);
		tell_notes(client, run);
		if (dhcp_client_over(client))
			break;
		r = run_turn(client, run, error);
	}
	return r;
}
