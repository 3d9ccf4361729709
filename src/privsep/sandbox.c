/* SPDX-License-Identifier: BSD-2-Clause */
/* Locking a role in: see sandbox.h. Each allowed system call has its reason beside it. */
#include "privsep/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/text.h"
#include "privsep/role.h"

/* Memory of a session: TLS, one request of at most 512 KiB and what is decoded from it. */
#define SANDBOX_DATA_MAX (32UL << 20)
/* Bytes of /proc/self/statm: seven numbers. */
#define STATM_MAX 256
/* Seconds of processor time; a provisioning takes some hundredths. */
#define SANDBOX_CPU_SECONDS 20
/* 0 to 2, the frame socket and the work; poll(2) refuses more than this limit. */
#define SANDBOX_FDS 5
/* Those, one connection, a file and the sockets of the resolver: two to each of three servers. */
#define SANDBOX_PROBE_FDS 16

/* Sockets and devices that are open, and waiting for them. */
static const int stream_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(restart_syscall),
};

/* malloc; mmap, mremap, mprotect and madvise are in allow_memory(), with their arguments. */
static const int malloc_calls[] = {
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	/* Locks of libc and OpenSSL (there is one thread, so these do not wait). */
	SCMP_SYS(futex),
	SCMP_SYS(getpid),
};

/* The clock where the vDSO cannot serve it; OpenSSL's random generator. */
static const int crypto_calls[] = {
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
};

static const int end_calls[] = {
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn),
};

/* Of the two sockets, in addition to those of streams. */
static const int session_calls[] = {
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(shutdown),
	SCMP_SYS(close),
};

/* What a probe needs in addition; sockets, files and ioctl are below, with their arguments. */
static const int probe_calls[] = {
	/* Connecting, with a deadline; the resolver's datagrams, and its TCP for long answers. */
	SCMP_SYS(connect),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(writev),
	/* Reading /etc/resolv.conf, hosts, host.conf and gai.conf, and whether they have changed.
	 */
	SCMP_SYS(newfstatat),
	SCMP_SYS(fstat),
	SCMP_SYS(lseek),
	/* The host name, whose domain is the resolver's when its file names none. */
	SCMP_SYS(uname),
};

/*
 * One device that is read, and memory. What a library tries beside that, as a look at /sys or /proc
 * or a question to the device's driver, fails there without harm; it is below.
 */
static const int label_calls[] = {
	/* The device. */
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fadvise64),
	SCMP_SYS(close),
};

static const int label_refused[] = {
	SCMP_SYS(openat),
	SCMP_SYS(open),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(ioctl),
};

/* Without memory, files or new descriptors; sending to the parent is below. */
static const int dhcp_calls[] = {
	/* The packet sockets and the frame socket. */
	SCMP_SYS(recvmsg),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(restart_syscall),
	/* The clock where the vDSO cannot serve it. */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
};

static int drop_privileges(struct error *error)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0)
		return error_set_errno(error, -errno, "setgroups");
	if (setresgid(SANDBOX_GID, SANDBOX_GID, SANDBOX_GID) < 0)
		return error_set_errno(error, -errno, "setresgid");
	if (setresuid(SANDBOX_UID, SANDBOX_UID, SANDBOX_UID) < 0)
		return error_set_errno(error, -errno, "setresuid");
	/* Checks that it took effect. */
	if (setresuid(0, 0, 0) == 0 || geteuid() == 0 || getegid() == 0)
		return error_set(error, -EPERM, "cannot drop privileges");
	return 0;
}

static int limit_resources(enum __rlimit_resource resource, rlim_t value, struct error *error)
{
	struct rlimit r = { value, value };

	if (setrlimit(resource, &r) < 0)
		return error_set_errno(error, -errno, "setrlimit %d", resource);
	return 0;
}

