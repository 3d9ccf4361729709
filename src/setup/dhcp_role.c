/* SPDX-License-Identifier: BSD-2-Clause */
/* The DHCP role itself: see dhcp_role.h. Its parent's side is dhcp_parent.c. */
#include "setup/dhcp_role.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "dhcp/ipc.h"
#include "dhcp/run.h"
#include "privsep/role_child.h"

struct dhcp_role {
	struct frame frame; /* the last one received: 64 KiB, so not on the stack */
	struct dhcp_config config;
	struct dhcp_client client;
};

static void send_by_parent(void *context, size_t link, const uint8_t *frame, size_t len)
{
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];

	role_tell(DHCP_IPC_SEND, payload, dhcp_ipc_encode_send(link, frame, len, payload));
}

static void tell_note(void *context, const struct dhcp_client *client, const struct dhcp_note *note)
{
	char line[DHCP_LINE_MAX];

	dhcp_note_format(client, note, line);
	role_tell_text(DHCP_IPC_LINE, line);
}

/* The parent tells of carriers while the client runs. */
static int take_frame(
	void *context, struct dhcp_client *client, int64_t now_ms, struct error *error)
{
	struct dhcp_role *role = context;
	size_t link = 0;
	bool carrier = false;

	if (frame_receive(ROLE_FRAME_FD, &role->frame, error) != 0)
		return -EPIPE;
	if (!dhcp_ipc_decode_carrier(&role->frame, client->config.n, &link, &carrier))
		return error_set(error, -EPROTO, "malformed frame");
	dhcp_client_carrier(client, link, carrier, now_ms);
	return 0;
}

static void tell_offered(const struct dhcp_client *client)
{
	bool offered[CANDIDATES_MAX];
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];

	for (size_t i = 0; i < client->config.n; i++)
		offered[i] = dhcp_client_will_do(client, i);
	size_t len = dhcp_ipc_encode_offered(offered, client->config.n, payload);
	role_tell(DHCP_IPC_OFFERED, payload, len);
}

/* Hands the lease over and waits for what the parent says to it. False: it is content. */
static bool is_declined(struct dhcp_role *role)
{
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	struct error ignored;
	size_t len = dhcp_ipc_encode_lease(role->client.link, &role->client.lease, payload);

	tell_offered(&role->client);
	role_tell(DHCP_IPC_LEASE, payload, len);
	/* Carriers that are told of meanwhile change nothing. */
	while (frame_receive(ROLE_FRAME_FD, &role->frame, &ignored) == 0)
		if (role->frame.type == DHCP_IPC_DECLINE)
			return true;
	return false;
}

static int run_client(struct dhcp_role *role, struct error *error)
{
	int fds[CANDIDATES_MAX];
	struct dhcp_run run = { .fds = fds,
		.send = send_by_parent,
		.control_fd = ROLE_FRAME_FD,
		.control = take_frame,
		.note = tell_note,
		.context = role };

	for (int i = 0; i < CANDIDATES_MAX; i++)
		fds[i] = ROLE_WORK_FD + i;
	for (;;) {
		int r = dhcp_run(&role->client, &run, error);
		if (r < 0)
			return r;
		if (role->client.state == DHCP_FAILED)
			return dhcp_client_failure(&role->client, error);
		if (role->client.state == DHCP_OFFERED) {
			tell_offered(&role->client);
			return 0;
		}
		if (!is_declined(role))
			return 0;
		dhcp_client_decline(&role->client, clock_now_ms());
	}
}

static int load_dhcp(void *context, struct error *error)
{
	struct dhcp_role *role = context;

	if (!dhcp_ipc_decode_start(&role->frame, &role->config))
		return error_set(error, -EPROTO, "malformed start");
	return 0;
}

/*
 * The parent ends this process once it has read all there is. To go before, with frames of its
 * unread, would reset the socket, and what was said last could be lost.
 */
static void wait_for_end(struct dhcp_role *role)
{
	struct error ignored;

	while (frame_receive(ROLE_FRAME_FD, &role->frame, &ignored) == 0)
		;
}

int dhcp_role_main(void)
{
	static struct dhcp_role role;
	static const struct role_entry entry = { .sandbox = SANDBOX_DHCP,
		.ready = DHCP_IPC_READY,
		.failed = DHCP_IPC_BROKEN,
		.frame = &role.frame,
		.load = load_dhcp,
		.context = &role };
	struct error error = ERROR_INIT;

	if (role_enter(&entry) < 0)
		return 1;
	dhcp_client_init(&role.client, &role.config, clock_now_ms());
	int r = run_client(&role, &error);
	if (r < 0)
		role_tell_text(r == -ETIMEDOUT ? DHCP_IPC_FAILED : DHCP_IPC_BROKEN, error.text);
	wait_for_end(&role);
	return r < 0;
}
