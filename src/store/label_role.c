/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The label role: see label_role.h.
 *
 * libblkid knows the superblocks of file systems, RAID members, LVM and encrypted volumes, so that
 * what only looks like ext4 (a RAID member with its superblock at the end) is not taken for it.
 * ext4's own: Linux Documentation/filesystems/ext4/super.rst.
 */
#include "store/label_role.h"

#include <blkid.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "privsep/role_child.h"

/* The superblock's place on the device, and fields in it. */
#define EXT4_SUPERBLOCK 1024
#define EXT4_MAGIC_AT 0x38
#define EXT4_MAGIC 0xef53
#define EXT4_INCOMPAT_AT 0x60
#define EXT4_INCOMPAT_RECOVER 0x4U
#define EXT4_READ 0x64

/* blkid_do_safeprobe(). */
#define PROBE_FOUND 0

static int load_probe(void *context, struct error *error)
{
	blkid_probe *ret = context;
	blkid_probe probe = blkid_new_probe();

	if (!probe)
		return error_set_errno(error, -ENOMEM, "libblkid");
	/* Reads nothing from the device yet, but asks the kernel for its size. */
	if (blkid_probe_set_device(probe, ROLE_WORK_FD, 0, 0) < 0 ||
		blkid_probe_enable_superblocks(probe, 1) < 0 ||
		blkid_probe_set_superblocks_flags(
			probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_MAGIC) < 0) {
		int r = errno > 0 ? -errno : -EIO;
		blkid_free_probe(probe);
		return error_set_errno(error, r, "libblkid");
	}
	*ret = probe;
	return 0;
}

static void copy_value(blkid_probe probe, const char *key, char out[LABEL_TEXT_MAX])
{
	const char *value = NULL;

	out[0] = '\0';
	if (blkid_probe_lookup_value(probe, key, &value, NULL) == 0)
		snprintf(out, LABEL_TEXT_MAX, "%s", value);
}

static bool is_unclean(void)
{
	uint8_t block[EXT4_READ];

	if (pread(ROLE_WORK_FD, block, sizeof(block), EXT4_SUPERBLOCK) != sizeof(block))
		return false;
	struct bytes_reader magic = bytes_reader(block + EXT4_MAGIC_AT, 2);
	struct bytes_reader incompat = bytes_reader(block + EXT4_INCOMPAT_AT, 4);
	return bytes_read_le16(&magic) == EXT4_MAGIC &&
	       (bytes_read_le32(&incompat) & EXT4_INCOMPAT_RECOVER) != 0;
}

static int tell_found(blkid_probe probe)
{
	struct label_found found = { .unclean = false };
	uint8_t payload[LABEL_FOUND_SIZE];
	struct error ignored;

	if (blkid_do_safeprobe(probe) == PROBE_FOUND) {
		copy_value(probe, "TYPE", found.type);
		copy_value(probe, "LABEL", found.label);
	}
	if (strcmp(found.type, "ext4") == 0)
		found.unclean = is_unclean();
	label_encode_found(&found, payload);
	return frame_send(ROLE_FRAME_FD, LABEL_FOUND, payload, sizeof(payload), &ignored);
}

int label_role_main(void)
{
	static struct frame frame;
	static blkid_probe probe;
	static const struct role_entry entry = { .sandbox = SANDBOX_LABEL,
		.ready = LABEL_READY,
		.failed = LABEL_FAILED,
		.frame = &frame,
		.load = load_probe,
		.context = &probe };

	return role_enter(&entry) < 0 || tell_found(probe) < 0;
}
