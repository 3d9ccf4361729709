/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * privsep/sandbox.c: what the sandbox does beside its filter. A process enters it and stays there,
 * and the test reads what the kernel says of that process, or what memory it got.
 */
#include "tap.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "privsep/sandbox.h"

/* Milliseconds for what comes at once; far more than a busy machine needs. */
#define PATIENCE_MS 30000
/* A user who is neither root nor the one of the sandbox. */
#define USER 1000
/* The limit of sandbox.c, and pieces in which it is used up, in MiB. */
#define MEMORY_MIB 32
#define PIECE (1UL << 20)
/* Exit code of a process that could not enter the sandbox; more than pieces of memory. */
#define NOT_LOCKED 99

/* A process that goes on each time it is told to: first into the sandbox, then to its end. */
struct locked {
	pid_t pid;
	int tell_fd, report_fd;
};

/* In the process. */
_Noreturn static void live(bool (*prepare)(void), int told_fd, int report_fd)
{
	struct error error = ERROR_INIT;
	char byte;

	if (prepare && !prepare())
		_exit(NOT_LOCKED);
	if (write(report_fd, "", 1) != 1 || read(told_fd, &byte, 1) != 1)
		_exit(NOT_LOCKED);
	if (sandbox_enter(SANDBOX_SESSION, &error) < 0)
		_exit(NOT_LOCKED);
	(void)!write(report_fd, "", 1);
	(void)!read(told_fd, &byte, 1);
	_exit(0);
}

static struct locked start(bool (*prepare)(void))
{
	int told[2], reports[2];

	if (pipe2(told, O_CLOEXEC) < 0 || pipe2(reports, O_CLOEXEC) < 0)
		abort();
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		/* It keeps told[1] as well, so that the end of its parent does not wake it. */
		close(reports[0]);
		alarm(2 * PATIENCE_MS / 1000);
		live(prepare, told[0], reports[1]);
	}
	close(told[0]);
	close(reports[1]);
	return (struct locked){ .pid = pid, .tell_fd = told[1], .report_fd = reports[0] };
}

static void wait_for_report(const struct locked *locked)
{
	char byte;

	tap_eq_int(read(locked->report_fd, &byte, 1), 1);
}

/* It has prepared. */
static void lock(const struct locked *locked)
{
	wait_for_report(locked);
	tap_eq_int(write(locked->tell_fd, "", 1), 1);
	wait_for_report(locked);
}

static void end(const struct locked *locked)
{
	int status = -1;

	tap_eq_int(write(locked->tell_fd, "", 1), 1);
	close(locked->tell_fd);
	close(locked->report_fd);
	tap_eq_int(waitpid(locked->pid, &status, 0), locked->pid);
	tap_eq_int(status, 0);
}

/* -- privileges ------------------------------------------------------------------------------ */

static bool join_groups(void)
{
	static const gid_t groups[] = { 0, 4, 27 };

	return setgroups(ARRAY_SIZE(groups), groups) == 0 && getgroups(0, NULL) == 3;
}

static void root_leaves_its_groups_behind(void)
{
	char path[64];
	_cleanup_free_ uint8_t *text = NULL;
	struct error error = ERROR_INIT;
	size_t len;

	if (geteuid() != 0) {
		tap_skip("needs root");
		return;
	}
	struct locked locked = start(join_groups);
	lock(&locked);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)locked.pid);
	tap_eq_int(file_read(AT_FDCWD, path, 1 << 16, &text, &len, &error), 0);
	char *groups = text ? strstr((char *)text, "\nGroups:") : NULL;
	tap_ok(groups != NULL);
	if (groups) {
		groups += strlen("\nGroups:");
		groups[strcspn(groups, "\n")] = '\0';
		tap_eq_int(strspn(groups, "\t "), strlen(groups));
	}
	end(&locked);
}

/* As after the exec of a program that its user may read. */
static bool become_dumpable_user(void)
{
	if (geteuid() == 0 && (setresgid(USER, USER, USER) < 0 || setresuid(USER, USER, USER) < 0))
		return false;
	return prctl(PR_SET_DUMPABLE, 1) == 0;
}

/* To whom proc(5) gives the files of the process: to its user only while it is dumpable. */
static uid_t owner_of(const struct locked *locked)
{
	char path[64];
	struct stat st = { .st_uid = 0 };

	snprintf(path, sizeof(path), "/proc/%d/status", (int)locked->pid);
	tap_eq_int(stat(path, &st), 0);
	return st.st_uid;
}

static void a_process_that_was_dumpable_is_not_any_more(void)
{
	uid_t user = geteuid() == 0 ? USER : geteuid();
	struct locked locked = start(become_dumpable_user);

	wait_for_report(&locked);
	tap_eq_int(owner_of(&locked), user);
	tap_eq_int(write(locked.tell_fd, "", 1), 1);
	wait_for_report(&locked);
	tap_ok(owner_of(&locked) != user);
	end(&locked);
}

/* -- its parent ------------------------------------------------------------------------------ */

/* In place of the monitor. */
_Noreturn static void start_and_stay(int alive_fd)
{
	struct locked locked = start(NULL);

	lock(&locked);
	(void)!write(alive_fd, "", 1);
	for (;;)
		pause();
}

/* Becoming another user takes back what role.c asked the kernel for. */
static void a_process_in_the_sandbox_dies_with_its_parent(void)
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
	/* The process in the sandbox has a copy of alive[1] until it ends. */
	struct pollfd p = { .fd = alive[0], .events = POLLIN };
	tap_eq_int(poll(&p, 1, PATIENCE_MS), 1);
	close(alive[0]);
}

/* -- memory ---------------------------------------------------------------------------------- */

/* How many pieces a process gets in the sandbox; it had @before already. */
static int count_pieces(int protection, size_t before)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct error error = ERROR_INIT;
		const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
		int n = 0;
		if (before > 0 &&
			mmap(NULL, before * PIECE, protection, flags, -1, 0) == MAP_FAILED)
			_exit(NOT_LOCKED);
		if (sandbox_enter(SANDBOX_SESSION, &error) < 0)
			_exit(NOT_LOCKED);
		while (n < 2 * MEMORY_MIB &&
			mmap(NULL, PIECE, protection, flags, -1, 0) != MAP_FAILED)
			n++;
		_exit(n);
	}
	tap_eq_int(waitpid(pid, &status, 0), pid);
	tap_ok(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void what_it_had_before_counts_as_its_data(void)
{
	int n = count_pieces(PROT_READ | PROT_WRITE, MEMORY_MIB / 2);

	printf("# %d MiB\n", n);
	tap_ok(n > 0 && n <= MEMORY_MIB / 2);
}

/* Which take page tables, and are no data. */
static void mappings_that_cannot_be_written_are_limited_too(void)
{
	int n = count_pieces(PROT_READ, 0);

	printf("# %d MiB\n", n);
	tap_ok(n > 0 && n <= MEMORY_MIB);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(root_leaves_its_groups_behind),
		TAP_TEST(a_process_that_was_dumpable_is_not_any_more),
		TAP_TEST(a_process_in_the_sandbox_dies_with_its_parent),
		TAP_TEST(what_it_had_before_counts_as_its_data),
		TAP_TEST(mappings_that_cannot_be_written_are_limited_too),
		{ 0 },
	};
	return tap_run(tests);
}