/* Bytes of address space that the process has: the first number of proc(5)'s statm, in pages. */
static int read_address_space(rlim_t *ret, struct error *error)
{
	_cleanup_free_ uint8_t *text = NULL;
	uint64_t pages;
	size_t len;
	int r = file_read(AT_FDCWD, "/proc/self/statm", STATM_MAX, &text, &len, error);

	if (r < 0)
		return r;
	text[strcspn((const char *)text, " ")] = '\0';
	r = text_parse_u64((const char *)text, 1, RLIM_INFINITY / 65536, &pages);
	if (r < 0)
		return error_set_errno(error, r, "/proc/self/statm");
	*ret = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
	return 0;
}

static int set_limits(rlim_t fds, struct error *error)
{
	rlim_t space = 0;
	int r = read_address_space(&space, error);
	const struct {
		enum __rlimit_resource resource;
		rlim_t value;
	} limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_NOFILE, fds }, /* open ones stay */
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_DATA, SANDBOX_DATA_MAX },
		/* Also what RLIMIT_DATA does not count: stacks, and mappings that only reserve. */
		{ RLIMIT_AS, space + SANDBOX_DATA_MAX },
		{ RLIMIT_CPU, SANDBOX_CPU_SECONDS },
	};

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(limits); i++)
		r = limit_resources(limits[i].resource, limits[i].value, error);
	if (r < 0)
		return r;
	/* Giving up root cleared it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_set_errno(error, -errno, "PR_SET_PDEATHSIG");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_set_errno(error, -errno, "PR_SET_DUMPABLE");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set_errno(error, -errno, "PR_SET_NO_NEW_PRIVS");
	return 0;
}

static int allow_calls(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	return r;
}

/*
 * Memory as malloc(3) of glibc asks for it: private, anonymous, readable and writable, where the
 * kernel puts it. Mappings at chosen places could be spread, and take page tables of many times
 * their size; those that grow downward are not counted as data.
 */
static int allow_memory(scmp_filter_ctx ctx)
{
	const scmp_datum_t beyond = ~(scmp_datum_t)(PROT_READ | PROT_WRITE);
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 3, SCMP_A0(SCMP_CMP_EQ, 0),
		SCMP_A2(SCMP_CMP_MASKED_EQ, beyond, 0),
		SCMP_A3(SCMP_CMP_EQ, MAP_PRIVATE | MAP_ANONYMOUS));

	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, beyond, 0));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mremap), 1,
			SCMP_A3(SCMP_CMP_EQ, MREMAP_MAYMOVE));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(madvise), 1,
			SCMP_A2(SCMP_CMP_EQ, MADV_DONTNEED));
	return r;
}

/*
 * TCP and UDP over IPv4 and IPv6. The resolver also tries nscd (AF_UNIX) and asks which addresses
 * there are (AF_NETLINK), and goes on without them; every other family ends the process.
 */
static int allow_sockets(scmp_filter_ctx ctx)
{
	static const int families[] = { AF_INET, AF_INET6 };
	/* Protocol 0 is the type's own. Others of the same type (MPTCP, SCTP, UDP-Lite) are code of
	 * the kernel that nothing here needs. */
	static const struct {
		int type, protocol;
	} kinds[] = {
		{ SOCK_STREAM, 0 },
		{ SOCK_STREAM, IPPROTO_TCP },
		{ SOCK_DGRAM, 0 },
		{ SOCK_DGRAM, IPPROTO_UDP },
	};
	static const int refused[] = { AF_UNIX, AF_NETLINK };
	const unsigned kind = ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(families); i++)
		for (size_t k = 0; r == 0 && k < ARRAY_SIZE(kinds); k++)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
				SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]),
				SCMP_A1(SCMP_CMP_MASKED_EQ, kind, (scmp_datum_t)kinds[k].type),
				SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)kinds[k].protocol));
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(refused); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)refused[i]));
	return r;
}

