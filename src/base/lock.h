/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock on a directory, for two processes of this program that replace a file in it. It ends with
 * the process that has it. On Linux it is flock(2) of the directory. By POSIX alone it is
 * fcntl(2)'s of a file LOCK_FILE_NAME in it, which the last holder removes. The two do not exclude
 * each other.
 */
#pragma once

#include "base/macros.h"

/* By POSIX alone. */
#define LOCK_FILE_NAME ".stprov.lock"

struct lock {
	int fd;
	int dir_fd; /* borrowed */
};

#define LOCK_INIT ((struct lock){ .fd = -1, .dir_fd = -1 })

/*
 * Takes the lock, without waiting. 0, also on file systems that have no locks, such as some network
 * file systems; -EAGAIN: another process has it; another negative errno, without a text: the
 * directory cannot be opened.
 */
int lock_try(int dir_fd, struct lock *ret) MUST_CHECK;

void lock_end(struct lock *lock);
#define _cleanup_lock_ _cleanup_(lock_end)
