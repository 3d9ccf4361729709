/* SPDX-License-Identifier: BSD-2-Clause */
/* privsep/role.c, role_child.c: how a role starts, and how its end is seen and reported. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "privsep/role_child.h"

/* This program, executed again: main() knows it by these names. */
#define ROLE_THAT_LISTS "list"
#define ROLE_THAT_STAYS "stay"
/* Descriptors that are looked at. */
#define LISTED_FDS 200
/* Milliseconds for what comes at once; far more than a busy machine needs. */
#define PATIENCE_MS 30000
/* Not the number of a sandbox. */
#define NO_SANDBOX 99

/* What the process does; it does not return. */
typedef void (*life)(int fd);

static void live_on(int fd)
{
	(void)fd;
	for (;;)
		pause();
}

static void close_and_live_on(int fd)
{
	close(fd);
	live_on(fd);
}

static void end_well(int fd)
{
	(void)fd;
	_exit(0);
}

static void end_badly(int fd)
{
	(void)fd;
	_exit(3);
}

static void die(int fd)
{
	(void)fd;
	raise(SIGKILL);
}

static struct role start(life live)
{
	struct role role = ROLE_INIT;
	int pair[2];

	tap_eq_int(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	fflush(stdout);
	role.pid = fork();
	if (role.pid == 0) {
		close(pair[0]);
		live(pair[1]);
	}
	close(pair[1]);
	role.frame_fd = pair[0];
	return role;
}

/* When it has closed its socket, by its end or before. */
static void wait_for_hang_up(const struct role *role)
{
	char byte;

	tap_eq_int(read(role->frame_fd, &byte, 1), 0);
}

static void what_ended_badly_is_reported_and_our_own_doing_is_not(void)
{
	static const struct {
		life live;
		bool hangs_up, bad;
		const char *text;
	} rows[] = {
		{ live_on, false, false, NULL },
		{ end_well, true, false, NULL },
		{ end_badly, true, true, "it ended early (exit code 3)" },
		{ die, true, true, "it was killed by signal 9" },
		{ close_and_live_on, true, true,
			"it did not end when it was over, and was killed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct role role = start(rows[i].live);
		struct error error = ERROR_INIT;
		pid_t pid = role.pid;
		if (rows[i].hangs_up)
			wait_for_hang_up(&role);
		struct role_end end = role_stop(&role);
		tap_eq_int(role_ended_badly(&end), rows[i].bad);
		if (rows[i].text) {
			tap_eq_int(role_explain_end(&end, "it", &error), -EPIPE);
			tap_eq_text(error.text, rows[i].text);
		}
		tap_eq_int(role.pid, 0);
		tap_eq_int(kill(pid, 0), -1);
	}
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, PATIENCE_MS) > 0;
}

/* The role: which of its descriptors are open. */
static int list_descriptors(void)
{
	uint8_t open[LISTED_FDS];

	for (int i = 0; i < LISTED_FDS; i++)
		open[i] = fcntl(i, F_GETFD) >= 0;
	role_tell(1, open, sizeof(open));
	return 0;
}

static void a_role_has_no_descriptor_but_those_that_it_was_given(void)
{
	static struct frame frame;
	_cleanup_(role_launcher_deinit) struct role_launcher launcher = ROLE_LAUNCHER_INIT;
	struct role role = ROLE_INIT;
	struct error error = ERROR_INIT;
	int kept[8];

	tap_eq_int(role_launcher_init(&launcher, &error), 0);
	/* Without O_CLOEXEC: right above those of the role, and far above them. */
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		kept[i] = fcntl(launcher.null_fd, F_DUPFD, i % 2 ? LISTED_FDS / 2 : 0);
	tap_eq_int(role_start(&launcher, ROLE_THAT_LISTS, kept, 1, &role, &error), 0);
	tap_ok(is_readable(role.frame_fd));
	tap_eq_int(frame_receive(role.frame_fd, &frame, &error), 0);
	tap_eq_int(frame.len, LISTED_FDS);
	for (int i = 0; i < LISTED_FDS; i++)
		if (frame.payload[i] != (i <= ROLE_WORK_FD))
			tap_fail(__FILE__, __LINE__, "descriptor %d: open %d", i, frame.payload[i]);
	role_stop(&role);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		close(kept[i]);
}

/* The role: reports that it runs, and does not look whether its parent does. */
static int stay(void)
{
	(void)!write(ROLE_WORK_FD, "", 1);
	alarm(2 * PATIENCE_MS / 1000);
	live_on(ROLE_FRAME_FD);
	return 0;
}

/* In place of the monitor. */
_Noreturn static void start_and_stay(int work_fd)
{
	struct role_launcher launcher = ROLE_LAUNCHER_INIT;
	struct role role = ROLE_INIT;
	struct error error = ERROR_INIT;

	if (role_launcher_init(&launcher, &error) < 0 ||
		role_start(&launcher, ROLE_THAT_STAYS, &work_fd, 1, &role, &error) < 0)
		_exit(1);
	for (;;)
		pause();
}

static void a_role_that_is_not_in_its_sandbox_yet_dies_with_its_parent(void)
{
	int alive[2];
	char byte;

	tap_eq_int(pipe2(alive, O_CLOEXEC), 0);
	fflush(stdout);
	pid_t parent = fork();
	if (parent == 0)
		start_and_stay(alive[1]);
	close(alive[1]);
	tap_eq_int(read(alive[0], &byte, 1), 1);
	kill(parent, SIGKILL);
	tap_eq_int(waitpid(parent, NULL, 0), parent);
	/* The end of the pipe: no process has the other one. */
	if (is_readable(alive[0]))
		tap_eq_int(read(alive[0], &byte, 1), 0);
	else
		tap_fail(__FILE__, __LINE__, "the role outlived its parent");
	close(alive[0]);
}

static int find_secret(void *context, struct error *error)
{
	const struct frame *frame = context;

	(void)error;
	return frame->len == 6 && memcmp(frame->payload, "secret", 6) == 0 ? 0 : -EBADMSG;
}

/* In a process of its own: ROLE_FRAME_FD is the role's. Returns whether nothing is left. */
static bool enter_and_look(void)
{
	static struct frame frame;
	static const uint8_t nothing[sizeof(frame.payload)];
	const struct role_entry entry = { (enum sandbox_role)NO_SANDBOX, 1, 2, &frame, find_secret,
		&frame };
	struct error error = ERROR_INIT;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		return false;
	if (dup2(pair[0], ROLE_FRAME_FD) < 0 ||
		frame_send(pair[1] == ROLE_FRAME_FD ? pair[0] : pair[1], 1, "secret", 6, &error) <
			0)
		return false;
	/* It loaded, and there is no such sandbox. */
	return role_enter(&entry) == -EINVAL &&
	       memcmp(frame.payload, nothing, sizeof(nothing)) == 0;
}

static void nothing_is_left_of_the_start_frame_when_the_sandbox_closes(void)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(enter_and_look() ? 0 : 1);
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_eq_int(status, 0);
}

int main(int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], ROLE_THAT_LISTS) == 0)
		return list_descriptors();
	if (argc == 1 && strcmp(argv[0], ROLE_THAT_STAYS) == 0)
		return stay();
	static const struct tap_test tests[] = {
		TAP_TEST(what_ended_badly_is_reported_and_our_own_doing_is_not),
		TAP_TEST(a_role_has_no_descriptor_but_those_that_it_was_given),
		TAP_TEST(a_role_that_is_not_in_its_sandbox_yet_dies_with_its_parent),
		TAP_TEST(nothing_is_left_of_the_start_frame_when_the_sandbox_closes),
		{ 0 },
	};
	return tap_run(tests);
}
