/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes: see random.h. */
#include "base/random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

int random_bytes(void *buf, size_t len, struct error *error)
{
	uint8_t *p = buf;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set_errno(
				error, n < 0 ? -errno : -EIO, "the kernel's random generator");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
