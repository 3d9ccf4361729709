/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What base/ has once for Linux and once by POSIX alone. Compiled twice, so that both do what their
 * headers say.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/lock.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/world.h"

static bool is_closed_by_exec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && (flags & FD_CLOEXEC) != 0;
}

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1 && (p.revents & POLLIN) != 0;
}

static void close_both(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void new_descriptors_are_closed_by_an_exec(void)
{
	int fds[2];

	tap_eq_int(descriptor_pipe(fds), 0);
	tap_ok(is_closed_by_exec(fds[0]) && is_closed_by_exec(fds[1]));
	close_both(fds);
	tap_eq_int(descriptor_pair(fds), 0);
	tap_ok(is_closed_by_exec(fds[0]) && is_closed_by_exec(fds[1]));
	close_both(fds);
	int fd = descriptor_socket(AF_INET, SOCK_STREAM, 0);
	tap_ok(fd >= 0 && is_closed_by_exec(fd));
	tap_ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	close(fd);
	tap_eq_int(descriptor_socket(-1, SOCK_STREAM, 0), -EAFNOSUPPORT);
}

static void a_message_on_a_pair_arrives_whole(void)
{
	char sent[900], got[900];
	int fds[2];

	memset(sent, 'x', sizeof(sent));
	tap_eq_int(descriptor_pair(fds), 0);
	tap_eq_int(send(fds[0], sent, sizeof(sent), MSG_NOSIGNAL), sizeof(sent));
	tap_eq_int(send(fds[0], sent, sizeof(sent), MSG_NOSIGNAL), sizeof(sent));
	for (int i = 0; i < 2; i++) {
		memset(got, 0, sizeof(got));
		tap_eq_int(recv(fds[1], got, sizeof(got), MSG_WAITALL), sizeof(got));
		tap_ok(memcmp(sent, got, sizeof(got)) == 0);
	}
	close(fds[0]);
	tap_eq_int(recv(fds[1], got, sizeof(got), MSG_WAITALL), 0);
	close(fds[1]);
}

static void sockets_are_used_without_waiting_and_keep_their_flags(void)
{
	static char bytes[1 << 20];
	int fds[2];
	ssize_t n = 0;
	char c = 0;

	tap_eq_int(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	tap_eq_int(descriptor_recv_now(fds[0], &c, 1), -1);
	tap_eq_int(errno, EAGAIN);
	tap_eq_int(descriptor_send_now(fds[1], "a", 1), 1);
	tap_eq_int(descriptor_recv_now(fds[0], &c, 1), 1);
	tap_eq_int(c, 'a');
	for (int i = 0; i < 64 && n >= 0; i++)
		n = descriptor_send_now(fds[1], bytes, sizeof(bytes));
	tap_eq_int(n, -1);
	tap_eq_int(errno, EAGAIN);
	tap_eq_int(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	tap_eq_int(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	/* And no SIGPIPE. */
	tap_eq_int(descriptor_send_now(fds[1], "a", 1), -1);
	tap_eq_int(errno, EPIPE);
	close(fds[1]);
}

static void a_temporary_file_has_no_name(void)
{
	int fd = descriptor_temporary();
	char got[4] = "";
	struct stat st;

	tap_ok(fd >= 0 && is_closed_by_exec(fd));
	tap_eq_int(fstat(fd, &st), 0);
	tap_eq_int(st.st_nlink, 0);
	tap_eq_int(st.st_size, 0);
	tap_eq_int(write(fd, "abc", 3), 3);
	tap_eq_int(lseek(fd, 0, SEEK_SET), 0);
	tap_eq_int(read(fd, got, 3), 3);
	tap_eq_text(got, "abc");
	close(fd);
}

/* A descriptor of a new directory; @path has room for it. */
static int new_dir(char *path)
{
	strcpy(path, "/tmp/stprov-portable-XXXXXX");
	return mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* In a child: what lock_try() returns there, as an exit code. */
static int try_in_child(int dir_fd)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct lock lock = LOCK_INIT;
		int r = lock_try(dir_fd, &lock);
		/* Left behind as by a process that was killed. */
		_exit(-r);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_lock_excludes_other_processes_until_its_end(void)
{
	struct lock lock = LOCK_INIT;
	char path[64];
	int dir_fd = new_dir(path);

	tap_eq_int(lock_try(dir_fd, &lock), 0);
	tap_eq_int(try_in_child(dir_fd), EAGAIN);
	tap_eq_int(try_in_child(dir_fd), EAGAIN);
	lock_end(&lock);
	tap_eq_int(try_in_child(dir_fd), 0);
	/* One that died with its lock is not in the way. */
	tap_eq_int(lock_try(dir_fd, &lock), 0);
	lock_end(&lock);
	lock_end(&lock);
	close(dir_fd);
	/* Nothing is left. */
	tap_eq_int(rmdir(path), 0);
}

static void a_directory_that_is_not_one_has_no_lock(void)
{
	struct lock lock = LOCK_INIT;

	tap_eq_int(lock_try(-1, &lock), -EBADF);
}

static void random_bytes_differ_and_fill_all(void)
{
	struct error error = ERROR_INIT;
	uint8_t a[64] = { 0 }, b[64] = { 0 }, zero[16] = { 0 };

	tap_eq_int(random_bytes(a, sizeof(a), &error), 0);
	tap_eq_int(random_bytes(b, sizeof(b), &error), 0);
	tap_ok(memcmp(a, b, sizeof(a)) != 0);
	tap_ok(memcmp(a + 48, zero, 16) != 0);
	tap_eq_int(random_bytes(a, 0, &error), 0);
}

static void memory_is_wiped(void)
{
	char text[] = "secret";

	secret_wipe_bytes(text + 1, 4);
	tap_ok(memcmp(text, "s\0\0\0\0t", 7) == 0);
	secret_wipe_bytes(text, 0);
	tap_eq_int(text[0], 's');
}

static void a_protected_process_leaves_no_core_file(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct rlimit limit = { 1, 1 };
		secret_protect_process();
		_exit(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? 0 : 1);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void the_clock_does_not_go_back(void)
{
	int64_t before = clock_now_ms();

	(void)poll(NULL, 0, 2);
	tap_ok(clock_now_ms() > before);
}

static void only(int number, sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, number);
}

static void a_watched_signal_is_read_and_does_not_end_the_program(void)
{
	struct error error = ERROR_INIT;
	struct signals_watch watch;
	sigset_t set, before, after;

	sigprocmask(SIG_SETMASK, NULL, &before);
	signals_ending_or_stopping(&set);
	tap_eq_int(signals_watch(&set, &watch, &error), 0);
	tap_ok(is_closed_by_exec(watch.fd));
	tap_ok(!is_readable(watch.fd, 0));
	tap_ok(!signals_pending());
	tap_eq_int(signals_take(watch.fd), 0);
	kill(getpid(), SIGTERM);
	tap_ok(is_readable(watch.fd, 10000));
	tap_ok(signals_pending());
	tap_eq_int(signals_take(watch.fd), SIGTERM);
	tap_ok(!is_readable(watch.fd, 0));
	tap_ok(!signals_pending());
	kill(getpid(), SIGTSTP);
	tap_ok(is_readable(watch.fd, 10000));
	tap_eq_int(signals_take(watch.fd), SIGTSTP);
	signals_unwatch(&watch);
	sigprocmask(SIG_SETMASK, NULL, &after);
	tap_eq_int(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

static void an_ignored_signal_stays_ignored(void)
{
	struct sigaction old;
	sigset_t set;

	sigaction(SIGHUP, &(struct sigaction){ .sa_handler = SIG_IGN }, &old);
	signals_ending(&set);
	tap_eq_int(sigismember(&set, SIGHUP), 0);
	tap_eq_int(sigismember(&set, SIGINT), 1);
	sigaction(SIGHUP, &old, NULL);
}

static void the_innermost_watch_has_the_signal_and_leaves_what_it_did_not_take(void)
{
	struct error error = ERROR_INIT;
	struct signals_watch inner;
	sigset_t set;
	int outer = -1;

	only(SIGINT, &set);
	tap_eq_int(signals_open(&outer, &error), 0);
	tap_eq_int(signals_watch(&set, &inner, &error), 0);
	kill(getpid(), SIGINT);
	tap_ok(is_readable(inner.fd, 10000));
	signals_unwatch(&inner);
	tap_ok(is_readable(outer, 10000));
	tap_eq_int(signals_take(outer), SIGINT);
	tap_eq_int(signals_watch(&set, &inner, &error), 0);
	kill(getpid(), SIGINT);
	tap_eq_int(signals_take(inner.fd), SIGINT);
	signals_unwatch(&inner);
	tap_eq_int(signals_take(outer), 0);
	close(outer);
}

/* How a child ends in which a signal came that nothing took. */
static void a_signal_that_was_not_taken_ends_the_program_after_the_watch(void)
{
	struct error error = ERROR_INIT;
	struct signals_watch watch;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		sigset_t set;
		world_reset_signals();
		only(SIGQUIT, &set);
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		if (signals_watch(&set, &watch, &error) < 0)
			_exit(1);
		kill(getpid(), SIGQUIT);
		signals_unwatch(&watch);
		_exit(2);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
}

static void a_blocked_signal_is_waited_for_and_taken(void)
{
	sigset_t set, old;

	only(SIGCHLD, &set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	tap_eq_int(signals_wait(&set, 20), 0);
	kill(getpid(), SIGTERM);
	tap_ok(signals_pending());
	tap_eq_int(signals_wait(&set, -1), SIGTERM);
	tap_ok(!signals_pending());
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	int number = 0;
	while (number == 0)
		number = signals_wait(&set, -1);
	tap_eq_int(number, SIGCHLD);
	tap_eq_int(waitpid(pid, NULL, 0), pid);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void a_terminal_of_ours_changes_no_byte_and_becomes_the_childs(void)
{
	struct terminal terminal = { -1, -1 };
	char got[8] = "";
	int status = 0;

	tap_eq_int(terminal_open(&terminal), 0);
	tap_ok(is_closed_by_exec(terminal.master) && is_closed_by_exec(terminal.slave));
	tap_ok((fcntl(terminal.master, F_GETFL) & O_NONBLOCK) != 0);
	tap_eq_int(write(terminal.master, "a\r\003\n", 4), 4);
	tap_eq_int(read(terminal.slave, got, sizeof(got)), 4);
	tap_ok(memcmp(got, "a\r\003\n", 4) == 0);
	tap_eq_int(write(terminal.slave, "b\n", 2), 2);
	tap_ok(is_readable(terminal.master, 10000));
	tap_eq_int(read(terminal.master, got, sizeof(got)), 2);
	tap_ok(memcmp(got, "b\n", 2) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		terminal_control(terminal.slave);
		_exit(tcgetpgrp(terminal.slave) == getpid() ? 0 : 1);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(terminal.master);
	close(terminal.slave);
}

static void what_is_not_a_terminal_has_no_width(void)
{
	int fds[2];

	tap_eq_int(descriptor_pipe(fds), 0);
	tap_eq_int(terminal_columns(fds[1]), 0);
	tap_eq_int(terminal_columns(-1), 0);
	close_both(fds);
}

static void signals_are_reset_for_another_program(void)
{
	struct sigaction action;
	sigset_t all, mask;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
		world_reset_signals();
		sigprocmask(SIG_SETMASK, NULL, &mask);
		sigaction(SIGUSR1, NULL, &action);
		_exit(sigismember(&mask, SIGINT) == 0 && action.sa_handler == SIG_DFL ? 0 : 1);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void the_world_of_a_command_is_as_it_relies_on(void)
{
	struct sigaction action;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int fd = dup(STDERR_FILENO);
		signal(SIGCHLD, SIG_IGN);
		alarm(1000);
		world_make();
		bool good = is_closed_by_exec(fd) && alarm(0) == 0;
		sigaction(SIGPIPE, NULL, &action);
		good = good && action.sa_handler == SIG_IGN;
		sigaction(SIGCHLD, NULL, &action);
		_exit(good && action.sa_handler == SIG_DFL ? 0 : 1);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A child of ours has a child that is to end with it. It sends its process ID, and waits. */
static void run_parent(int alive_fd)
{
	int pair[2];

	if (descriptor_pair(pair) < 0)
		_exit(1);
	if (fork() == 0) {
		pid_t pid = getpid();
		close(pair[0]);
		/* A test above has blocked them for good. */
		world_reset_signals();
		if (!world_end_with(pair[1]))
			_exit(1);
		(void)!write(alive_fd, &pid, sizeof(pid));
		for (;;)
			pause();
	}
	close(pair[1]);
	for (;;)
		pause();
}

/* The pipe is closed when both are gone. */
static void a_child_ends_with_its_parent(void)
{
	struct pollfd p = { .events = POLLIN };
	pid_t child = 0;
	int alive[2];

	tap_eq_int(descriptor_pipe(alive), 0);
	pid_t pid = fork();
	if (pid == 0)
		run_parent(alive[1]);
	close(alive[1]);
	tap_eq_int(read(alive[0], &child, sizeof(child)), sizeof(child));
	tap_eq_int(kill(pid, SIGKILL), 0);
	tap_eq_int(waitpid(pid, NULL, 0), pid);
	p.fd = alive[0];
	bool ended = poll(&p, 1, 20000) == 1;
	tap_ok(ended);
	if (!ended && child > 0)
		kill(child, SIGKILL);
	close(alive[0]);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(new_descriptors_are_closed_by_an_exec),
		TAP_TEST(a_message_on_a_pair_arrives_whole),
		TAP_TEST(sockets_are_used_without_waiting_and_keep_their_flags),
		TAP_TEST(a_temporary_file_has_no_name),
		TAP_TEST(a_lock_excludes_other_processes_until_its_end),
		TAP_TEST(a_directory_that_is_not_one_has_no_lock),
		TAP_TEST(random_bytes_differ_and_fill_all),
		TAP_TEST(memory_is_wiped),
		TAP_TEST(a_protected_process_leaves_no_core_file),
		TAP_TEST(the_clock_does_not_go_back),
		TAP_TEST(a_watched_signal_is_read_and_does_not_end_the_program),
		TAP_TEST(an_ignored_signal_stays_ignored),
		TAP_TEST(the_innermost_watch_has_the_signal_and_leaves_what_it_did_not_take),
		TAP_TEST(a_signal_that_was_not_taken_ends_the_program_after_the_watch),
		TAP_TEST(a_blocked_signal_is_waited_for_and_taken),
		TAP_TEST(a_terminal_of_ours_changes_no_byte_and_becomes_the_childs),
		TAP_TEST(what_is_not_a_terminal_has_no_width),
		TAP_TEST(signals_are_reset_for_another_program),
		TAP_TEST(the_world_of_a_command_is_as_it_relies_on),
		TAP_TEST(a_child_ends_with_its_parent),
		{ 0 },
	};

	return tap_run(tests);
}
