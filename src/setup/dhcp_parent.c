/* SPDX-License-Identifier: BSD-2-Clause */
/* The privileged side of the DHCP role: see dhcp_parent.h. */
#include "setup/dhcp_parent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "dhcp/ipc.h"
#include "neighbour/conflict.h"
#include "packet/packet.h"
#include "setup/dhcp_role.h"

/* Lines that the role may have shown. */
#define LINES_MAX 400
/* Frames that it may have sent: many more than 64 links and ten refused leases make in 60 s. */
#define SENT_MAX 4000
/* How much later than its own limit a role is ended that did not end itself. */
#define GRACE_MS 3000

struct parent {
	const struct dhcp_parent_config *config;
	struct candidate links[CANDIDATES_MAX]; /* with their present carriers */
	int fds[CANDIDATES_MAX];                /* passed to the role, which receives from them */
	struct role role;
	bool ready, over;
	unsigned lines, sent;
	/* The last address that was declined, and who had it. */
	struct net_addr taken;
	uint8_t taken_by[NET_MAC_LEN];
	bool advised;
	struct dhcp_parent_result result;
	struct frame frame;
};

static void say_line(const struct parent *p, const char *text)
{
	if (p->config->line)
		p->config->line(p->config->wait.context, text);
}

static int send_frame(const struct parent *p, enum dhcp_ipc_type type, const void *payload,
	size_t len, struct error *error)
{
	int r = frame_send(p->role.frame_fd, type, payload, len, error);

	/* That it ended, and how, comes by its own end of the socket. */
	return r == -EPIPE ? 0 : r;
}

static int send_dhcp_start(const struct parent *p, struct error *error)
{
	struct dhcp_config config = { .n = p->config->n,
		.discover_only = p->config->discover_only,
		.limit_ms = p->config->limit_ms,
		.jitter_ms = DHCP_JITTER_MS };
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	int r = random_bytes(&config.seed, sizeof(config.seed), error);

	if (r < 0)
		return r;
	memcpy(config.links, p->links, config.n * sizeof(config.links[0]));
	size_t len = dhcp_ipc_encode_start(&config, payload);
	return send_frame(p, DHCP_IPC_START, payload, len, error);
}

static int open_role_sockets(struct parent *p, struct error *error)
{
	for (size_t i = 0; i < p->config->n; i++) {
		int r = packet_open(PACKET_DHCP, &p->links[i], NULL, &p->fds[i], error);
		if (r < 0)
			return r;
	}
	return 0;
}

static void close_sockets(struct parent *p)
{
	for (size_t i = 0; i < CANDIDATES_MAX; i++) {
		cleanup_close(&p->fds[i]);
		p->fds[i] = -1;
	}
}

static int pass_carriers(struct parent *p, struct packet_waiter *waiter, struct error *error)
{
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	bool changed[CANDIDATES_MAX];
	int r = packet_waiter_carrier(waiter, p->links, p->config->n, changed, error);

	for (size_t i = 0; r == 0 && i < p->config->n; i++)
		if (changed[i]) {
			size_t len = dhcp_ipc_encode_carrier(i, p->links[i].carrier, payload);
			r = send_frame(p, DHCP_IPC_CARRIER, payload, len, error);
		}
	return r;
}

/*
 * A server that leases the same address again has not understood, or a host answers for each
 * address (a proxy of ARP): said once, as only the operator can tell which.
 */
static void advise(struct parent *p, const struct net_addr *address, const uint8_t *who)
{
	char line[ERROR_TEXT_MAX], text[NET_ADDR_TEXT_MAX], mac[NET_MAC_TEXT_MAX];

	if (!p->advised && net_addr_equal(&p->taken, address) && net_mac_equal(p->taken_by, who)) {
		net_addr_format(address, text);
		net_mac_format(who, mac);
		snprintf(line, sizeof(line),
			"%s: %s was leased again, and %s has it still; with -f it is used anyway",
			p->links[p->result.link].name, text, mac);
		say_line(p, line);
		p->advised = true;
	}
	p->taken = *address;
	memcpy(p->taken_by, who, NET_MAC_LEN);
}

/*
 * Whether another host has the leased address: then the server is told, and the role tries again;
 * or it is used all the same.
 */
static int check_lease(struct parent *p, struct error *error)
{
	const struct net_addr *address = &p->result.lease.address.addr;
	char line[ERROR_TEXT_MAX + IF_NAMESIZE + 32];
	uint8_t who[NET_MAC_LEN];
	int r = conflict_run(
		p->links, p->config->n, p->result.link, address, &p->config->wait, who, error);

	if (r < 0)
		return r;
	p->over = r == 0 || p->config->force;
	if (r == 0)
		return 0;
	snprintf(line, sizeof(line), "%s%s: %s", p->config->force ? "force flag: ignoring: " : "",
		p->links[p->result.link].name, error->text);
	say_line(p, line);
	if (p->over)
		return 0;
	advise(p, address, who);
	return send_frame(p, DHCP_IPC_DECLINE, NULL, 0, error);
}

static int take_role_lease(struct parent *p, struct error *error)
{
	if (p->config->discover_only ||
		!dhcp_ipc_decode_lease(&p->frame, p->config->n, &p->result.link, &p->result.lease))
		return error_set(error, -EPROTO, "the DHCP process sent a malformed lease");
	if (p->config->check)
		return check_lease(p, error);
	p->over = true;
	return 0;
}

