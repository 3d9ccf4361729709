/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside store/ only: the one block device whose file system has the label. */
#pragma once

#include "store/label_role.h"

/* /dev/ and the longest name of the kernel's. */
#define LABEL_DEVICE_MAX 64

struct label_device {
	int fd; /* open for reading; what was looked at */
	char path[LABEL_DEVICE_MAX];
	struct label_found found;
};

#define LABEL_DEVICE_INIT ((struct label_device){ .fd = -1 })

/*
 * Looks at each block device, but those that are a part of another one (RAID, LVM, encryption), and
 * those without a medium. The caller closes the descriptor. Errors: as of label_open().
 */
int label_find(struct label_device *ret, struct error *error) MUST_CHECK;
