/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dhcp/ipc.h: frames between the DHCP role and its parent; and the role's sandbox, from
 * the inside. The role at work is in tests/integration/test_dhcp_role.py.
 */
#include "syscalls.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "dhcp/ipc.h"
#include "net_packets.h"
#include "privsep/role.h"
#include "privsep/sandbox.h"

static struct frame frame;

static void fill(uint8_t type, const void *payload, size_t len)
{
	frame.type = type;
	frame.len = len;
	memcpy(frame.payload, payload, len);
}

static struct dhcp_lease a_lease(void)
{
	struct dhcp_lease lease;

	memset(&lease, 0, sizeof(lease));
	lease.address = (struct net_prefix){ .addr = ip("10.9.0.50"), .len = 24 };
	lease.n_routers = 2;
	lease.routers[0] = ip("10.9.0.1");
	lease.routers[1] = ip("10.9.0.2");
	strcpy(lease.hostname, "platform.example.org");
	lease.mtu = 9000;
	lease.n_routes = 2;
	lease.routes[0] = (struct dhcp_route){ .to = { .addr = ip("10.7.0.0"), .len = 16 },
		.via = ip("10.9.0.3") };
	lease.routes[1] = (struct dhcp_route){ .to = { .addr = { .family = 4 }, .len = 1 } };
	return lease;
}

static void a_lease_survives_its_frame(void)
{
	struct dhcp_lease lease = a_lease(), got;
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	size_t link = 99;

	memset(&got, 0, sizeof(got));
	fill(DHCP_IPC_LEASE, payload, dhcp_ipc_encode_lease(3, &lease, payload));
	tap_ok(dhcp_ipc_decode_lease(&frame, 4, &link, &got));
	tap_eq_int(link, 3);
	tap_eq_bytes(&got, sizeof(got), &lease, sizeof(lease));
	/* Of a link that there is not. */
	tap_ok(!dhcp_ipc_decode_lease(&frame, 3, &link, &got));
	frame.type = DHCP_IPC_LINE;
	tap_ok(!dhcp_ipc_decode_lease(&frame, 4, &link, &got));
}

static void a_default_route_is_the_link_or_a_router_but_not_both(void)
{
	struct dhcp_lease lease = a_lease(), got;
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	size_t link = 0;

	lease.default_onlink = true;
	fill(DHCP_IPC_LEASE, payload, dhcp_ipc_encode_lease(0, &lease, payload));
	tap_ok(!dhcp_ipc_decode_lease(&frame, 1, &link, &got));
	lease.n_routers = 0;
	fill(DHCP_IPC_LEASE, payload, dhcp_ipc_encode_lease(0, &lease, payload));
	tap_ok(dhcp_ipc_decode_lease(&frame, 1, &link, &got) && got.default_onlink);
}

static void the_largest_lease_has_room(void)
{
	struct dhcp_lease lease = a_lease(), got;
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	size_t link;

	/* The longest name: 253 characters in labels of 63. */
	for (size_t i = 0; i < NET_HOSTNAME_MAX - 1; i++)
		lease.hostname[i] = i % 64 == 63 ? '.' : 'a';
	lease.hostname[NET_HOSTNAME_MAX - 1] = '\0';
	lease.n_routers = DHCP_ROUTERS_MAX;
	lease.n_routes = DHCP_ROUTES_MAX;
	for (size_t i = 0; i < DHCP_ROUTES_MAX; i++)
		lease.routes[i] = lease.routes[0];
	for (size_t i = 0; i < DHCP_ROUTERS_MAX; i++)
		lease.routers[i] = lease.routers[0];
	size_t len = dhcp_ipc_encode_lease(0, &lease, payload);
	tap_ok(len < DHCP_IPC_PAYLOAD_MAX);
	fill(DHCP_IPC_LEASE, payload, len);
	tap_ok(dhcp_ipc_decode_lease(&frame, 1, &link, &got));
	tap_eq_text(got.hostname, lease.hostname);
}

static void a_lease_that_is_cut_long_or_unusable_is_refused(void)
{
	struct dhcp_lease lease = a_lease(), got;
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	size_t link, len = dhcp_ipc_encode_lease(0, &lease, payload);

	for (size_t n = 0; n < len; n++) {
		fill(DHCP_IPC_LEASE, payload, n);
		tap_ok(!dhcp_ipc_decode_lease(&frame, 1, &link, &got));
	}
	payload[len] = 0;
	fill(DHCP_IPC_LEASE, payload, len + 1);
	tap_ok(!dhcp_ipc_decode_lease(&frame, 1, &link, &got));
	/* link, address, length, MTU, number of routers */
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = { { 1, 0 }, { 1, 127 }, { 4, 255 }, { 5, 0 }, { 5, 33 }, { 6, 1 }, { 10, 9 },
		{ 10, 255 } };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fill(DHCP_IPC_LEASE, payload, len);
		frame.payload[rows[i].at] = rows[i].value;
		if (dhcp_ipc_decode_lease(&frame, 1, &link, &got))
			tap_fail(__FILE__, __LINE__, "taken with %u at %zu", rows[i].value,
				rows[i].at);
	}
	/* A NUL in the host name would hide what is behind it. */
	fill(DHCP_IPC_LEASE, payload, len);
	uint8_t *name = memmem(frame.payload, len, "platform", 8);
	tap_ok(name != NULL);
	if (name)
		name[4] = '\0';
	tap_ok(!dhcp_ipc_decode_lease(&frame, 1, &link, &got));
}

