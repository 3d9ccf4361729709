/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to a TPM: see transport.h. */
#include "tpm/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/stream.h"
#include "tpm/codec.h"

/* `1` or `2` (Documentation/ABI/stable/sysfs-class-tpm). */
#define TPM_VERSION_FILE "/sys/class/tpm/tpm0/tpm_version_major"
#define TPM_VERSION_MAX 16

static int no_device(struct error *error)
{
	_cleanup_free_ uint8_t *version = NULL;
	struct error ignored;
	size_t len = 0;

	if (file_read(AT_FDCWD, TPM_VERSION_FILE, TPM_VERSION_MAX, &version, &len, &ignored) == 0 &&
		len > 0 && version[0] == '1')
		return error_set(error, -ENOTSUP, "this TPM is a 1.2; stprov needs 2.0");
	return error_set(error, -ENOENT,
		"there is no TPM 2.0 here: is it enabled in the firmware's menu? (Linux needs "
		"tpm_tis or tpm_crb)");
}

static int connect_socket(const char *path, int *ret_fd, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(
			error, -ENAMETOOLONG, "%s: the path of a socket is too long", path);
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(error, -errno, "socket");
	/* Blocking: a unix socket connects at once, or its queue is full. */
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set_errno(error, -errno, "%s", path);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(error, -errno, "%s", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int tpm_device_open(const char *path, int *ret_fd, struct error *error)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		return connect_socket(path, ret_fd, error);
	/* Non-blocking: the kernel then takes a command and works on it while this process waits in
	 * poll(2) (Linux 4.20, tpm-dev-common.c). */
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (strcmp(path, TPM_DEVICE) == 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return no_device(error);
	return error_set_errno(error, -errno, "%s", path);
}

static int send_command(
	int fd, const uint8_t *command, size_t len, int64_t deadline_ms, struct error *error)
{
	for (;;) {
		int r = stream_wait(fd, POLLOUT, deadline_ms, error);
		if (r < 0)
			return r;
		ssize_t n = write(fd, command, len);
		if (n == (ssize_t)len)
			return 0;
		/* A device takes a command whole, and a socket has room for one. */
		if (n >= 0)
			return error_set(error, -EIO, "the TPM took a part of a command");
		if (errno != EINTR && errno != EAGAIN)
			return error_set_errno(error, -errno, "sending to the TPM");
	}
}

/* Reads the answer to the length that its header says: a socket can give it in pieces. */
static int receive_answer(int fd, uint8_t *answer, size_t cap, int64_t deadline_ms, size_t *ret_len,
	struct error *error)
{
	size_t have = 0, wanted = 0;

	while (wanted == 0 || have < wanted) {
		int r = stream_wait(fd, POLLIN, deadline_ms, error);
		if (r < 0)
			return r;
		ssize_t n = read(fd, answer + have, cap - have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return error_set_errno(error, -errno, "reading the TPM's answer");
		if (n == 0)
			return error_set(error, -EPIPE, "the TPM has gone");
		have += (size_t)n;
		if (have < TPM_HEADER_SIZE)
			continue;
		wanted = tpm_message_length(answer, have);
		if (wanted == 0 || wanted > cap || wanted < have)
			return error_set(error, -EPROTO, "the TPM's answer has a wrong length");
	}
	*ret_len = have;
	return 0;
}

static int device_exchange(struct tpm_transport *transport, const uint8_t *command, size_t len,
	uint8_t *answer, size_t cap, int64_t deadline_ms, size_t *ret_len, struct error *error)
{
	const struct tpm_device *device = (struct tpm_device *)transport;
	int r = send_command(device->fd, command, len, deadline_ms, error);

	if (r == 0)
		r = receive_answer(device->fd, answer, cap, deadline_ms, ret_len, error);
	if (r == -ETIMEDOUT)
		return error_set(error, r, "the TPM did not answer in time");
	return r;
}

void tpm_device_init(struct tpm_device *device, int fd)
{
	*device = (struct tpm_device){
		.transport = { .exchange = device_exchange },
		.fd = fd,
	};
}
