/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small things every file needs: array length, hand-over of ownership, scope-bound cleanup.
 *
 * The cleanup idiom: a variable declared with one of the _cleanup_ attributes is released when
 * it goes out of scope; TAKE_PTR() and TAKE_FD() transfer the ownership instead.
 */
#pragma once

/*
 * assert() is for what a caller in this program must guarantee, never for what comes from outside.
 * It is kept in every build: a program that broke its own rules must not go on as root.
 */
#ifdef NDEBUG
#error "assertions are part of the program"
#endif

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* The value of a macro, as a string literal. */
#define STRINGIFY(value) STRINGIFY_TOKEN(value)
#define STRINGIFY_TOKEN(token) #token

#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define MUST_CHECK __attribute__((warn_unused_result))

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)

/* The value of a pointer or descriptor; the variable no longer owns it. */
#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) take_ptr_ = (p);                                                     \
		(p) = NULL;                                                                        \
		take_ptr_;                                                                         \
	})
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int take_fd_ = (fd);                                                               \
		(fd) = -1;                                                                         \
		take_fd_;                                                                          \
	})