static void a_start_survives_its_frame(void)
{
	static struct dhcp_config config, got;
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];

	config.n = CANDIDATES_MAX;
	config.discover_only = true;
	config.limit_ms = 60000;
	config.jitter_ms = 100;
	config.seed = 0x0123456789abcdefU;
	for (size_t i = 0; i < config.n; i++) {
		struct candidate *link = &config.links[i];
		snprintf(link->name, sizeof(link->name), "eth%u", (unsigned)i);
		memcpy(link->mac, our_mac, 6);
		link->speed = (unsigned)i * 1000;
		link->carrier = i % 2;
	}
	size_t len = dhcp_ipc_encode_start(&config, payload);
	fill(DHCP_IPC_START, payload, len);
	tap_ok(dhcp_ipc_decode_start(&frame, &got));
	tap_eq_bytes(&got, sizeof(got), &config, sizeof(config));
	for (size_t n = 0; n < len; n++) {
		frame.len = n;
		tap_ok(!dhcp_ipc_decode_start(&frame, &got));
	}
	frame.len = len;
	frame.payload[21] = 0;
	tap_ok(!dhcp_ipc_decode_start(&frame, &got));
	frame.payload[21] = 65;
	tap_ok(!dhcp_ipc_decode_start(&frame, &got));
	/* A name without end. */
	frame.payload[21] = 64;
	memset(frame.payload + 22, 'x', 16);
	tap_ok(!dhcp_ipc_decode_start(&frame, &got));
}

static void the_small_frames_are_exact(void)
{
	static const bool offered[3] = { true, false, true };
	uint8_t payload[DHCP_IPC_PAYLOAD_MAX];
	bool got[3] = { false, true, false }, carrier = false;
	char text[ERROR_TEXT_MAX];
	size_t link = 99;

	fill(DHCP_IPC_CARRIER, payload, dhcp_ipc_encode_carrier(2, true, payload));
	tap_ok(dhcp_ipc_decode_carrier(&frame, 3, &link, &carrier) && link == 2 && carrier);
	tap_ok(!dhcp_ipc_decode_carrier(&frame, 2, &link, &carrier));
	fill(DHCP_IPC_CARRIER, "\0\2", 2);
	tap_ok(!dhcp_ipc_decode_carrier(&frame, 3, &link, &carrier));
	fill(DHCP_IPC_CARRIER, "\0\1\0", 3);
	tap_ok(!dhcp_ipc_decode_carrier(&frame, 3, &link, &carrier));
	fill(DHCP_IPC_OFFERED, payload, dhcp_ipc_encode_offered(offered, 3, payload));
	tap_ok(dhcp_ipc_decode_offered(&frame, 3, got) && !memcmp(got, offered, 3));
	tap_ok(!dhcp_ipc_decode_offered(&frame, 2, got));
	fill(DHCP_IPC_OFFERED, "\1\2\0", 3);
	tap_ok(!dhcp_ipc_decode_offered(&frame, 3, got));
	fill(DHCP_IPC_LINE, "a\x1b[2J", 5);
	tap_ok(dhcp_ipc_decode_text(&frame, text, sizeof(text)));
	tap_eq_text(text, "a\\x1b[2J");
	fill(DHCP_IPC_LINE, "", 0);
	tap_ok(!dhcp_ipc_decode_text(&frame, text, sizeof(text)));
	frame.len = ERROR_TEXT_MAX;
	tap_ok(!dhcp_ipc_decode_text(&frame, text, sizeof(text)));
}

/* The sandbox ------------------------------------------------------------------------------- */

static const char *const no_pointer = NULL;

static long call_sendto_addressed(void)
{
	struct sockaddr address = { .sa_family = AF_UNSPEC };

	return syscall(SYS_sendto, ROLE_WORK_FD, "x", 1, 0, &address, sizeof(address));
}

static long call_sendmsg_elsewhere(void)
{
	struct msghdr message = { .msg_name = NULL };

	return syscall(SYS_sendmsg, ROLE_WORK_FD, &message, 0);
}

static long call_setsockopt(void)
{
	return syscall(SYS_setsockopt, ROLE_WORK_FD, SOL_SOCKET, SO_DETACH_FILTER, no_pointer, 0);
}

static long call_socket(void)
{
	return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0);
}

static long call_bind(void)
{
	return syscall(SYS_bind, ROLE_WORK_FD, no_pointer, 0);
}

static long call_openat(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static long call_write(void)
{
	return syscall(SYS_write, 2, "", 0);
}

static long call_ioctl(void)
{
	return syscall(SYS_ioctl, 0, 0x5412UL, "y");
}

static long call_execve(void)
{
	return syscall(SYS_execve, "/bin/true", no_pointer, no_pointer);
}

static long call_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, no_pointer, no_pointer, no_pointer, 0);
}

