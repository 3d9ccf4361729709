/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths. */
#pragma once

/*
 * The absolute path of a file that exists, without symbolic links, `.` and `..`. The caller frees
 * it. NULL with errno.
 */
char *path_real(const char *path);
