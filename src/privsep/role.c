/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting a role: see role.h. */
#include "privsep/role.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/world.h"

/* Exit codes of a child that did not become the role. */
#define CHILD_ORPHANED 126
#define CHILD_NOT_EXECUTED 127

/* Milliseconds for a process that has closed its socket to be gone, also on a busy machine. */
#define END_MOMENTS 500

int role_launcher_init(struct role_launcher *ret, struct error *error)
{
	_cleanup_close_ int exe = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (exe < 0)
		return error_set_errno(error, -errno, "/proc/self/exe (is /proc mounted?)");
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return error_set_errno(error, -errno, "/dev/null");
	ret->exe_fd = TAKE_FD(exe);
	ret->null_fd = TAKE_FD(null);
	return 0;
}

void role_launcher_deinit(struct role_launcher *launcher)
{
	cleanup_close(&launcher->exe_fd);
	cleanup_close(&launcher->null_fd);
	*launcher = ROLE_LAUNCHER_INIT;
}

/* /dev/null three times, the frame socket, the work. */
#define CHILD_FDS_MAX (ROLE_WORK_FD + ROLE_WORK_FDS_MAX)

/*
 * Puts @fds[i] at descriptor i for all of them and closes every other one but the program's.
 * In the child of a fork: plain system calls only.
 */
static int child_place_fds(const int *fds, int n, int *exe_fd)
{
	int high[CHILD_FDS_MAX];

	/* First all out of the way of the targets, then down to them. */
	for (int i = 0; i < n; i++) {
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, n);
		if (high[i] < 0)
			return -errno;
	}
	*exe_fd = fcntl(*exe_fd, F_DUPFD_CLOEXEC, n);
	if (*exe_fd < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		if (dup2(high[i], i) < 0)
			return -errno;
	/* Every other one is closed by the exec, also if it was opened without CLOEXEC. */
	if (close_range((unsigned)n, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	return 0;
}

_Noreturn static void child_exec(const struct role_launcher *launcher, const char *name,
	const int *fds, int n_fds, pid_t parent)
{
	char *argv[] = { (char *)(uintptr_t)name, NULL };
	char *envp[] = { NULL };
	int exe_fd = launcher->exe_fd;

	world_reset_signals();
	setpgid(0, 0);
	/* The parent may have died before the request was in force. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(CHILD_ORPHANED);
	if (child_place_fds(fds, n_fds, &exe_fd) == 0)
		syscall(SYS_execveat, exe_fd, "", argv, envp, AT_EMPTY_PATH);
	_exit(CHILD_NOT_EXECUTED);
}

int role_start(const struct role_launcher *launcher, const char *name, const int *work_fds,
	size_t n_work_fds, struct role *ret, struct error *error)
{
	int fds[CHILD_FDS_MAX] = { launcher->null_fd, launcher->null_fd, launcher->null_fd };
	int pair[2];
	pid_t parent = getpid();

	if (n_work_fds > ROLE_WORK_FDS_MAX)
		return error_set(
			error, -E2BIG, "%zu descriptors are too many for a role", n_work_fds);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(error, -errno, "socketpair");
	_cleanup_close_ int ours = pair[0];
	_cleanup_close_ int theirs = pair[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(error, -errno, "fcntl");
	fds[ROLE_FRAME_FD] = theirs;
	for (size_t i = 0; i < n_work_fds; i++)
		fds[ROLE_WORK_FD + i] = work_fds[i];
	pid_t pid = fork();
	if (pid < 0)
		return error_set_errno(error, -errno, "fork");
	if (pid == 0)
		child_exec(launcher, name, fds, (int)(ROLE_WORK_FD + n_work_fds), parent);
	ret->pid = pid;
	ret->frame_fd = TAKE_FD(ours);
	return 0;
}

/* A socket at its end means that the process is on its way out, or hides that it is not. */
static bool has_hung_up(const struct role *role)
{
	struct pollfd p = { .fd = role->frame_fd };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

static bool reap_child(pid_t pid, int flags, int *ret_status)
{
	pid_t r;

	do
		r = waitpid(pid, ret_status, flags);
	while (r < 0 && errno == EINTR);
	return r == pid;
}

struct role_end role_stop(struct role *role)
{
	struct role_end end = { .ours = true };
	int status = 0;

	if (role->pid > 0) {
		bool hung_up = has_hung_up(role);
		int moments = hung_up ? END_MOMENTS : 0;
		bool ended = reap_child(role->pid, WNOHANG, &status);
		for (; !ended && moments > 0; moments--) {
			usleep(1000);
			ended = reap_child(role->pid, WNOHANG, &status);
		}
		if (!ended) {
			/* Another user's process, without CAP_KILL: a role ends with its socket. */
			if (kill(role->pid, SIGKILL) < 0) {
				cleanup_close(&role->frame_fd);
				role->frame_fd = -1;
			}
			(void)reap_child(role->pid, 0, &status);
		}
		end.ours = !ended;
		end.hung = !ended && hung_up;
	}
	cleanup_close(&role->frame_fd);
	*role = ROLE_INIT;
	end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return end;
}

int role_explain_end(const struct role_end *end, const char *what, struct error *error)
{
	if (end->hung)
		return error_set(
			error, -EPIPE, "%s did not end when it was over, and was killed", what);
	if (end->signal == SIGSYS)
		return error_set(
			error, -EPERM, "%s broke the rules of its sandbox and was killed", what);
	if (end->signal && !end->ours)
		return error_set(error, -EPIPE, "%s was killed by signal %d", what, end->signal);
	if (end->code == CHILD_NOT_EXECUTED || end->code == CHILD_ORPHANED)
		return error_set(error, -EPIPE,
			"cannot start %s (too few file descriptors? see ulimit -n)", what);
	return error_set(error, -EPIPE, "%s ended early (exit code %d)", what, end->code);
}

bool role_ended_badly(const struct role_end *end)
{
	return end->hung || (!end->ours && (end->signal || end->code));
}

bool role_is_child(void)
{
	int type = 0;
	socklen_t len = sizeof(type);
	struct stat st;

	return fstat(ROLE_FRAME_FD, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       getsockopt(ROLE_FRAME_FD, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_SEQPACKET;
}