static int take_role_text(struct parent *p, struct error *error)
{
	char text[ERROR_TEXT_MAX];

	if (!dhcp_ipc_decode_text(&p->frame, text, sizeof(text)))
		return error_set(error, -EPROTO, "the DHCP process sent a malformed text");
	if (p->frame.type == DHCP_IPC_FAILED)
		return error_set(error, -ETIMEDOUT, "%s", text);
	if (p->frame.type == DHCP_IPC_BROKEN)
		return error_set(error, -EPERM, "DHCP process: %s", text);
	if (++p->lines > LINES_MAX)
		return error_set(error, -EPROTO, "the DHCP process sent too many messages");
	say_line(p, text);
	return 0;
}

/* The role cannot send by itself: what leaves this machine was checked here. */
static int send_for_role(struct parent *p, struct error *error)
{
	const uint8_t *frame = NULL;
	size_t link = 0, len = 0;

	if (!dhcp_ipc_decode_send(&p->frame, p->config->n, &link, &frame, &len))
		return error_set(error, -EPROTO, "the DHCP process sent a malformed frame");
	const char *wrong = dhcp_packet_check(frame, len, p->links[link].mac);
	if (wrong)
		return error_set(
			error, -EPROTO, "the DHCP process asked to send a frame %s", wrong);
	if (++p->sent > SENT_MAX)
		return error_set(error, -EPROTO, "the DHCP process asked to send too much");
	/* What cannot be sent is lost, and the client tries again. */
	(void)!packet_send(p->fds[link], frame, len);
	return 0;
}

static int take_role_frame(struct parent *p, struct error *error)
{
	uint8_t type = p->frame.type;

	/* Before it is locked in there is nothing to say but that it is, or cannot be. */
	if (type == DHCP_IPC_BROKEN)
		return take_role_text(p, error);
	if (type == DHCP_IPC_READY && !p->ready && p->frame.len == 0) {
		p->ready = true;
		return 0;
	}
	if (p->ready && type == DHCP_IPC_SEND)
		return send_for_role(p, error);
	if (p->ready && type == DHCP_IPC_LEASE)
		return take_role_lease(p, error);
	if (p->ready && (type == DHCP_IPC_LINE || type == DHCP_IPC_FAILED))
		return take_role_text(p, error);
	if (p->ready && type == DHCP_IPC_OFFERED &&
		dhcp_ipc_decode_offered(&p->frame, p->config->n, p->result.offered)) {
		p->over = p->config->discover_only;
		return 0;
	}
	return error_set(error, -EPROTO,
		"the DHCP process sent a message that it may not send (type %u)", type);
}

/* All frames that are there. FRAME_E_END is for the caller to explain. */
static int take_role_frames(struct parent *p, struct error *error)
{
	while (!p->over) {
		int r = frame_receive(p->role.frame_fd, &p->frame, error);
		if (r == -EAGAIN)
			return 0;
		if (r == 0)
			r = take_role_frame(p, error);
		if (r != 0)
			return r;
	}
	return 0;
}

static int serve_dhcp_role(struct parent *p, struct error *error)
{
	int64_t end_ms = clock_now_ms() + p->config->limit_ms;
	struct packet_waiter waiter = packet_waiter(&p->config->wait, end_ms);
	bool readable, carrier;

	while (!p->over) {
		int r = packet_waiter_turn(&waiter, &p->role.frame_fd, 1, end_ms + GRACE_MS,
			&readable, &carrier, error);
		if (r == 0 && carrier)
			r = pass_carriers(p, &waiter, error);
		if (r == 0 && readable)
			r = take_role_frames(p, error);
		if (r != 0)
			return r;
		if (clock_now_ms() >= end_ms + GRACE_MS)
			return error_set(error, -ETIMEDOUT, "the DHCP process does not answer");
	}
	return 0;
}

static int run_dhcp_role(
	struct parent *p, const struct role_launcher *launcher, struct error *error)
{
	int r = open_role_sockets(p, error);

	if (r == 0)
		r = role_start(launcher, DHCP_ROLE_NAME, p->fds, p->config->n, &p->role, error);
	if (r == 0)
		r = send_dhcp_start(p, error);
	if (r == 0)
		r = serve_dhcp_role(p, error);
	close_sockets(p);
	if (p->role.pid == 0)
		return r;
	struct role_end end = role_stop(&p->role);
	return r == FRAME_E_END ? role_explain_end(&end, "the DHCP process", error) : r;
}

int dhcp_parent_run(const struct role_launcher *launcher, const struct dhcp_parent_config *config,
	struct dhcp_parent_result *ret, struct error *error)
{
	assert(config->n >= 1 && config->n <= CANDIDATES_MAX);
	_cleanup_free_ struct parent *p = calloc(1, sizeof(*p));
	if (!p)
		return error_set_errno(error, -ENOMEM, "DHCP");
	p->config = config;
	p->role = ROLE_INIT;
	memcpy(p->links, config->links, config->n * sizeof(p->links[0]));
	for (size_t i = 0; i < CANDIDATES_MAX; i++)
		p->fds[i] = -1;
	int r = run_dhcp_role(p, launcher, error);
	if (r == 0)
		*ret = p->result;
	return r;
}
