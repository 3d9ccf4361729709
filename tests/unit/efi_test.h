/* SPDX-License-Identifier: BSD-2-Clause */
/* For the tests of efi/: a directory of variables, and private mounts. */
#pragma once

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "efi/efi.h"

/* `Name-guid` for string literals. */
#define STBOOT(name) name "-" EFI_GUID_STBOOT
#define GLOBAL(name) name "-" EFI_GUID_GLOBAL
#define SECURITY(name) name "-" EFI_GUID_SECURITY

struct play {
	char path[64];
	struct efi_dir dir;
};

__attribute__((unused)) static void play_init(struct play *p)
{
	struct error error;

	strcpy(p->path, "/tmp/stprov-efi-XXXXXX");
	if (!mkdtemp(p->path) || efi_open(p->path, &p->dir, &error) < 0)
		abort();
}

__attribute__((unused)) static void run(const char *const argv[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], (char **)(uintptr_t)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		tap_fail(__FILE__, __LINE__, "%s ended with status %d", argv[0], status);
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

__attribute__((unused)) static void play_deinit(struct play *p)
{
	efi_close(&p->dir);
	RUN("rm", "-rf", p->path);
}

#define _cleanup_play_ _cleanup_(play_deinit)

__attribute__((unused)) static void put(
	const struct play *p, const char *file, const void *data, size_t len)
{
	_cleanup_close_ int fd = openat(p->dir.fd, file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		tap_fail(__FILE__, __LINE__, "cannot put %s: %s", file, strerror(errno));
}

/* The file has these bytes. */
#define tap_file(p, file, want, want_len)                                                          \
	do {                                                                                       \
		_cleanup_free_ uint8_t *file_ = NULL;                                              \
		size_t len_ = 0;                                                                   \
		struct error error_ = ERROR_INIT;                                                  \
		if (file_read((p)->dir.fd, (file), 1 << 20, &file_, &len_, &error_) < 0)           \
			tap_fail(__FILE__, __LINE__, "%s", error_.text);                           \
		else                                                                               \
			tap_eq_bytes(file_, len_, (want), (want_len));                             \
	} while (0)

#define tap_no_file(p, file)                                                                       \
	tap_eq_int(faccessat((p)->dir.fd, (file), F_OK, AT_SYMLINK_NOFOLLOW), -1)

#define tap_has(text, part)                                                                        \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			tap_fail(__FILE__, __LINE__, "\"%s\" is not in \"%s\"", (part), (text));   \
	} while (0)

/* How many files there are, hidden ones too. */
__attribute__((unused)) static int count_files(const struct play *p)
{
	char command[128];
	FILE *pipe;
	int n = -1;

	snprintf(command, sizeof(command), "ls -A %s | wc -l", p->path);
	pipe = popen(command, "r");
	if (!pipe || fscanf(pipe, "%d", &n) != 1)
		n = -1;
	if (pipe)
		pclose(pipe);
	return n;
}

/* Mounts that no other process sees, and that end with this process. */
__attribute__((unused)) static bool own_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Mounts a tmpfs over the directory and opens that. */
__attribute__((unused)) static void play_mount(struct play *p, const char *options)
{
	struct error error;

	efi_close(&p->dir);
	if (mount("none", p->path, "tmpfs", 0, options) < 0 ||
		efi_open(p->path, &p->dir, &error) < 0)
		tap_fail(__FILE__, __LINE__, "cannot mount: %s", strerror(errno));
}

__attribute__((unused)) static void play_umount(struct play *p)
{
	efi_close(&p->dir);
	if (umount2(p->path, MNT_DETACH) < 0)
		tap_fail(__FILE__, __LINE__, "cannot unmount: %s", strerror(errno));
}
