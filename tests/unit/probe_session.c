/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enters the sandbox as the session role does, then makes one forbidden system call, named by its
 * argument. tests/integration/test_sandbox.py runs it once for each: the kernel must kill it with
 * SIGSYS. Exits with 3 if it survives, 0 for permitted calls, 1 if it could not enter the sandbox.
 *
 * The calls bypass libc's wrappers, so that exactly the filter is tested.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "privsep/sandbox.h"
#include "syscalls.h"

/* Exit code of a probe that survived its call. */
#define SURVIVED 3

static void *const no_pointer = NULL;

static void probe_open(void)
{
#ifdef SYS_open
	syscall(SYS_open, "/etc/passwd", O_RDONLY);
#else
	syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
#endif
}

static void probe_openat(void)
{
	syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static void probe_socket(void)
{
	syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void probe_connect(void)
{
	syscall(SYS_connect, 0, no_pointer, 0);
}

static void probe_execve(void)
{
	char name[] = "/bin/true";
	char *argv[] = { name, NULL }, *envp[] = { NULL };

	syscall(SYS_execve, name, argv, envp);
}

static void probe_ptrace(void)
{
	syscall(SYS_ptrace, PTRACE_TRACEME, 0, no_pointer, no_pointer);
}

static void probe_process_vm_readv(void)
{
	syscall(SYS_process_vm_readv, getppid(), no_pointer, 0, no_pointer, 0, 0);
}

static void probe_fork(void)
{
	if (syscall(SYS_clone, SIGCHLD, no_pointer, no_pointer, no_pointer, 0) == 0)
		_exit(SURVIVED);
}

static void probe_kill(void)
{
	syscall(SYS_kill, getppid(), 0);
}

static void probe_setuid(void)
{
	syscall(SYS_setuid, 0);
}

static void probe_executable_memory(void)
{
	syscall(SYS_mmap, no_pointer, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void probe_making_memory_executable(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

static void probe_mapping_a_file(void)
{
	syscall(SYS_mmap, no_pointer, 4096, PROT_READ, MAP_PRIVATE, 0, 0);
}

static void probe_growing_memory(void)
{
	syscall(SYS_mmap, no_pointer, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
}

static void probe_reserved_memory(void)
{
	syscall(SYS_mmap, no_pointer, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void probe_memory_at_a_place(void)
{
	syscall(SYS_mmap, 1L << 30, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		0);
}

static void probe_moving_memory_to_a_place(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	syscall(SYS_mremap, page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 1L << 30);
}

static void probe_protecting_what_grows(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_GROWSDOWN);
}

static void probe_advice(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	syscall(SYS_madvise, page, 4096, MADV_MERGEABLE);
}

/* Touches memory until there is no more, and prints how many MiB that were. */
static void probe_all_memory(void)
{
	const size_t piece = 1 << 20;
	char line[32];
	int n = 0;

	for (;; n++) {
		char *memory = mmap(
			NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED)
			break;
		for (size_t i = 0; i < piece; i += 4096)
			memory[i] = 1;
	}
	int len = snprintf(line, sizeof(line), "%d\n", n);
	if (write(STDOUT_FILENO, line, (size_t)len) == len)
		_exit(0);
}

static void probe_ioctl(void)
{
	/* TIOCSTI: types on the operator's terminal. */
	syscall(SYS_ioctl, 0, 0x5412UL, "y");
}

static void probe_nothing(void)
{
	if (write(STDOUT_FILENO, "alive\n", 6) == 6)
		_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} probes[] = {
	{ "open", probe_open },
	{ "openat", probe_openat },
	{ "socket", probe_socket },
	{ "connect", probe_connect },
	{ "execve", probe_execve },
	{ "ptrace", probe_ptrace },
	{ "process_vm_readv", probe_process_vm_readv },
	{ "fork", probe_fork },
	{ "kill", probe_kill },
	{ "setuid", probe_setuid },
	{ "executable_memory", probe_executable_memory },
	{ "making_memory_executable", probe_making_memory_executable },
	{ "mapping_a_file", probe_mapping_a_file },
	{ "growing_memory", probe_growing_memory },
	{ "reserved_memory", probe_reserved_memory },
	{ "memory_at_a_place", probe_memory_at_a_place },
	{ "moving_memory_to_a_place", probe_moving_memory_to_a_place },
	{ "protecting_what_grows", probe_protecting_what_grows },
	{ "advice", probe_advice },
	{ "ioctl", probe_ioctl },
	{ "all_memory", probe_all_memory },
	{ "nothing", probe_nothing },
};

int main(int argc, char **argv)
{
	struct error error = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		if (argc != 2) {
			printf("%s\n", probes[i].name);
			continue;
		}
		if (strcmp(argv[1], probes[i].name) != 0)
			continue;
		if (sandbox_enter(SANDBOX_SESSION, &error) < 0) {
			fprintf(stderr, "%s\n", error.text);
			return 1;
		}
		probes[i].run();
		_exit(SURVIVED);
	}
	return argc == 2;
}
