/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * efi/ on real file systems: read-only, full, immutable files, and the usual path without
 * efivarfs. Needs root; every mount is in a namespace of this process and ends with it.
 */
#include "efi_test.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

#include "efi/secureboot.h"

/* Mounts a small ext4 over the play's directory, as that knows the immutable flag. */
static void play_ext4(struct play *p)
{
	char image[80];
	struct error error;

	snprintf(image, sizeof(image), "%s.ext4", p->path);
	efi_close(&p->dir);
	RUN("truncate", "-s", "4M", image);
	RUN("mkfs.ext4", "-q", "-O", "^has_journal", image);
	RUN("mount", "-o", "loop", image, p->path);
	RUN("rm", image);
	tap_eq_int(efi_open(p->path, &p->dir, &error), 0);
}

static void chattr(const struct play *p, const char *file, const char *change)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", p->path, file);
	RUN("chattr", change, path);
}

static bool is_immutable(const struct play *p, const char *file)
{
	_cleanup_close_ int fd = openat(p->dir.fd, file, O_RDONLY);
	int flags = 0;

	return fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_IMMUTABLE_FL);
}

static void immutable_files_are_replaced_and_immutable_again(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	play_ext4(&p);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	chattr(&p, STBOOT("STHostName"), "+i");
	tap_eq_int(openat(p.dir.fd, STBOOT("STHostName"), O_WRONLY), -1);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "longer", 6, &error), 0);
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0longer", 10);
	tap_ok(is_immutable(&p, STBOOT("STHostName")));
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), 0);
	tap_ok(!is_immutable(&p, STBOOT("STHostKey")));
	play_umount(&p);
}

static void immutable_files_are_written_in_place_as_in_efivarfs(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;
	struct stat before = { 0 }, after = { 0 };

	play_init(&p);
	play_ext4(&p);
	p.dir.efivarfs = true;
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	tap_eq_int(fstatat(p.dir.fd, STBOOT("STHostName"), &before, 0), 0);
	chattr(&p, STBOOT("STHostName"), "+i");
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), 0);
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0new", 7);
	tap_eq_int(fstatat(p.dir.fd, STBOOT("STHostName"), &after, 0), 0);
	tap_eq_int(after.st_ino, before.st_ino);
	tap_ok(is_immutable(&p, STBOOT("STHostName")));
	play_umount(&p);
}

static void immutable_files_are_removed(void)
{
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	play_init(&p);
	play_ext4(&p);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	chattr(&p, STBOOT("STHostName"), "+i");
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add_removal(&txn, &efi_host_name, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), 0);
	tap_no_file(&p, STBOOT("STHostName"));
	play_umount(&p);
}

static void nothing_is_removed_from_a_read_only_mount(void)
{
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	play_init(&p);
	play_mount(&p, "size=1m");
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	if (mount(NULL, p.path, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		tap_fail(__FILE__, __LINE__, "cannot remount: %s", strerror(errno));
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add_removal(&txn, &efi_host_name, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), -EROFS);
	tap_has(error.text, "cannot remove STHostName: /tmp/stprov-efi-");
	tap_has(error.text, "; nothing was changed");
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	play_umount(&p);
}

static void the_flag_is_back_when_the_write_fails(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	play_ext4(&p);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	chattr(&p, STBOOT("STHostName"), "+i");
	/* A directory that takes no new file lets the temporary one fail. */
	chattr(&p, ".", "+i");
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -EPERM);
	tap_has(error.text, "cannot write STHostName: not permitted in /tmp/stprov-efi-");
	tap_has(error.text, "; nothing was changed");
	tap_ok(is_immutable(&p, STBOOT("STHostName")));
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	play_umount(&p);
}

static void a_read_only_mount_is_named_with_its_cure(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	efi_close(&p.dir);
	tap_eq_int(mount(p.path, p.path, NULL, MS_BIND, NULL), 0);
	tap_eq_int(mount("none", p.path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	tap_eq_int(efi_open(p.path, &p.dir, &error), 0);
	for (int efivarfs = 0; efivarfs < 2; efivarfs++) {
		p.dir.efivarfs = efivarfs;
		tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -EROFS);
		tap_has(error.text, "cannot write STHostName: /tmp/stprov-efi-");
		tap_has(error.text, "; nothing was changed");
		tap_has(error.text, " is mounted read-only: mount -o remount,rw /tmp/stprov-efi-");
	}
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	play_umount(&p);
}

/* Two variables of the maximum size, and the result of the check. */
static int write_two_big(const struct efi_dir *dir, bool try_first, struct error *error)
{
	static const uint8_t big[EFI_DATA_MAX];
	_cleanup_efi_txn_ struct efi_txn txn;

	efi_txn_init(&txn, dir);
	tap_eq_int(efi_txn_add(&txn, &efi_host_config, big, sizeof(big), error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, big, sizeof(big), error), 0);
	return try_first ? efi_txn_try(&txn, error) : efi_txn_commit(&txn, error);
}

static void what_does_not_fit_is_not_begun(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	/* 17 pages a file: 34 in all. */
	play_mount(&p, "size=132k");
	tap_eq_int(write_two_big(&p.dir, true, &error), -ENOSPC);
	tap_has(error.text, "(139264 bytes, 135168 free)");
	tap_eq_int(write_two_big(&p.dir, false, &error), -ENOSPC);
	tap_has(error.text, "cannot write STHostConfig and others (139264 bytes,"
			    " 135168 free): no room in /tmp/stprov-efi-");
	tap_eq_int(count_files(&p), 0);
	play_umount(&p);
	play_mount(&p, "size=136k");
	tap_eq_int(write_two_big(&p.dir, false, &error), 0);
	/* Now a further one coexists with an old one, and then replaces it. */
	tap_eq_int(write_two_big(&p.dir, false, &error), -ENOSPC);
	play_umount(&p);
	play_mount(&p, "size=204k");
	tap_eq_int(write_two_big(&p.dir, false, &error), 0);
	tap_eq_int(write_two_big(&p.dir, false, &error), 0);
	play_umount(&p);
}

static void crash_dumps_that_fill_the_room_are_counted(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	play_mount(&p, "size=8k");
	put(&p, "dump-type0-1-1-1700000000-C-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0", "12345", 5);
	put(&p, "dump-type0-2-1-1700000000-C-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0", "123456", 6);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -ENOSPC);
	tap_has(error.text, "2 crash dumps dump-type0-* hold 11 bytes: save and delete them");
	play_umount(&p);
}

