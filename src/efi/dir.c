/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory of variables: opening it, with a text that names the remedy if that fails; its free
 * space; and the lock that excludes a second stprov.
 *
 * Linux: Documentation/filesystems/efivarfs.rst; fs/efivarfs/super.c for the values of statfs(2).
 */
#include "efi/efi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base/clock.h"
#include "base/file.h"
#include "efi/dir.h"

/* What the loader told the kernel. */
#define CMDLINE_PATH "/proc/cmdline"
#define CMDLINE_MAX 65536

/* Interval between two tries of the lock. */
#define LOCK_PAUSE_US 20000

/* The usual path, also with slashes at its end. */
static bool is_default_path(const char *path)
{
	size_t len = strlen(EFI_VARS_PATH);

	return strncmp(path, EFI_VARS_PATH, len) == 0 &&
	       strspn(path + len, "/") == strlen(path + len);
}

/* Whether the kernel was told not to use them: `efi=noruntime` among others, or `noefi`. */
static bool is_without_runtime(char *cmdline)
{
	char *rest = NULL;

	for (char *word = strtok_r(cmdline, " \n", &rest); word;
		word = strtok_r(NULL, " \n", &rest)) {
		if (strcmp(word, "noefi") == 0)
			return true;
		if (strncmp(word, "efi=", 4) == 0 && strstr(word, "noruntime"))
			return true;
	}
	return false;
}

/*
 * Without runtime services efivarfs cannot be mounted, and the kernel may not even make its mount
 * point.
 */
static bool has_runtime_services(void)
{
	_cleanup_free_ uint8_t *cmdline = NULL;
	struct error ignored;
	size_t len;

	if (access(EFI_VARS_PATH, F_OK) < 0)
		return false;
	return file_read(AT_FDCWD, CMDLINE_PATH, CMDLINE_MAX, &cmdline, &len, &ignored) < 0 ||
	       !is_without_runtime((char *)cmdline);
}

static int not_mounted(struct error *error)
{
	if (access(EFI_FIRMWARE_PATH, F_OK) < 0)
		return error_set(error, -ENOENT,
			"this machine did not boot by UEFI (there is no " EFI_FIRMWARE_PATH
			"): boot it in UEFI mode, or name a plain directory with -E");
	if (!has_runtime_services())
		return error_set(error, -ENOENT,
			"the kernel has no EFI runtime services, so no variable can be read or "
			"written: boot it without efi=noruntime, or name a plain directory with "
			"-E");
	return error_set(error, -ENOENT,
		"efivarfs is not mounted: mount -t efivarfs efivarfs " EFI_VARS_PATH);
}

int efi_open(const char *path, struct efi_dir *ret, struct error *error)
{
	struct efi_dir dir = EFI_DIR_INIT;
	_cleanup_close_ int fd = -1;
	struct statfs fs;

	if (strlen(path) >= sizeof(dir.path))
		return error_set(error, -ENAMETOOLONG,
			"cannot open directory %.40s...: longer than %zu bytes", path,
			sizeof(dir.path) - 1);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && is_default_path(path))
		return not_mounted(error);
	if (fd < 0)
		return error_set_errno(error, -errno, "cannot open directory %s", path);
	if (fstatfs(fd, &fs) < 0)
		return error_set_errno(error, -errno, "cannot open directory %s", path);
	/* The width and signedness of f_type depend on the architecture. */
	dir.efivarfs = (uint32_t)fs.f_type == EFIVARFS_MAGIC;
	/* The empty directory in sysfs, the mount point. */
	if (!dir.efivarfs && is_default_path(path))
		return not_mounted(error);
	snprintf(dir.path, sizeof(dir.path), "%s", path);
	dir.fd = TAKE_FD(fd);
	*ret = dir;
	return 0;
}

void efi_close(struct efi_dir *dir)
{
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = -1;
}

/* A new open file: a lock belongs to one, and a child process shares that of dir->fd. */
int efi_dir_lock(const struct efi_dir *dir, int *ret_fd, struct error *error)
{
	int64_t deadline = clock_now_ms() + EFI_LOCK_WAIT_MS;
	_cleanup_close_ int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(error, -errno, "cannot open directory %s", dir->path);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			*ret_fd = -1;
			return 0;
		}
		if (clock_until(deadline) == 0)
			return error_set(error, -EBUSY,
				"another stprov is writing to %s: wait for it to end, or end it",
				dir->path);
		usleep(LOCK_PAUSE_US);
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

int efi_dir_room(const struct efi_dir *dir, struct efi_room *ret, struct error *error)
{
	struct efi_room room = { .read_only = false, .unit = 1 };
	struct statvfs fs;
	uint64_t free_units;

	if (fstatvfs(dir->fd, &fs) < 0)
		return error_set_errno(
			error, -errno, "cannot determine the free space of %s", dir->path);
	room.read_only = fs.f_flag & ST_RDONLY;
	/*
	 * efivarfs: f_bavail is the size that the kernel permits; it reserves some for the firmware
	 * even from root. Before Linux 6.6, and on firmware that does not report sizes, all values
	 * are 0. Other file systems reserve some blocks for root.
	 */
	free_units = dir->efivarfs || geteuid() != 0 ? fs.f_bavail : fs.f_bfree;
	if (fs.f_blocks > 0) {
		room.known = true;
		room.unit = MAX(fs.f_frsize, 1UL);
		room.bytes = times(free_units, room.unit);
		room.total = times(fs.f_blocks, room.unit);
	}
	*ret = room;
	return 0;
}

int efi_dir_room_for_change(const struct efi_dir *dir, struct efi_room *ret, struct error *error)
{
	struct efi_room room;
	int r = efi_dir_room(dir, &room, error);

	if (r < 0)
		return r;
	if (room.read_only)
		return error_set(error, -EROFS, "%s is mounted read-only: mount -o remount,rw %s",
			dir->path, dir->path);
	*ret = room;
	return 0;
}
