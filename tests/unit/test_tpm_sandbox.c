/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The permitted and forbidden calls of the TPM role in its sandbox, as test_probe_sandbox.c has
 * them for a probe: each in a process of its own, past libc's wrappers.
 */
#include "syscalls.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/sandbox.h"

/* Exit code of a process that could not enter the sandbox. */
#define NOT_LOCKED 99

struct attempt {
	const char *name;
	long call, a, b, c, d, e, f;
};

/* The wait status of a process that makes the call: its exit code is 0, or the errno. */
static int outcome(const struct attempt *t)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct error e = ERROR_INIT;
		if (sandbox_enter(SANDBOX_TPM, &e) < 0)
			_exit(NOT_LOCKED);
		long r = syscall(t->call, t->a, t->b, t->c, t->d, t->e, t->f);
		_exit(r < 0 ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		tap_fail(__FILE__, __LINE__, "%s: no process", t->name);
	return status;
}

static void forbidden_calls_end_the_process(void)
{
	static char page[8192] __attribute__((aligned(4096)));
	const long path = (long)"/etc/passwd";
	const struct attempt attempts[] = {
#ifdef SYS_open
		{ "open", SYS_open, path },
#endif
		{ "openat", SYS_openat, AT_FDCWD, path, O_RDONLY },
		{ "openat2", SYS_openat2, AT_FDCWD },
		{ "newfstatat", SYS_newfstatat, AT_FDCWD, path },
		{ "unlinkat", SYS_unlinkat, AT_FDCWD, path },
		{ "close", SYS_close, 4 },
		{ "dup", SYS_dup, 3 },
		{ "fcntl", SYS_fcntl, 0, F_GETFL },
		{ "lseek", SYS_lseek, 0 },
		{ "ioctl", SYS_ioctl, 0, TIOCSTI },
		{ "execve", SYS_execve, path },
		{ "fork", SYS_clone, SIGCHLD },
		{ "kill", SYS_kill, getppid() },
		{ "ptrace", SYS_ptrace, PTRACE_TRACEME },
		{ "process_vm_readv", SYS_process_vm_readv, getppid() },
		{ "setuid", SYS_setuid, 0 },
		{ "prctl", SYS_prctl, 4 },
		{ "socket", SYS_socket, AF_INET, SOCK_STREAM },
		{ "unix socket", SYS_socket, AF_UNIX, SOCK_STREAM },
		{ "connect", SYS_connect, 4 },
		{ "sendto", SYS_sendto, 4 },
		{ "recvfrom", SYS_recvfrom, 4 },
		{ "executable memory", SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1 },
		{ "making memory executable", SYS_mprotect, (long)page, 4096,
			PROT_READ | PROT_EXEC },
		{ "mapping a file", SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int status = outcome(&attempts[i]);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			tap_fail(__FILE__, __LINE__, "%s: status 0x%x", attempts[i].name, status);
	}
}

static void calls_that_the_role_needs_go_on(void)
{
	static char byte;
	static const struct timespec soon = { .tv_nsec = 1000000 };
	const struct attempt attempts[] = {
		/* Descriptor -1: the call is made, and refused by the kernel, not by the filter. */
		{ "read", SYS_read, -1, (long)&byte, 1 },
		{ "write", SYS_write, -1, (long)&byte, 1 },
		{ "recvmsg", SYS_recvmsg, -1 },
		{ "sendmsg", SYS_sendmsg, -1 },
#ifdef SYS_poll
		{ "poll", SYS_poll, 0, 0, 1 },
#endif
		{ "ppoll", SYS_ppoll, 0, 0, (long)&soon },
		{ "getrandom", SYS_getrandom, (long)&byte, 1 },
		{ "memory", SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int status = outcome(&attempts[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) == NOT_LOCKED ||
			(attempts[i].a != -1 && WEXITSTATUS(status) != 0))
			tap_fail(__FILE__, __LINE__, "%s: status 0x%x", attempts[i].name, status);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(forbidden_calls_end_the_process),
		TAP_TEST(calls_that_the_role_needs_go_on),
		{ 0 },
	};
	return tap_run(tests);
}
