/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounts the labelled file system: see label.h.
 *
 * fsopen(2), fsconfig(2), fsmount(2): Linux Documentation/filesystems/mount_api.rst. What was wrong
 * is read from the descriptor of fsopen(2), a line a message: `e text`.
 */
#include "store/label.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "store/label_find.h"

#define DIR_MODE 0700
/* Longest message of the kernel that is shown. */
#define MESSAGE_MAX 160

/* The last message of the kernel about @fs_fd; empty if there is none. */
static void read_message(int fs_fd, char out[MESSAGE_MAX])
{
	char text[MESSAGE_MAX];

	out[0] = '\0';
	for (;;) {
		ssize_t n = read(fs_fd, text, sizeof(text));
		if (n <= 2)
			return;
		/* After `e `, `w ` or `i `. */
		text_printable(text + 2, (size_t)n - 2, out, MESSAGE_MAX);
	}
}

static int cannot_mount(int fs_fd, int code, const char *path, struct error *error)
{
	char message[MESSAGE_MAX] = "";

	if (fs_fd >= 0)
		read_message(fs_fd, message);
	switch (code) {
	case -EPERM:
		return error_set(
			error, code, "cannot mount " LABEL_NAME " on %s: run stprov as root", path);
	/* What get_tree_bdev() says of a device that is read-only. */
	case -EACCES:
		return error_set(error, code,
			"cannot mount " LABEL_NAME
			" on %s for writing: the device is write-protected (blockdev --getro %s)",
			path, path);
	case -ENODEV:
		return error_set(error, code,
			"cannot mount " LABEL_NAME
			" on %s: this kernel has no ext4 (modprobe ext4)",
			path);
	case -ENOSYS:
		return error_set(error, code,
			"cannot mount " LABEL_NAME
			" on %s: this kernel has no fsopen(2): Linux 5.2 or later is needed",
			path);
	case -EBUSY:
		return error_set(error, code,
			"cannot mount " LABEL_NAME
			" on %s for writing: it is mounted read-only (findmnt %s)",
			path, path);
	default:
		return error_set_errno(error, code, "cannot mount " LABEL_NAME " on %s%s%s%s", path,
			message[0] ? " (" : "", message, message[0] ? ")" : "");
	}
}

/* @fs_fd: of fsopen(2). */
static int configure(int fs_fd, const struct label_device *device, bool super_ro)
{
	char source[32];

	snprintf(source, sizeof(source), "/proc/self/fd/%d", device->fd);
	if (fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return -errno;
	if (super_ro && fsconfig(fs_fd, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return -errno;
	return fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno : 0;
}

static int attach(int fs_fd, bool change)
{
	unsigned flags = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC |
			 (change ? 0 : MOUNT_ATTR_RDONLY);
	int fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, flags);

	return fd < 0 ? -errno : fd;
}

/* The mounted file system must be that of the device that was looked at. */
static bool is_of(int mount_fd, const struct label_device *device)
{
	struct stat mounted, looked_at;

	return fstat(mount_fd, &mounted) == 0 && fstat(device->fd, &looked_at) == 0 &&
	       mounted.st_dev == looked_at.st_rdev;
}

/* @super_ro: the file system is read-only, also for others that mount it later. */
static int try_mount(const struct label_device *device, bool super_ro, bool change, int *ret_fd,
	struct error *error)
{
	_cleanup_close_ int fs_fd = fsopen("ext4", FSOPEN_CLOEXEC);
	int r = fs_fd < 0 ? -errno : configure(fs_fd, device, super_ro);

	if (r == 0)
		r = attach(fs_fd, change);
	if (r < 0)
		return cannot_mount(fs_fd, r, device->path, error);
	*ret_fd = r;
	return 0;
}

static int mount_device(
	const struct label_device *device, bool change, int *ret_fd, struct error *error)
{
	_cleanup_close_ int fd = -1;
	int r = try_mount(device, !change, change, &fd, error);

	/* Another command has mounted it for writing: then only our view is read-only. */
	if (r == -EBUSY && !change)
		r = try_mount(device, false, change, &fd, error);
	if (r < 0)
		return r;
	if (!is_of(fd, device))
		return error_set(error, -EXDEV,
			"cannot mount " LABEL_NAME
			": %s is another device than the one that was read",
			device->path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* A directory with nothing in it: the root of a file system of its own, which is read-only. */
static int open_empty(void)
{
	_cleanup_close_ int fs_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs_fd < 0 || fsconfig(fs_fd, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
		fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	_cleanup_close_ int mount_fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
	if (mount_fd < 0)
		return -errno;
	int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_dir(int mount_fd)
{
	if (mkdirat(mount_fd, LABEL_DIR, DIR_MODE) < 0 && errno != EEXIST)
		return -errno;
	_cleanup_close_ int root = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 || fsync(root) < 0 ? -errno : 0;
}

static int open_dir(struct label_fs *fs, bool change, struct error *error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(fs->mount_fd, LABEL_DIR, flags);
	int r = fd < 0 ? -errno : fd;

	if (r == -ENOENT && change) {
		r = make_dir(fs->mount_fd);
		fd = r == 0 ? openat(fs->mount_fd, LABEL_DIR, flags) : -1;
		r = r < 0 ? r : fd < 0 ? -errno : fd;
	} else if (r == -ENOENT) {
		fs->empty = true;
		r = open_empty();
	}
	if (r == -ENOTDIR || r == -ELOOP)
		return error_set(error, -ENOTDIR, "%s is a link or not a directory", fs->dir.path);
	if (r < 0)
		return error_set_errno(error, r, "cannot open %s", fs->dir.path);
	fs->dir.fd = r;
	return 0;
}

/* A mounted file system always looks as if it was not unmounted. */
static bool is_in_use(const struct label_device *device)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", device->fd);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	return fd < 0 && errno == EBUSY;
}

static int open_on(
	const struct label_device *device, bool change, struct label_fs *fs, struct error *error)
{
	snprintf(fs->dir.path, sizeof(fs->dir.path), LABEL_DIR "/ of " LABEL_NAME " (%s)",
		device->path);
	fs->dir.bare = true;
	fs->unclean = device->found.unclean && !is_in_use(device);
	int r = mount_device(device, change, &fs->mount_fd, error);
	return r == 0 ? open_dir(fs, change, error) : r;
}

int label_open(bool change, struct label_fs *ret, struct error *error)
{
	struct label_device device = LABEL_DEVICE_INIT;
	struct label_fs fs = LABEL_FS_INIT;
	int r = label_find(&device, error);

	if (r == 0)
		r = open_on(&device, change, &fs, error);
	cleanup_close(&device.fd);
	if (r < 0) {
		cleanup_close(&fs.mount_fd);
		return r;
	}
	*ret = fs;
	return 0;
}
