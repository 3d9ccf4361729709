/* SPDX-License-Identifier: BSD-2-Clause */
/* privsep/role.c: how the end of a process is seen and reported. */
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "privsep/role.h"

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

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(what_ended_badly_is_reported_and_our_own_doing_is_not),
		{ 0 },
	};
	return tap_run(tests);
}