static void unknown_room_stops_nobody(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	/* A tmpfs without limit has 0 blocks, as efivarfs had before Linux 6.6. */
	play_mount(&p, "size=0");
	tap_eq_int(write_two_big(&p.dir, false, &error), 0);
	play_umount(&p);
}

/* A file system with space but too few inodes: the second write fails. */
static void what_fails_half_way_is_put_back(void)
{
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	play_init(&p);
	/* The directory, STHostName, and the temporary file that replaces it or is STHostKey. */
	play_mount(&p, "size=1m,nr_inodes=3");
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, "new", 3, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_key, "PEM", 3, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_config, "{}", 2, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), -ENOSPC);
	tap_has(error.text, "cannot write STHostConfig: no room in /tmp/stprov-efi-");
	tap_has(error.text, "; put back as before: STHostKey, STHostName");
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	tap_eq_int(count_files(&p), 1);
	play_umount(&p);
}

static void the_usual_path_says_what_is_missing(void)
{
	struct efi_dir dir = EFI_DIR_INIT;
	struct error error = ERROR_INIT;

	if (mount("none", "/sys/firmware", "tmpfs", 0, NULL) < 0)
		return tap_fail(__FILE__, __LINE__, "cannot mount: %s", strerror(errno));
	tap_eq_int(efi_open(EFI_VARS_PATH, &dir, &error), -ENOENT);
	tap_has(error.text, "this machine did not boot by UEFI");
	tap_eq_int(mkdir("/sys/firmware/efi", 0755), 0);
	tap_eq_int(efi_open(EFI_VARS_PATH "/", &dir, &error), -ENOENT);
	tap_has(error.text, "the kernel has no EFI runtime services");
	tap_eq_int(mkdir("/sys/firmware/efi/efivars", 0755), 0);
	tap_eq_int(efi_open(EFI_VARS_PATH "/", &dir, &error), -ENOENT);
	tap_eq_text(error.text, "efivarfs is not mounted: "
				"mount -t efivarfs efivarfs /sys/firmware/efi/efivars");
	tap_eq_int(dir.fd, -1);
	tap_eq_int(efi_open("/sys/firmware/efi", &dir, &error), 0);
	tap_ok(!dir.efivarfs);
	efi_close(&dir);
	tap_eq_int(umount2("/sys/firmware", MNT_DETACH), 0);
}

/* What the loader says, in place of /proc/cmdline. */
static void the_kernel_was_told_not_to_use_the_firmware(void)
{
	static const struct {
		const char *cmdline;
		bool without;
	} rows[] = { { "quiet efi=noruntime\n", true }, { "noefi", true },
		{ "efi=debug,noruntime ro", true }, { "root=/noefi efi=runtime\n", false },
		{ "", false } };
	struct efi_dir dir = EFI_DIR_INIT;
	struct error error;

	tap_eq_int(mount("none", "/sys/firmware", "tmpfs", 0, NULL), 0);
	tap_eq_int(mkdir("/sys/firmware/efi", 0755), 0);
	tap_eq_int(mkdir("/sys/firmware/efi/efivars", 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *path = "/sys/firmware/cmdline";
		FILE *file = fopen(path, "w");
		if (!file)
			return tap_fail(__FILE__, __LINE__, "cannot write %s", path);
		fputs(rows[i].cmdline, file);
		fclose(file);
		tap_eq_int(mount(path, "/proc/cmdline", NULL, MS_BIND, NULL), 0);
		tap_eq_int(efi_open(EFI_VARS_PATH, &dir, &error), -ENOENT);
		tap_has(error.text, rows[i].without ? "the kernel has no EFI runtime services"
						    : "efivarfs is not mounted: ");
		tap_eq_int(umount2("/proc/cmdline", MNT_DETACH), 0);
	}
	tap_eq_int(umount2("/sys/firmware", MNT_DETACH), 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(immutable_files_are_replaced_and_immutable_again),
		TAP_TEST(immutable_files_are_written_in_place_as_in_efivarfs),
		TAP_TEST(immutable_files_are_removed),
		TAP_TEST(nothing_is_removed_from_a_read_only_mount),
		TAP_TEST(the_flag_is_back_when_the_write_fails),
		TAP_TEST(a_read_only_mount_is_named_with_its_cure),
		TAP_TEST(what_does_not_fit_is_not_begun),
		TAP_TEST(crash_dumps_that_fill_the_room_are_counted),
		TAP_TEST(unknown_room_stops_nobody),
		TAP_TEST(what_fails_half_way_is_put_back),
		TAP_TEST(the_usual_path_says_what_is_missing),
		TAP_TEST(the_kernel_was_told_not_to_use_the_firmware),
		{ 0 },
	};

	if (!own_mounts()) {
		printf("1..0 # SKIP needs root for mounts of its own\n");
		return 0;
	}
	return tap_run(tests);
}
