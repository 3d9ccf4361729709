/* SPDX-License-Identifier: BSD-2-Clause */
/* The same by POSIX alone: see secret.h. */
#include <string.h>
#include <sys/resource.h>

#include "base/secret.h"

/* The compiler cannot know which function this is, so it cannot leave the call out. */
static void *(*const volatile fill)(void *, int, size_t) = memset;

void secret_wipe_bytes(void *bytes, size_t len)
{
	if (len > 0)
		(void)fill(bytes, 0, len);
}

/* POSIX has no way to keep a debugger of the same user away. */
void secret_protect_process(void)
{
	struct rlimit none = { 0, 0 };

	(void)!setrlimit(RLIMIT_CORE, &none);
}