static int allow_probe_calls(scmp_filter_ctx ctx)
{
	int r = allow_calls(ctx, probe_calls, ARRAY_SIZE(probe_calls));

	if (r == 0)
		r = allow_sockets(ctx);
	/* For reading only, without O_CREAT; files that the user nobody cannot read stay closed. */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, 0));
	/* How large the answer is that waits on a resolver's socket. */
	if (r == 0)
		r = seccomp_rule_add(
			ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, FIONREAD));
	/* Whether a file is a terminal: stdio asks when it is a device, as a masked /etc/hosts. */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_EQ, TCGETS));
	return r;
}

static int allow_malloc(scmp_filter_ctx ctx)
{
	int r = allow_calls(ctx, malloc_calls, ARRAY_SIZE(malloc_calls));

	return r == 0 ? allow_memory(ctx) : r;
}

/* What it has open, what OpenSSL needs, and no more. */
static int allow_crypto_on_streams(scmp_filter_ctx ctx)
{
	int r = allow_calls(ctx, stream_calls, ARRAY_SIZE(stream_calls));

	if (r == 0)
		r = allow_calls(ctx, crypto_calls, ARRAY_SIZE(crypto_calls));
	return r == 0 ? allow_malloc(ctx) : r;
}

static int allow_session(scmp_filter_ctx ctx)
{
	int r = allow_crypto_on_streams(ctx);

	return r == 0 ? allow_calls(ctx, session_calls, ARRAY_SIZE(session_calls)) : r;
}

static int allow_probe(scmp_filter_ctx ctx)
{
	int r = allow_session(ctx);

	return r == 0 ? allow_probe_calls(ctx) : r;
}

static int allow_frames(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(
		ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, SCMP_A0(SCMP_CMP_EQ, ROLE_FRAME_FD));
}

/* Frames to the parent, which also sends the packets, once it has checked them. */
static int allow_dhcp(scmp_filter_ctx ctx)
{
	int r = allow_calls(ctx, dhcp_calls, ARRAY_SIZE(dhcp_calls));

	return r == 0 ? allow_frames(ctx) : r;
}

static int allow_label(scmp_filter_ctx ctx)
{
	int r = allow_calls(ctx, label_calls, ARRAY_SIZE(label_calls));

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(label_refused); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), label_refused[i], 0);
	if (r == 0)
		r = allow_malloc(ctx);
	return r == 0 ? allow_frames(ctx) : r;
}

static int load_filter(int (*allow)(scmp_filter_ctx ctx), struct error *error)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!ctx)
		return error_set(error, -ENOMEM, "seccomp filter: no memory");
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = allow(ctx);
	if (r == 0)
		r = allow_calls(ctx, end_calls, ARRAY_SIZE(end_calls));
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r < 0)
		return error_set_errno(error, r, "seccomp filter (does the kernel have seccomp?)");
	return 0;
}

/* One descriptor a link: as many as are open, and no more. */
static rlim_t count_dhcp_fds(void)
{
	int n = SANDBOX_FDS;

	while (n < ROLE_WORK_FD + ROLE_WORK_FDS_MAX && fcntl(n, F_GETFD) >= 0)
		n++;
	return (rlim_t)n;
}

static int lock_in(rlim_t fds, int (*allow)(scmp_filter_ctx ctx), struct error *error)
{
	int r = drop_privileges(error);

	if (r == 0)
		r = set_limits(fds, error);
	return r == 0 ? load_filter(allow, error) : r;
}

int sandbox_enter(enum sandbox_role role, struct error *error)
{
	switch (role) {
	case SANDBOX_SESSION:
		return lock_in(SANDBOX_FDS, allow_session, error);
	case SANDBOX_DHCP:
		return lock_in(count_dhcp_fds(), allow_dhcp, error);
	case SANDBOX_PROBE:
		return lock_in(SANDBOX_PROBE_FDS, allow_probe, error);
	case SANDBOX_LABEL:
		return lock_in(SANDBOX_FDS, allow_label, error);
	case SANDBOX_TPM:
		return lock_in(SANDBOX_FDS, allow_crypto_on_streams, error);
	}
	return error_set(error, -EINVAL, "there is no sandbox for role %d", (int)role);
}
