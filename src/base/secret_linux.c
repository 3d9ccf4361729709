/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel and libc do for secrets: see secret.h. */
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/secret.h"

void secret_wipe_bytes(void *bytes, size_t len)
{
	explicit_bzero(bytes, len);
}

void secret_protect_process(void)
{
	struct rlimit none = { 0, 0 };

	(void)!setrlimit(RLIMIT_CORE, &none);
	(void)!prctl(PR_SET_DUMPABLE, 0);
}
