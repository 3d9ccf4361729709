/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes one variable, removes it, or takes it from other users: clears the immutable flag, writes
 * the value, sets the flag again.
 *
 * efivarfs (Linux fs/efivarfs/file.c): every write(2) is one SetVariable() of the firmware, so
 * attributes and data are written by a single call, in place; there is no rename(2). A plain
 * directory has no such guarantee: there a synced temporary file replaces the old one.
 *
 * The order of steps and why: docs/efi-variables.md.
 */
#include "efi/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "efi/explain.h"

/*
 * EINTR comes from a signal, but also from firmware that aborts (EFI_ABORTED), so the number of
 * tries is limited.
 */
#define WRITE_TRIES 100
#define WRITE_PAUSE_US 10000

/* A fixed name for each variable, so that the next run finds a file that a crash left. */
#define TEMP_PREFIX ".stprov-new-"
#define TEMP_NAME_MAX (sizeof(TEMP_PREFIX) + EFI_FILE_NAME_MAX)

/* Only root may read it: one of the variables is a private key. */
#define FILE_MODE 0600
/* The permissions of group and others. */
#define OTHERS_MODE 077

/* The file as it was found, and its flags if they were changed. */
struct target {
	char file[EFI_FILE_NAME_MAX];
	int fd; /* -1: there is none */
	int flags;
	bool lifted;
};

#define TARGET_INIT ((struct target){ .fd = -1 })

static void target_deinit(struct target *t)
{
	cleanup_close(&t->fd);
}

#define _cleanup_target_ _cleanup_(target_deinit)

/* Finds the file and clears its immutable flag, if the file system has flags. */
static int target_init(struct target *t, const struct efi_dir *dir, const struct efi_name *name,
	enum efi_verb verb, struct error *error)
{
	struct stat st;
	int flags;

	efi_file_name(dir, name, t->file);
	t->fd = openat(dir->fd, t->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (t->fd < 0 && errno == ENOENT)
		return 0;
	if (t->fd < 0 || fstat(t->fd, &st) < 0)
		return efi_explain(dir, name, verb, EFI_STAGE_FILE, -errno, error);
	if (!S_ISREG(st.st_mode))
		return efi_explain(dir, name, verb, EFI_STAGE_FILE, -EISDIR, error);
	if (ioctl(t->fd, FS_IOC_GETFLAGS, &t->flags) < 0 || !(t->flags & FS_IMMUTABLE_FL))
		return 0;
	flags = t->flags & ~FS_IMMUTABLE_FL;
	if (ioctl(t->fd, FS_IOC_SETFLAGS, &flags) < 0)
		return efi_explain(dir, name, verb, EFI_STAGE_FILE, -errno, error);
	t->lifted = true;
	return 0;
}

/*
 * Sets the flag again on @fd: the old file, or the one that replaced it. @r: the result of the
 * write, passed through. A flag that stays cleared is reported only if the write failed too: see
 * efi_txn_commit().
 */
static int target_restore(const struct target *t, int fd, int r, struct error *error)
{
	int flags = 0;

	if (!t->lifted)
		return r;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		flags |= FS_IMMUTABLE_FL;
		if (ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0)
			return r;
	}
	if (r < 0) {
		struct error why = *error;
		return error_set(error, r, "%s (its immutable flag stays cleared)", why.text);
	}
	return r;
}

/* One write(2); a partial write is an error. */
static int write_once(int fd, const struct efi_raw *raw)
{
	for (int i = 0; i < WRITE_TRIES; i++) {
		ssize_t n = write(fd, raw->bytes, raw->len);
		if (n >= 0)
			return (size_t)n == raw->len ? 0 : -EIO;
		if (errno != EINTR)
			return -errno;
		usleep(WRITE_PAUSE_US);
	}
	return -EINTR;
}

