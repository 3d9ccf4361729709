/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of system calls that some architectures have by another name only, for tests that make
 * a call without libc. What an architecture has in no form is left to #ifdef (open(2) on arm64).
 */
#pragma once

#include <sys/syscall.h>

/* 32 bits: the offset in pages, and zero is the same in both. */
#ifndef SYS_mmap
#define SYS_mmap SYS_mmap2
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat SYS_fstatat64
#endif
