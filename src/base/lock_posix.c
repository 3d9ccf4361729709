/* SPDX-License-Identifier: BSD-2-Clause */
/* A lock by fcntl(2): see lock.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/lock.h"

/* Whether the open file is the one that has the name; the last holder may have removed it. */
static bool is_named(int dir_fd, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 &&
	       fstatat(dir_fd, LOCK_FILE_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int lock_file(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r;

	do
		r = fcntl(fd, F_SETLK, &whole);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int lock_try(int dir_fd, struct lock *ret)
{
	_cleanup_close_ int fd =
		openat(dir_fd, LOCK_FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	int r = lock_file(fd);
	if (r == -EACCES || r == -EAGAIN || !is_named(dir_fd, fd))
		return -EAGAIN;
	*ret = (struct lock){ .fd = TAKE_FD(fd), .dir_fd = dir_fd };
	return 0;
}

/* Removed before the lock ends: a process that opened it earlier sees that it has no name any more.
 */
void lock_end(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	(void)unlinkat(lock->dir_fd, LOCK_FILE_NAME, 0);
	cleanup_close(&lock->fd);
	lock->fd = -1;
}