/* The empty file, which is not a variable; the kernel made it immutable. */
static void remove_empty(const struct efi_dir *dir, const char *file, int fd)
{
	int flags = 0;

	(void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
	(void)!unlinkat(dir->fd, file, 0);
}

static int write_in_place(const struct efi_dir *dir, const struct efi_name *name,
	const struct target *t, const struct efi_raw *raw, struct error *error)
{
	bool is_new = t->fd < 0;
	_cleanup_close_ int fd = openat(dir->fd, t->file,
		O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC | (is_new ? O_CREAT | O_EXCL : 0),
		FILE_MODE);
	int r;

	if (fd < 0)
		return efi_explain(dir, name, EFI_WRITE, EFI_STAGE_FILE, -errno, error);
	r = write_once(fd, raw);
	if (r < 0 && is_new)
		remove_empty(dir, t->file, fd);
	if (r < 0)
		return efi_explain(dir, name, EFI_WRITE, EFI_STAGE_FIRMWARE, r, error);
	return 0;
}

static int write_all(int fd, const struct efi_raw *raw)
{
	for (size_t done = 0; done < raw->len;) {
		ssize_t n = write(fd, raw->bytes + done, raw->len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static void temp_name(const char *file, char out[TEMP_NAME_MAX])
{
	snprintf(out, TEMP_NAME_MAX, TEMP_PREFIX "%s", file);
}

/* Some file systems cannot sync a directory and say EINVAL. */
static int sync_dir(const struct efi_dir *dir)
{
	return fsync(dir->fd) < 0 && errno != EINVAL ? -errno : 0;
}

/* @ret_fd: the new file. On failure the temporary one is removed. */
static int write_by_rename(const struct efi_dir *dir, const struct efi_name *name,
	const struct target *t, const struct efi_raw *raw, int *ret_fd, struct error *error)
{
	char temp[TEMP_NAME_MAX];
	_cleanup_close_ int fd = -1;
	int r;

	temp_name(t->file, temp);
	/* O_EXCL: a file or link that another process created meanwhile is not used. */
	fd = openat(dir->fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return efi_explain(dir, name, EFI_WRITE, EFI_STAGE_FILE, -errno, error);
	r = write_all(fd, raw);
	if (r == 0 && renameat(dir->fd, temp, dir->fd, t->file) < 0)
		r = -errno;
	if (r < 0) {
		(void)!unlinkat(dir->fd, temp, 0);
		return efi_explain(dir, name, EFI_WRITE, EFI_STAGE_FIRMWARE, r, error);
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int efi_store_write(const struct efi_dir *dir, const struct efi_name *name,
	const struct efi_raw *raw, struct error *error)
{
	_cleanup_target_ struct target t = TARGET_INIT;
	_cleanup_close_ int new_fd = -1;
	int r = target_init(&t, dir, name, EFI_WRITE, error);

	if (r < 0)
		return r;
	if (dir->efivarfs) {
		r = write_in_place(dir, name, &t, raw, error);
		return target_restore(&t, t.fd, r, error);
	}
	r = write_by_rename(dir, name, &t, raw, &new_fd, error);
	r = target_restore(&t, r < 0 ? t.fd : new_fd, r, error);
	if (r < 0)
		return r;
	r = sync_dir(dir);
	return r < 0 ? efi_explain(dir, name, EFI_WRITE, EFI_STAGE_FILE, r, error) : 0;
}

int efi_store_delete(const struct efi_dir *dir, const struct efi_name *name, struct error *error)
{
	_cleanup_target_ struct target t = TARGET_INIT;
	int r = target_init(&t, dir, name, EFI_REMOVE, error);

	if (r < 0 || t.fd < 0)
		return r;
	if (unlinkat(dir->fd, t.file, 0) < 0 && errno != ENOENT) {
		r = efi_explain(dir, name, EFI_REMOVE, EFI_STAGE_FIRMWARE, -errno, error);
		return target_restore(&t, t.fd, r, error);
	}
	r = dir->efivarfs ? 0 : sync_dir(dir);
	return r < 0 ? efi_explain(dir, name, EFI_REMOVE, EFI_STAGE_FILE, r, error) : 0;
}

int efi_make_private(const struct efi_dir *dir, const struct efi_name *name, struct error *error)
{
	_cleanup_target_ struct target t = TARGET_INIT;
	char file[EFI_FILE_NAME_MAX];
	struct stat st;
	int r;

	efi_file_name(dir, name, file);
	if (fstatat(dir->fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		r = errno == ENOENT ? EFI_E_ABSENT : -errno;
		return r > 0 ? r : efi_explain(dir, name, EFI_HIDE, EFI_STAGE_FILE, r, error);
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & OTHERS_MODE) == 0)
		return 0;
	r = target_init(&t, dir, name, EFI_HIDE, error);
	if (r < 0)
		return r;
	if (t.fd < 0)
		return EFI_E_ABSENT;
	if (fchmod(t.fd, FILE_MODE) < 0)
		r = efi_explain(dir, name, EFI_HIDE, EFI_STAGE_FILE, -errno, error);
	return target_restore(&t, t.fd, r, error);
}

void efi_store_sweep(const struct efi_dir *dir)
{
	int fd = dir->efivarfs ? -1 : openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	/* efivarfs has no such names. */
	if (!stream) {
		cleanup_close(&fd);
		return;
	}
	/* The files of all variables: one of them may be a part of a private key. */
	while ((entry = readdir(stream)))
		if (strncmp(entry->d_name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0)
			(void)!unlinkat(dir->fd, entry->d_name, 0);
	closedir(stream);
}