static long call_kill(void)
{
	return syscall(SYS_kill, getppid(), 0);
}

static long call_dup(void)
{
	return syscall(SYS_dup, 0);
}

static long call_mmap(void)
{
	return syscall(SYS_mmap, no_pointer, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long call_send(void)
{
	return syscall(SYS_sendto, ROLE_WORK_FD, "x", 1, MSG_NOSIGNAL, no_pointer, 0);
}

static long call_receive(void)
{
	struct msghdr message = { .msg_name = NULL };

	/* Nothing is there to read. */
	return syscall(SYS_recvmsg, ROLE_WORK_FD, &message, MSG_DONTWAIT) < 0 && errno == EAGAIN
		       ? 0
		       : -1;
}

static long call_frame(void)
{
	struct error error;

	return frame_send(ROLE_FRAME_FD, DHCP_IPC_READY, "", 0, &error);
}

static long call_poll_all(void)
{
	struct pollfd polled[1 + 3] = { 0 };

	return poll(polled, ARRAY_SIZE(polled), 0) < 0 ? -1 : 0;
}

/*
 * In a process that has what a role has, with three links: how it ended. A signal as it is, or
 * the exit code, negative.
 */
static int run_locked_in(long (*call)(void))
{
	int status = 0, frames[2], work[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, frames) < 0 ||
		socketpair(AF_UNIX, SOCK_SEQPACKET, 0, work) < 0)
		return -100;
	pid_t pid = fork();
	if (pid == 0) {
		struct error error = ERROR_INIT;
		int high_frame = fcntl(frames[0], F_DUPFD, 20),
		    high_work = fcntl(work[0], F_DUPFD, 20);
		dup2(high_frame, ROLE_FRAME_FD);
		for (int i = 0; i < 3; i++)
			dup2(high_work, ROLE_WORK_FD + i);
		syscall(SYS_close_range, ROLE_WORK_FD + 3, ~0U, 0);
		if (sandbox_enter(SANDBOX_DHCP, &error) < 0)
			_exit(2);
		syscall(SYS_exit_group, call() < 0 ? 3 : 0);
	}
	close(frames[0]);
	close(work[0]);
	waitpid(pid, &status, 0);
	close(frames[1]);
	close(work[1]);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void forbidden_calls_end_the_role(void)
{
	static const struct {
		const char *name;
		long (*call)(void);
	} calls[] = { { "sendto with an address", call_sendto_addressed }, { "sendto", call_send },
		{ "sendmsg on a packet socket", call_sendmsg_elsewhere },
		{ "setsockopt", call_setsockopt }, { "socket", call_socket }, { "bind", call_bind },
		{ "openat", call_openat }, { "write", call_write }, { "ioctl", call_ioctl },
		{ "execve", call_execve }, { "fork", call_fork }, { "kill", call_kill },
		{ "dup", call_dup }, { "mmap", call_mmap } };

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int r = run_locked_in(calls[i].call);
		if (r != SIGSYS)
			tap_fail(__FILE__, __LINE__, "%s: ended with %d", calls[i].name, r);
	}
}

static void what_the_role_needs_is_allowed(void)
{
	tap_eq_int(run_locked_in(call_receive), 0);
	tap_eq_int(run_locked_in(call_frame), 0);
	tap_eq_int(run_locked_in(call_poll_all), 0);
}

static long call_poll_more(void)
{
	struct pollfd polled[8] = { 0 };

	return poll(polled, ARRAY_SIZE(polled), 0) < 0 && errno == EINVAL ? 0 : -1;
}

/* The limit of descriptors is the number of those that are open: 7 here. */
static void there_is_room_for_no_more_descriptors(void)
{
	tap_eq_int(run_locked_in(call_poll_more), 0);
}

static void a_role_takes_at_most_64_descriptors(void)
{
	struct role_launcher launcher = ROLE_LAUNCHER_INIT;
	struct role role = ROLE_INIT;
	struct error error = ERROR_INIT;
	int fds[ROLE_WORK_FDS_MAX + 1] = { 0 };

	tap_eq_int(
		role_start(&launcher, "none", fds, ROLE_WORK_FDS_MAX + 1, &role, &error), -E2BIG);
	tap_eq_int(role.pid, 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_lease_survives_its_frame),
		TAP_TEST(a_default_route_is_the_link_or_a_router_but_not_both),
		TAP_TEST(the_largest_lease_has_room),
		TAP_TEST(a_lease_that_is_cut_long_or_unusable_is_refused),
		TAP_TEST(a_start_survives_its_frame),
		TAP_TEST(the_small_frames_are_exact),
		TAP_TEST(forbidden_calls_end_the_role),
		TAP_TEST(what_the_role_needs_is_allowed),
		TAP_TEST(there_is_room_for_no_more_descriptors),
		TAP_TEST(a_role_takes_at_most_64_descriptors),
		{ 0 },
	};
	return tap_run(tests);
}
