/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes where there is no getrandom(2): see random.h. */
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>

/* POSIX names no generator. Linux, macOS and the BSDs all have this device. */
#define DEVICE "/dev/urandom"

int random_bytes(void *buf, size_t len, struct error *error)
{
	_cleanup_close_ int fd = open(DEVICE, O_RDONLY | O_CLOEXEC);
	uint8_t *p = buf;

	if (fd < 0)
		return error_set_errno(error, -errno, DEVICE);
	while (len > 0) {
		ssize_t n = read(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set_errno(error, n < 0 ? -errno : -EIO, DEVICE);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
