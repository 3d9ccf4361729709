/* SPDX-License-Identifier: BSD-2-Clause */
/* A lock by flock(2): see lock.h. */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

int lock_try(int dir_fd, struct lock *ret)
{
	_cleanup_close_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	do
		r = flock(fd, LOCK_EX | LOCK_NB);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK)
		return -EAGAIN;
	*ret = (struct lock){ .fd = TAKE_FD(fd), .dir_fd = dir_fd };
	return 0;
}

void lock_end(struct lock *lock)
{
	cleanup_close(&lock->fd);
	lock->fd = -1;
}
