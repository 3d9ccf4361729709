/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths: see path.h. realpath(3) belongs to the option XSI of POSIX. */
#define _XOPEN_SOURCE 700

#include "base/path.h"

#include <stdlib.h>

char *path_real(const char *path)
{
	return realpath(path, NULL);
}
