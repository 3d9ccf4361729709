/* SPDX-License-Identifier: BSD-2-Clause */
/* One command at a time on a store: see claim.h. */
#include "efi/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/text.h"

/* The lines of a claim's file. */
#define HOLDER_MAX 256
/* A holder writes its lines right after it took the lock: this many looks, and their pause. */
#define HOLDER_LOOKS 20
#define HOLDER_PAUSE_US 5000
/* A holder that ends removes the file that was just opened: this many tries. */
#define CLAIM_TRIES 100

/* Opens a directory of ours that is closed to others; makes it where it is missing. */
static int open_claim_dir(const char *path, struct error *error)
{
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set_errno(error, -errno, "%s", path);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(error, -errno, "%s", path);
	if (st.st_uid != geteuid())
		return error_set(error, -EACCES, "%s belongs to another user", path);
	/* Made by an earlier version, or with another umask. */
	if ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700) < 0)
		return error_set_errno(error, -errno, "%s", path);
	return TAKE_FD(fd);
}

static int find_claim_dir(char path[128], struct error *error)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct error ignored;

	snprintf(path, 128, "%s", CLAIM_DIR);
	int fd = open_claim_dir(path, error);
	if (fd >= 0 || !runtime || runtime[0] != '/')
		return fd;
	if (snprintf(path, 128, "%s/stprov", runtime) >= 128)
		return fd;
	int other = open_claim_dir(path, &ignored);
	return other >= 0 ? other : fd;
}

static bool is_file_at(int dir_fd, const char *name, int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && fstatat(dir_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* 0 and a locked file; -EWOULDBLOCK and the file that another process has locked. */
static int lock_claim(int dir_fd, const char *name, int *ret_fd, struct error *error)
{
	for (int i = 0; i < CLAIM_TRIES; i++) {
		_cleanup_close_ int fd =
			openat(dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return error_set_errno(error, -errno, "%s", name);
		int r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
		if (r < 0 && r != -EWOULDBLOCK && r != -EINTR)
			return error_set_errno(error, r, "%s", name);
		/* Else its holder removed it when it ended. */
		if (r == -EINTR || !is_file_at(dir_fd, name, fd))
			continue;
		*ret_fd = TAKE_FD(fd);
		return r;
	}
	return error_set(error, -EAGAIN, "%s: cannot be locked", name);
}

/* The terminal, as `tty1`; empty if there is none. */
static void name_terminal(char out[64])
{
	char path[64];

	out[0] = '\0';
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (ttyname_r(fd, path, sizeof(path)) != 0)
			continue;
		const char *name = strncmp(path, "/dev/", 5) == 0 ? path + 5 : path;
		text_printable(name, strlen(name), out, 64);
		return;
	}
}

static int write_holder(int fd, const char *what, struct error *error)
{
	char text[HOLDER_MAX], terminal[64];

	name_terminal(terminal);
	int n = snprintf(
		text, sizeof(text), "%s\nprocess %d\nterminal %s\n", what, (int)getpid(), terminal);
	assert(n > 0 && (size_t)n < sizeof(text));
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return error_set_errno(error, errno ? -errno : -EIO, "claim");
	return 0;
}

/* Its lines in @text, cut at their ends. False: it has not written them yet. */
static bool read_holder(int fd, char text[HOLDER_MAX], char *lines[3])
{
	ssize_t n = pread(fd, text, HOLDER_MAX - 1, 0);
	char *next = text;

	text[MAX(n, 0)] = '\0';
	for (int i = 0; i < 3; i++) {
		char *end = strchr(next, '\n');
		if (!end)
			return false;
		*end = '\0';
		lines[i] = next;
		next = end + 1;
	}
	return true;
}

static int name_holder(int fd, struct error *error)
{
	static const char terminal_word[] = "terminal ";
	char text[HOLDER_MAX], *lines[3];

	for (int i = 0; i < HOLDER_LOOKS; i++) {
		if (read_holder(fd, text, lines)) {
			bool known = strlen(lines[2]) > strlen(terminal_word);
			return error_set(error, -EBUSY, "%s %s%s, %s", lines[0],
				known ? "on " : "without a terminal",
				known ? lines[2] + strlen(terminal_word) : "", lines[1]);
		}
		usleep(HOLDER_PAUSE_US);
	}
	return error_set(error, -EBUSY, "another command of stprov remote is running");
}

int efi_claim(
	const struct efi_dir *dir, const char *what, struct efi_claim *ret, struct error *error)
{
	struct efi_claim claim = EFI_CLAIM_INIT;
	char path[128], name[80];
	struct stat st;

	if (fstat(dir->fd, &st) < 0)
		return error_set_errno(error, -errno, "%s", dir->path);
	_cleanup_close_ int dir_fd = find_claim_dir(path, error);
	if (dir_fd < 0)
		return error_prefix(
			error, EFI_E_UNCLAIMED, "cannot exclude another command of stprov remote");
	snprintf(name, sizeof(name), "claim-%u-%u-%llu", major(st.st_dev), minor(st.st_dev),
		(unsigned long long)st.st_ino);
	int r = lock_claim(dir_fd, name, &claim.fd, error);
	_cleanup_close_ int fd = claim.fd;
	if (r == -EWOULDBLOCK)
		return name_holder(fd, error);
	if (r == 0)
		r = write_holder(fd, what, error);
	if (r < 0)
		return error_prefix(error, r, "%s", path);
	snprintf(claim.path, sizeof(claim.path), "%s/%s", path, name);
	claim.fd = TAKE_FD(fd);
	*ret = claim;
	return 0;
}

void efi_unclaim(struct efi_claim *claim)
{
	/* Before the lock is freed: afterwards it may be another's. */
	if (claim->fd >= 0) {
		(void)unlink(claim->path);
		close(claim->fd);
	}
	*claim = EFI_CLAIM_INIT;
}
