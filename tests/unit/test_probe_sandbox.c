/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The permitted and forbidden calls of a probe in its sandbox: each call in a process of its own,
 * which must continue, get an error, or be killed by SIGSYS. The calls bypass libc's wrappers, so
 * that exactly the filter is tested.
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
	const char
		*path; /* for the argument that is a pointer: b of openat, a of execve and open */
};

/* In the child: its exit code is 0, or the errno of the call. */
_Noreturn static void locked_in(const struct attempt *t)
{
	struct error e = ERROR_INIT;
	long a = t->a, b = t->b;

	if (t->path && t->call == SYS_openat)
		b = (long)t->path;
	else if (t->path)
		a = (long)t->path;
	if (sandbox_enter(SANDBOX_PROBE, &e) < 0)
		_exit(NOT_LOCKED);
	long r = syscall(t->call, a, b, t->c, t->d, t->e, t->f);
	_exit(r < 0 ? errno : 0);
}

/* The wait status of the attempt. */
static int outcome(const struct attempt *t)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		locked_in(t);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		tap_fail(__FILE__, __LINE__, "%s: no process", t->name);
	return status;
}

static void forbidden_calls_end_the_process(void)
{
	static char page[8192] __attribute__((aligned(4096)));
	const struct attempt attempts[] = {
		{ "execve", SYS_execve, .path = "/bin/true" },
		{ "ptrace", SYS_ptrace, PTRACE_TRACEME },
		{ "process_vm_readv", SYS_process_vm_readv, getppid() },
		{ "fork", SYS_clone, SIGCHLD },
		{ "kill", SYS_kill, getppid() },
		{ "setuid", SYS_setuid, 0 },
#ifdef SYS_open
		{ "open", SYS_open, .path = "/etc/passwd" },
#endif
		{ "openat for writing", SYS_openat, AT_FDCWD, .c = O_WRONLY, .path = "/dev/null" },
		{ "openat for both", SYS_openat, AT_FDCWD, .c = O_RDWR, .path = "/dev/null" },
		{ "openat that creates", SYS_openat, AT_FDCWD, .c = O_CREAT, .d = 0600,
			.path = "/tmp/stprov-never" },
		{ "openat that truncates", SYS_openat, AT_FDCWD, .c = O_TRUNC,
			.path = "/dev/null" },
		{ "openat of a nameless file", SYS_openat, AT_FDCWD, .c = O_TMPFILE | O_RDWR,
			.d = 0600, .path = "/tmp" },
		{ "openat2", SYS_openat2, AT_FDCWD },
		{ "unlinkat", SYS_unlinkat, AT_FDCWD },
		{ "renameat", SYS_renameat, AT_FDCWD },
		{ "chmod", SYS_fchmodat, AT_FDCWD },
		{ "mount", SYS_mount },
		{ "raw socket", SYS_socket, AF_INET, SOCK_RAW, 1 },
		{ "packet socket", SYS_socket, AF_PACKET, SOCK_DGRAM },
		{ "vsock", SYS_socket, AF_VSOCK, SOCK_STREAM },
		{ "MPTCP", SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 262 },
		{ "SCTP", SYS_socket, AF_INET6, SOCK_STREAM, 132 },
		{ "SMC", SYS_socket, AF_INET, SOCK_STREAM, 256 },
		{ "UDP-Lite", SYS_socket, AF_INET, SOCK_DGRAM, 136 },
		{ "ping socket", SYS_socket, AF_INET6, SOCK_DGRAM, 58 },
		{ "UDP as a stream", SYS_socket, AF_INET, SOCK_STREAM, 17 },
		{ "socketpair", SYS_socketpair, AF_UNIX, SOCK_STREAM },
		{ "listen", SYS_listen, 0 },
		{ "bind", SYS_bind, 0 },
		{ "accept", SYS_accept4, 0 },
		{ "ioctl that types", SYS_ioctl, 0, TIOCSTI },
		{ "fcntl", SYS_fcntl, 0, F_GETFL },
		{ "executable memory", SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1 },
		{ "making memory executable", SYS_mprotect, (long)page, 4096,
			PROT_READ | PROT_EXEC },
		{ "mapping a file", SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, 0 },
		{ "prctl", SYS_prctl, 4 },
		{ "getdents", SYS_getdents64, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int status = outcome(&attempts[i]);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			tap_fail(__FILE__, __LINE__, "%s: status 0x%x", attempts[i].name, status);
	}
}

static void calls_that_a_probe_needs_go_on(void)
{
	const struct attempt attempts[] = {
		{ "openat", SYS_openat, AT_FDCWD, .c = O_RDONLY | O_CLOEXEC,
			.path = "/etc/passwd" },
		{ "TCP over IPv4", SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			6 },
		{ "UDP over IPv4", SYS_socket, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK },
		{ "UDP by its number", SYS_socket, AF_INET6, SOCK_DGRAM, 17 },
		{ "TCP over IPv6", SYS_socket, AF_INET6, SOCK_STREAM },
		{ "getrandom", SYS_getrandom },
		{ "memory", SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int status = outcome(&attempts[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			tap_fail(__FILE__, __LINE__, "%s: status 0x%x", attempts[i].name, status);
	}
}

static void the_resolver_gets_an_error_where_it_goes_on_without(void)
{
	const struct attempt attempts[] = {
		{ "unix", SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC },
		{ "netlink", SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int status = outcome(&attempts[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != EAFNOSUPPORT)
			tap_fail(__FILE__, __LINE__, "%s: status 0x%x", attempts[i].name, status);
	}
}

static void what_only_root_may_read_stays_closed(void)
{
	const struct attempt shadow = { "openat", SYS_openat, AT_FDCWD, .path = "/etc/shadow" };

	if (geteuid() != 0) {
		tap_skip("needs root");
		return;
	}
	int status = outcome(&shadow);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == EACCES);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(forbidden_calls_end_the_process),
		TAP_TEST(calls_that_a_probe_needs_go_on),
		TAP_TEST(the_resolver_gets_an_error_where_it_goes_on_without),
		TAP_TEST(what_only_root_may_read_stays_closed),
		{ 0 },
	};
	return tap_run(tests);
}
