/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * New descriptors, closed by an exec, and calls on them that do not wait. What Linux does with one
 * flag, POSIX does with fcntl(2) after the call. Between the two a thread could fork, but this
 * program has no such thread.
 *
 * Results: 0 or a descriptor; a negative errno without a text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/macros.h"

/* A pipe: [0] is read, [1] is written. */
int descriptor_pipe(int ret_fds[2]) MUST_CHECK;

/*
 * Two sockets that are connected. A message is sent with one send(2), and received with one recv(2)
 * with MSG_WAITALL and its length, which both sides know.
 */
int descriptor_pair(int ret_fds[2]) MUST_CHECK;

/* socket(2), and the socket is non-blocking. */
int descriptor_socket(int family, int type, int protocol) MUST_CHECK;

int descriptor_set_nonblocking(int fd) MUST_CHECK;

/* A new, empty file without a name, read and written: in memory, or in the directory for such
 * files. */
int descriptor_temporary(void) MUST_CHECK;

/* send(2) and recv(2) that do not wait (EAGAIN) and raise no SIGPIPE; they set errno. */
ssize_t descriptor_send_now(int fd, const void *bytes, size_t len);
ssize_t descriptor_recv_now(int fd, void *bytes, size_t len);

/*
 * Opens the file of an inherited descriptor for writing a second time, non-blocking. -EOPNOTSUPP
 * where there is no way.
 */
int descriptor_reopen(int fd) MUST_CHECK;
