/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a TPM: one open descriptor, one write(2) for each command, its answer with poll(2) and
 * a deadline. /dev/tpmrm0, whose kernel flushes what a user left behind when it closes, or a unix
 * socket, as swtpm has it.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* Where Linux has the TPM with a resource manager. */
#define TPM_DEVICE "/dev/tpmrm0"

/* What exchanges a command for an answer; tests have others. */
struct tpm_transport {
	/*
	 * @answer: @cap bytes. The deadline is of clock_now_ms(). -ETIMEDOUT when it passes;
	 * another negative errno with its text.
	 */
	int (*exchange)(struct tpm_transport *transport, const uint8_t *command, size_t len,
		uint8_t *answer, size_t cap, int64_t deadline_ms, size_t *ret_len,
		struct error *error);
};

struct tpm_device {
	struct tpm_transport transport;
	int fd;
};

/*
 * Opens a device or connects to a unix socket; the descriptor is non-blocking, and the caller's.
 * For TPM_DEVICE that is not there -ENOENT, with the sentence that says what to do, or -ENOTSUP:
 * this TPM is a 1.2. Other negative errnos with a text.
 */
int tpm_device_open(const char *path, int *ret_fd, struct error *error) MUST_CHECK;

/*
 * @fd: of tpm_device_open(), borrowed. A process that uses one ignores SIGPIPE, which a socket that
 * is closed at its other end would raise.
 */
void tpm_device_init(struct tpm_device *device, int fd);
