/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The labelled file system: found among the machine's block devices, and mounted.
 *
 * Superblocks are read by a role of its own for each device (label_role.h), since an attacker who
 * could write to a disk once may have written them. The device whose superblock was read is the one
 * that is mounted, by its descriptor. It is mounted with fsopen(2) and fsmount(2), without a place
 * in any tree: no other process sees it, and the kernel unmounts it when this process ends. Only
 * ext4: there rename(2) is atomic and file modes are kept.
 */
#pragma once

#include "efi/efi.h"

#define LABEL_NAME "ST-DATA"
/* The directory on it. */
#define LABEL_DIR "stprov"
/* The most devices that are looked at. */
#define LABEL_DEVICES_MAX 256

struct label_fs {
	struct efi_dir dir; /* LABEL_DIR, bare; its path is a text for messages */
	int mount_fd;
	bool empty;   /* there is no LABEL_DIR, and dir is an empty directory */
	bool unclean; /* it was not unmounted; mounting it recovered its journal */
};

#define LABEL_FS_INIT ((struct label_fs){ .dir = EFI_DIR_INIT, .mount_fd = -1 })

/*
 * Finds and mounts it: nodev, nosuid, noexec. @change: for writing, and LABEL_DIR is made (0700) if
 * it is not there; else read-only. The caller closes both descriptors. Negative errors with a text
 * that names the remedy: -ENOENT without one (and how to make one), -EEXIST with several (which are
 * listed), -EINVAL if it is not ext4, -EPERM, and what the kernel says of mounting.
 */
int label_open(bool change, struct label_fs *ret, struct error *error) MUST_CHECK;
